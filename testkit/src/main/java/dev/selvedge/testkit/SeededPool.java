package dev.selvedge.testkit;

import dev.selvedge.internal.KeepAlive;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Ticket;
import java.util.Set;

/// The pool of one schedule: a lane for each task.
final class SeededPool extends AbstractPool {
  private static final int WINDOW = 8;

  private final SeededScheduler scheduler;

  SeededPool(SeededScheduler scheduler) {
    super(
        "seeded",
        new SeededKernel(scheduler),
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
        WINDOW);
    this.scheduler = scheduler;
    KeepAlive.forget(this); // tasks that are given up in a deadlock do not end
  }

  /// {@return the faults of the schedule}
  Faults faults() {
    return scheduler.faults();
  }

  @Override
  protected void launch(Ticket ticket) {
    scheduler.start(ticket);
  }
}
