package dev.selvedge.internal;

import java.util.concurrent.RejectedExecutionException;

/// Refuses work when the JVM is going down.
///
/// Shutdown hooks run in no order, so a hook of ours may come later than the one that submits. The
/// JDK itself knows at once: it refuses to register a hook. That costs a lock, so it is asked only
/// when the submitting platform thread is another one than the last; a hook is a thread of its own,
/// and submits nothing before it runs.
final class JvmShutdown {
  private static volatile boolean begun;
  private static volatile long lastSubmitter = -1;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> begun = true, "selvedge-shutdown"));
    } catch (IllegalStateException e) {
      begun = true;
    }
  }

  private JvmShutdown() {}

  /// {@return whether the JVM is going down}
  static boolean hasBegun() {
    Thread me = Thread.currentThread();
    if (!begun && !me.isVirtual() && lastSubmitter != me.threadId()) {
      lastSubmitter = me.threadId();
      Thread probe = new Thread(() -> {});
      try {
        Runtime.getRuntime().addShutdownHook(probe);
        Runtime.getRuntime().removeShutdownHook(probe);
      } catch (IllegalStateException e) {
        begun = true;
      }
    }
    return begun;
  }

  /// @throws RejectedExecutionException if the JVM is going down
  static void refuse(String pool) {
    if (hasBegun()) {
      throw new RejectedExecutionException(
          "the JVM is shutting down, and the pool '" + pool + "' takes no more work");
    }
  }
}
