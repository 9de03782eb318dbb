package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.sync.Event;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Who sees an event set sees what was written before it was set.
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not set yet")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "read between the write and the set")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "set and seen")
@Outcome(expect = FORBIDDEN, desc = "set, but the write before it is not seen")
@State
public class EventHappensBefore {
  private final Event event = Event.create();
  private int written;

  /// Writes, then sets.
  @Actor
  public void setter() {
    written = 1;
    event.set();
  }

  /// Looks at the event, then at what was written before it was set.
  @Actor
  public void reader(II_Result r) {
    r.r1 = event.isSet() ? 1 : 0;
    r.r2 = written;
  }
}
