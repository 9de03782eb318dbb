package dev.selvedge.testkit;

import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Ticket;
import java.util.Set;

/// The pool of one schedule: a strand for each task.
final class SeededPool extends AbstractPool {
  private static final int WINDOW = 8;

  private final SeededKernel kernel;

  SeededPool(SeededKernel kernel) {
    super(
        "seeded",
        kernel,
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
        WINDOW);
    this.kernel = kernel;
  }

  @Override
  protected void launch(Ticket ticket) {
    String name = ticket instanceof dev.selvedge.spi.PoolTask task ? task.name() : "worker";
    kernel.start(name, ticket);
  }
}
