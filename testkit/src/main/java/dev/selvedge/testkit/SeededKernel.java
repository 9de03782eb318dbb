package dev.selvedge.testkit;

import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/// The kernel of a schedule: its time is virtual, and its parks are those of the JDK, since every
/// park of a thread that a [SeededScheduler] carries is a switch.
final class SeededKernel implements Kernel {
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private final SeededScheduler scheduler;

  SeededKernel(SeededScheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public long nanoTime() {
    return scheduler.time();
  }

  @Override
  public Instant now() {
    return EPOCH.plus(Duration.ofNanos(nanoTime()));
  }

  @Override
  public void park(Object blocker, long deadline) {
    if (deadline == FOREVER) {
      LockSupport.park(blocker);
    } else if (deadline - nanoTime() > 0) {
      Thread me = Thread.currentThread();
      Alarm alarm = at(deadline, () -> LockSupport.unpark(me));
      LockSupport.park(blocker);
      alarm.cancel();
    }
    scheduler.refuseIfAbandoned();
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public Alarm at(long deadline, Runnable action) {
    return scheduler.at(deadline, action);
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // the order is the schedule's
  public void step() {
    if (scheduler.isCurrent()) {
      scheduler.failIfDue();
      Thread.yield();
      scheduler.refuseIfAbandoned();
      scheduler.failIfDue();
    }
  }
}
