package dev.selvedge.verify;

import dev.selvedge.sync.Event;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/// An event's operations that do not block are linearizable.
public class EventLincheckTest {
  private final Event event = Event.create();

  @Operation
  public void set() {
    event.set();
  }

  @Operation
  public void clear() {
    event.clear();
  }

  @Operation
  public boolean isSet() {
    return event.isSet();
  }

  @Test
  void isLinearizableInEverySchedule() {
    new ModelCheckingOptions().iterations(5).invocationsPerIteration(200).check(getClass());
  }
}
