package dev.selvedge;

import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;

/// A clock that a test moves by hand; its timers go off while it moves, in order. A timed park
/// lasts until the clock has reached its deadline.
final class ManualKernel implements Kernel {
  private static final long START = 1_000_000_000L;

  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::number));
  private long now = START;
  private long numbers;

  private record Timer(long at, long number, Runnable action) {}

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(nanoTime() - START);
  }

  @Override
  public void park(Object blocker, long deadline) {
    Alarm alarm = () -> {};
    if (deadline != FOREVER) {
      Thread me = Thread.currentThread();
      alarm = at(deadline, () -> LockSupport.unpark(me));
    }
    if (deadline == FOREVER || deadline - nanoTime() > 0) {
      LockSupport.park(blocker);
    }
    alarm.cancel();
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public synchronized Alarm at(long deadline, Runnable action) {
    Timer timer = new Timer(deadline, numbers++, action);
    timers.add(timer);
    notifyAll();
    return () -> cancel(timer);
  }

  private synchronized void cancel(Timer timer) {
    timers.remove(timer);
  }

  /// Waits until somebody has set so many timers.
  synchronized void awaitTimers(int count) throws InterruptedException {
    while (timers.size() < count) {
      wait();
    }
  }

  synchronized int timers() {
    return timers.size();
  }

  void advance(Duration by) {
    long end = nanoTime() + by.toNanos();
    for (Timer due = next(end); due != null; due = next(end)) {
      due.action().run();
    }
  }

  private synchronized @org.jspecify.annotations.Nullable Timer next(long end) {
    Timer first = timers.peek();
    if (first == null || first.at() > end) {
      now = end;
      return null;
    }
    now = Math.max(now, first.at());
    return timers.remove();
  }
}
