package dev.selvedge.internal;

import dev.selvedge.spi.Kernel;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The JVM's own clock and threads.
///
/// Timers run on one daemon thread of ours and not on the common pool, whose workers user code can
/// block for any time. What users wrote must not run on that thread, or it would hold up every
/// deadline of the JVM: it is run beside.
///
/// Pools whose tasks share one thread extend it, and change nothing but who they are: where the
/// kernel is not the system's own, nothing spins in the hope that another task makes progress
/// meanwhile.
public class SystemKernel implements Kernel {
  /// The only one.
  public static final SystemKernel INSTANCE = new SystemKernel();

  /// For those that have the JVM's clock and threads too.
  protected SystemKernel() {}

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public void park(Object blocker, long deadline) {
    if (deadline == FOREVER) {
      LockSupport.park(blocker);
    } else {
      LockSupport.parkNanos(blocker, deadline - System.nanoTime());
    }
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public Alarm at(long deadline, Runnable action) {
    Future<?> timer =
        Timers.THREAD.schedule(
            () -> Problems.guard("a timer", action),
            deadline - System.nanoTime(),
            TimeUnit.NANOSECONDS);
    return () -> timer.cancel(false);
  }

  /// {@return whether this is the thread that all timers share}
  static boolean isTimerThread() {
    return Thread.currentThread() instanceof TimerThread;
  }

  /// Runs what may take long, on a thread of its own.
  static void runBeside(String name, Runnable action) {
    Thread.ofVirtual()
        .name(name)
        .inheritInheritableThreadLocals(false)
        .start(() -> Problems.guard(name, action));
  }

  private static final class TimerThread extends Thread {
    TimerThread(Runnable action) {
      super(null, action, "selvedge-timer", 0, false);
      setDaemon(true);
    }
  }

  /// Made with the first timer.
  private static final class Timers {
    static final ScheduledThreadPoolExecutor THREAD = create();

    private static ScheduledThreadPoolExecutor create() {
      var timers = new ScheduledThreadPoolExecutor(1, TimerThread::new);
      timers.setRemoveOnCancelPolicy(true);
      return timers;
    }
  }
}
