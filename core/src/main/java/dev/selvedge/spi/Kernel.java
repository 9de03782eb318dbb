package dev.selvedge.spi;

import dev.selvedge.Stability;
import dev.selvedge.internal.SystemKernel;
import dev.selvedge.internal.TaskImpl;
import java.time.Instant;

/// What a pool's tasks stand on: time, parking and timers. The system's kernel is real; a test's is
/// virtual and seeded, so that an hour passes at once and a schedule can be replayed.
///
/// Everything in Selvedge that waits or looks at the clock does so through the kernel of the
/// running task's pool ([#current()]); code outside of tasks uses the system's.
///
/// ```java
/// Kernel kernel = Kernel.current();
/// long deadline = kernel.nanoTime() + Duration.ofSeconds(2).toNanos();
/// Kernel.Alarm alarm = kernel.at(deadline, connection::abort);
/// try {
///   return connection.read();
/// } finally {
///   alarm.cancel();
/// }
/// ```
///
/// Implementations are thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface Kernel {

  /// A deadline that never comes.
  long FOREVER = Long.MAX_VALUE;

  /// {@return the JVM's clock, threads and one daemon thread for timers}
  static Kernel system() {
    return SystemKernel.INSTANCE;
  }

  /// {@return the kernel of the running task's pool, otherwise the system's}
  static Kernel current() {
    return TaskImpl.currentKernel();
  }

  /// {@return the monotonic time in nanoseconds, as [System#nanoTime()] tells it}
  long nanoTime();

  /// {@return the wall-clock time}
  Instant now();

  /// Parks the current thread until it is unparked or interrupted, or the deadline has come; may
  /// return spuriously.
  ///
  /// @param blocker what it waits for, for dumps
  /// @param deadline when to return at the latest, in terms of [#nanoTime()], or [#FOREVER]
  void park(Object blocker, long deadline);

  /// Lets a thread return from [#park], now or the next time.
  ///
  /// @param thread the thread
  void unpark(Thread thread);

  /// Runs a short action, which must not block, at or soon after a time.
  ///
  /// @param deadline when, in terms of [#nanoTime()]
  /// @param action what to run
  /// @return the alarm, to cancel it
  Alarm at(long deadline, Runnable action);

  /// A place where a seeded kernel may switch to another task; other kernels do nothing.
  default void step() {}

  /// A timer that was set.
  @FunctionalInterface
  interface Alarm {
    /// Cancels the alarm; without effect if it went off or was cancelled.
    void cancel();
  }
}
