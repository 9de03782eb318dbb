package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A clock that a test moves: tasks on its pool wait for its time and not for the real one.
///
/// ```java
/// VirtualClock clock = new VirtualClock();
/// try (Pool pool = clock.pool()) {
///   Task<String> task = pool.submit(() -> Deadline.within(Duration.ofHours(1), slow));
///   clock.awaitTimers(1);
///   clock.advance(Duration.ofHours(1));
///   assertThrows(TaskFailedException.class, task::await);
/// }
/// ```
///
/// The tasks run on virtual threads as they do in production, at the same time; to order them too,
/// use the [Explorer]. What waits outside of tasks uses the real clock. Thread-safe.
///
/// @since 0.1
public final class VirtualClock implements Kernel {
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  /// A timer, or the deadline of a thread that is parked.
  private record Timer(long at, long order, Runnable action) {}

  // guarded by this
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::order));
  private long time;
  private long order;

  /// Makes a clock that stands at the beginning of the year 2000.
  public VirtualClock() {}

  /// {@return a new pool of virtual threads whose tasks live in this clock's time}
  public Pool pool() {
    return new ClockPool(this);
  }

  private static final class ClockPool extends AbstractPool {
    private static final int WINDOW = 64;

    ClockPool(VirtualClock clock) {
      super(
          "virtual clock",
          clock,
          Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
          WINDOW);
    }

    @Override
    protected void launch(Ticket ticket) {
      Thread.startVirtualThread(ticket);
    }
  }

  /// Moves the time on, and runs the timers that come due, in their order, each at its own time.
  /// What they wake may not have run yet when this returns.
  ///
  /// @param duration how far
  /// @throws IllegalArgumentException if it is negative
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("time does not go back by " + duration);
    }
    long target = nanoTime() + duration.toNanos();
    Timer due;
    while ((due = next(target)) != null) {
      due.action().run();
    }
  }

  private synchronized @Nullable Timer next(long target) {
    Timer first = timers.peek();
    if (first == null || first.at() > target) {
      time = Math.max(time, target);
      return null;
    }
    time = Math.max(time, first.at());
    return timers.poll();
  }

  /// Waits until so many timers and timed waits are set, in real time, so that a test does not move
  /// the clock before its tasks have looked at it.
  ///
  /// @param count how many at least
  /// @throws InterruptedException if the thread is interrupted
  public synchronized void awaitTimers(int count) throws InterruptedException {
    while (timers.size() < count) {
      wait();
    }
  }

  private synchronized Timer set(long deadline, Runnable action) {
    Timer timer = new Timer(deadline, ++order, action);
    timers.add(timer);
    notifyAll();
    return timer;
  }

  private synchronized void remove(Timer timer) {
    timers.remove(timer);
  }

  @Override
  public synchronized long nanoTime() {
    return time;
  }

  @Override
  public Instant now() {
    return EPOCH.plusNanos(nanoTime());
  }

  @Override
  public void park(Object blocker, long deadline) {
    if (deadline == FOREVER) {
      LockSupport.park(blocker);
      return;
    }
    if (deadline - nanoTime() <= 0) {
      return;
    }
    Thread me = Thread.currentThread();
    Timer timer = set(deadline, () -> LockSupport.unpark(me));
    LockSupport.park(blocker);
    remove(timer);
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public Alarm at(long deadline, Runnable action) {
    Timer timer = set(deadline, action);
    return () -> remove(timer);
  }
}
