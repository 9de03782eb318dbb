package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.TaskCancelledException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Turns Ctrl-C into a cancellation, so that `finally` blocks run.
///
/// With the system property `selvedge.interrupt=cancel`, which `selvedge run` sets, SIGINT and
/// SIGTERM cancel all tasks and the main thread. When everything has ended, or after
/// [#GRACE_SECONDS], the JVM exits with 128 and the signal's number. A second signal exits at once,
/// a third without shutdown hooks. Without the property the JVM does what it always does.
final class InterruptSignal {
  static final String PROPERTY = "selvedge.interrupt";
  private static final long GRACE_SECONDS = 10;
  private static final long PAUSE_NANOS = 1_000_000;
  private static final int SIGNALLED = 128;

  private static final AtomicInteger COUNT = new AtomicInteger();

  private InterruptSignal() {}

  static void install() {
    if ("cancel".equals(System.getProperty(PROPERTY))) {
      handle("INT");
      handle("TERM");
    }
  }

  private static void handle(String name) {
    try {
      int number = OsSignal.number(name);
      OsSignal.handleOtherwise(name, () -> received(number));
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      // no such module, or the JVM keeps the signal (-Xrs): it does what it always does
    }
  }

  private static void received(int number) {
    int status = SIGNALLED + number;
    switch (COUNT.incrementAndGet()) {
      case 1 -> start(() -> cancelAndExit(status));
      case 2 -> start(() -> System.exit(status));
      default -> Runtime.getRuntime().halt(status);
    }
  }

  /// A thread of its own, since signals are dispatched by one thread, and not a daemon, since the
  /// JVM must not end with the main thread's exit status first.
  private static void start(Runnable action) {
    Thread thread = new Thread(null, action, "selvedge-interrupt", 0, false);
    thread.setDaemon(false);
    thread.start();
  }

  private static void cancelAndExit(int status) {
    Thread.setDefaultUncaughtExceptionHandler(
        new Quiet(Thread.getDefaultUncaughtExceptionHandler()));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
    CancelReason why = new CancelReason.Requested("interrupted from the terminal");
    Thread main = KeepAlive.mainThread();
    if (main != null) {
      TaskImpl.interrupt(main, why);
    }
    KeepAlive.pools().forEach(pool -> pool.interruptAll(why));
    while (System.nanoTime() - end < 0
        && ((main != null && main.isAlive())
            || KeepAlive.pools().stream().anyMatch(PoolTasks::hasTasks))) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    System.exit(status);
  }

  /// Leaves out the stack trace of a thread that ends by the cancellation: the user asked for it.
  private record Quiet(@Nullable UncaughtExceptionHandler before)
      implements UncaughtExceptionHandler {
    @Override
    public void uncaughtException(Thread thread, Throwable thrown) {
      if (isCancellation(thrown)) {
        return;
      }
      if (before != null) {
        before.uncaughtException(thread, thrown);
      } else {
        Problems.print("Exception in thread \"" + thread.getName() + "\" ", thrown);
      }
    }

    private static boolean isCancellation(Throwable thrown) {
      for (Throwable t = thrown; t != null; t = t.getCause()) {
        if (t instanceof InterruptedException
            || t instanceof TaskCancelledException
            || t instanceof ClosedByInterruptException) {
          return true;
        }
      }
      return false;
    }
  }
}
