package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.sync.Event;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Waiting for an event, against those who set it.
public final class EventStress {
  private EventStress() {}

  /// A wait, against a set.
  @JCStressTest
  @Description("EVENT-02: a set releases the waiter, who sees what was written before")
  @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "released, and sees what was written")
  @Outcome(expect = FORBIDDEN, desc = "released without")
  @State
  public static class AwaitAgainstSet {
    private final Event event = Event.create();
    private int written;

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      Uninterrupted.run(
          () -> {
            event.await();
            r.r1 = event.isSet() ? 1 : 0;
            r.r2 = written;
          });
    }

    /// The setter.
    @Actor
    public void setter() {
      written = 7;
      event.set();
    }
  }

  /// An interrupted wait, against a set.
  @JCStressTest
  @Description("EVENT-02: the waiter is released or interrupted, and the interrupt is never lost")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "released, and the interrupt is pending")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "interrupted")
  @Outcome(expect = FORBIDDEN, desc = "the interrupt was lost, or counted twice")
  @State
  public static class InterruptAgainstSet {
    private final Event event = Event.create();
    private final Interruption interruption = new Interruption();

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      interruption.expect();
      try {
        event.await();
        r.r1 = 1;
      } catch (InterruptedException e) {
        r.r1 = 0;
      }
      r.r2 = interruption.take() ? 1 : 0;
    }

    /// The setter.
    @Actor
    public void setter() {
      interruption.send();
      event.set();
    }
  }

  /// A set, against a clear.
  @JCStressTest
  @Description("EVENT-01: the flag is what the last of both said, and a wait agrees with it")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "cleared last")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "set last")
  @Outcome(expect = FORBIDDEN, desc = "flag and wait disagree")
  @State
  public static class SetAgainstClear {
    private final Event event = Event.create();

    /// The setter.
    @Actor
    public void setter() {
      event.set();
    }

    /// The one that clears.
    @Actor
    public void clearer() {
      event.clear();
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = event.isSet() ? 1 : 0;
            r.r2 = event.await(Duration.ZERO) ? 1 : 0;
          });
    }
  }

  /// A set that is cleared at once, against one who waits.
  @JCStressTest
  @Description("EVENT-03: a set releases who waits, even if a clear follows before it has run")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "released, and cleared")
  @Outcome(expect = FORBIDDEN, desc = "left waiting, or still set")
  @State
  public static class SetAndClearAgainstWaiter {
    private final Event event = Event.create();
    private volatile @Nullable Thread waiting;

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      waiting = Thread.currentThread();
      Uninterrupted.run(
          () -> {
            r.r1 = event.await(Duration.ofSeconds(10)) ? 1 : 0;
          });
    }

    /// The one that sets and clears, once the other waits.
    @Actor
    public void setter() {
      Thread waiter;
      while ((waiter = waiting) == null || waiter.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      event.set();
      event.clear();
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      r.r2 = event.isSet() ? 1 : 0;
    }
  }
}
