package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.sync.Limit;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/// The permits of a limit, against waiters that leave and releases of too many.
public final class LimitStress {
  private LimitStress() {}

  /// Two releases of what was acquired once.
  @JCStressTest
  @Description("SEM-03: no release exceeds the bound")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "the first")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "the second")
  @Outcome(expect = FORBIDDEN, desc = "above the bound, or lost")
  @State
  public static class TwoReleases {
    private final Limit limit = Limit.of(1);

    /// Takes the permit.
    public TwoReleases() {
      limit.tryAcquire();
    }

    private int release() {
      try {
        limit.release();
        return 1;
      } catch (IllegalStateException e) {
        return 0;
      }
    }

    /// One.
    @Actor
    public void one(III_Result r) {
      r.r1 = release();
    }

    /// The other.
    @Actor
    public void other(III_Result r) {
      r.r2 = release();
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = limit.available();
    }
  }

  /// A wait for several that times out, against the release.
  @JCStressTest
  @Description("SEM-01: the waiter has all that it wanted, or nothing")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "handed over")
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "timed out, and available")
  @Outcome(expect = FORBIDDEN, desc = "permits were lost or made up")
  @State
  public static class TimeoutAgainstRelease {
    private final Limit limit = Limit.of(2);

    /// Takes a permit.
    public TimeoutAgainstRelease() {
      limit.tryAcquire();
    }

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = limit.tryAcquire(2, Duration.ofNanos(500)) ? 1 : 0;
          });
    }

    /// The holder.
    @Actor
    public void holder() {
      limit.release();
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      r.r2 = limit.available();
    }
  }

  /// One that wanted too much leaves, against one who wants what is there.
  @JCStressTest
  @Description("SEM-01: who comes behind a waiter that leaves is served")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "it left, and the other has the permit")
  @Outcome(expect = FORBIDDEN, desc = "the newcomer was forgotten")
  @State
  public static class LeaverAgainstNewcomer {
    private final Limit limit = Limit.of(2);

    /// Takes a permit.
    public LeaverAgainstNewcomer() {
      limit.tryAcquire();
    }

    /// The one that leaves.
    @Actor
    public void leaver(III_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = limit.tryAcquire(2, Duration.ofNanos(500)) ? 1 : 0;
          });
    }

    /// The newcomer.
    @Actor
    public void newcomer(III_Result r) {
      Uninterrupted.run(
          () -> {
            limit.acquire();
            r.r2 = 1;
          });
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = limit.available();
    }
  }
}
