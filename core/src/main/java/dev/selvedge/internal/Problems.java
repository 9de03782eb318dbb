package dev.selvedge.internal;

import java.lang.Thread.UncaughtExceptionHandler;

/// Where failures go that nobody waits for.
public final class Problems {
  private static final System.Logger LOG = System.getLogger("dev.selvedge");

  private Problems() {}

  /// Hands a failure to the default uncaught-exception handler, as the JVM does for a thread that
  /// dies of it; without one it is printed. A handler that throws is reported in turn, and not
  /// silently dropped.
  public static void uncaught(String task, Throwable failure) {
    Thread thread = Thread.currentThread();
    UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
    if (handler == null) {
      print("Exception in task \"" + task + "\" on " + threadName(thread) + " ", failure);
      return;
    }
    try {
      handler.uncaughtException(thread, failure);
    } catch (Throwable second) {
      failure.addSuppressed(second);
      print("The uncaught-exception handler failed for task \"" + task + "\" with ", failure);
    }
  }

  /// Runs code of others that must not disturb ours, and logs what it throws.
  public static void guard(String what, Runnable code) {
    try {
      code.run();
    } catch (Throwable failure) {
      LOG.log(System.Logger.Level.ERROR, what + " threw " + failure, failure);
    }
  }

  /// Logs a warning.
  public static void warn(String message) {
    LOG.log(System.Logger.Level.WARNING, message);
  }

  /// {@return a thread's name, or its number, as most virtual threads have no name}
  static String threadName(Thread thread) {
    return thread.getName().isEmpty() ? "thread #" + thread.threadId() : thread.getName();
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // the last resort, as the JVM's own for threads
  static synchronized void print(String head, Throwable failure) {
    System.err.print(head);
    failure.printStackTrace();
  }
}
