package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.sync.Mutex;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/// The hand-over of a mutex, against waiters that leave.
public final class MutexStress {
  private MutexStress() {}

  /// A wait that times out, against the unlock.
  @JCStressTest
  @Description("LOCK-05 LOCK-06: the waiter has the mutex, or it is free")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "handed over")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "timed out, and free")
  @Outcome(expect = FORBIDDEN, desc = "lost with nobody, or free and held")
  @State
  public static class TimeoutAgainstUnlock {
    private final Mutex mutex = Mutex.create();

    /// Locks it.
    public TimeoutAgainstUnlock() {
      mutex.tryLock();
    }

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = mutex.tryLock(Duration.ofNanos(500)) ? 1 : 0;
          });
    }

    /// The holder.
    @Actor
    public void holder() {
      mutex.unlock();
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      r.r2 = mutex.isLocked() ? 1 : 0;
    }
  }

  /// A wait that is interrupted, against the unlock.
  @JCStressTest
  @Description(
      "LOCK-08: the waiter has the mutex and the interrupt is pending, or it threw and the mutex is"
          + " free")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "handed over, and the interrupt is pending")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "interrupted, and free")
  @Outcome(expect = FORBIDDEN, desc = "the mutex or the interrupt was lost")
  @State
  public static class InterruptAgainstUnlock {
    private final Mutex mutex = Mutex.create();
    private final Interruption interruption = new Interruption();

    /// Locks it.
    public InterruptAgainstUnlock() {
      mutex.tryLock();
    }

    /// The waiter.
    @Actor
    public void waiter(III_Result r) {
      interruption.expect();
      try {
        mutex.lock();
        r.r1 = 1;
      } catch (InterruptedException e) {
        r.r1 = 0;
      }
      r.r2 = interruption.take() ? 1 : 0;
    }

    /// The holder.
    @Actor
    public void holder() {
      interruption.send();
      mutex.unlock();
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = mutex.isLocked() ? 1 : 0;
    }
  }

  /// Two that want it.
  @JCStressTest
  @Description("LOCK-01: what is done under the mutex is seen by the next holder")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "in this order")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "in that order")
  @Outcome(expect = FORBIDDEN, desc = "both inside")
  @State
  public static class Exclusion {
    private final Mutex mutex = Mutex.create();
    private int counter;

    /// One.
    @Actor
    public void one(II_Result r) {
      Uninterrupted.run(
          () -> {
            mutex.lock();
            r.r1 = ++counter;
            mutex.unlock();
          });
    }

    /// The other.
    @Actor
    public void other(II_Result r) {
      Uninterrupted.run(
          () -> {
            mutex.lock();
            r.r2 = ++counter;
            mutex.unlock();
          });
    }
  }

  /// Two that unlock what was locked once.
  @JCStressTest
  @Description("LOCK-03 LOCK-04: one succeeds, the other is told")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the first")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the second")
  @Outcome(expect = FORBIDDEN, desc = "both or none")
  @State
  public static class TwoUnlocks {
    private final Mutex mutex = Mutex.create();

    /// Locks it.
    public TwoUnlocks() {
      mutex.tryLock();
    }

    private int unlock() {
      try {
        mutex.unlock();
        return 1;
      } catch (IllegalStateException e) {
        return 0;
      }
    }

    /// One.
    @Actor
    public void one(II_Result r) {
      r.r1 = unlock();
    }

    /// The other.
    @Actor
    public void other(II_Result r) {
      r.r2 = unlock();
    }
  }
}
