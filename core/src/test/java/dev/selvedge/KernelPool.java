package dev.selvedge;

import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.Set;

/// Virtual threads on a kernel that a test gives.
final class KernelPool extends AbstractPool {
  KernelPool(Kernel kernel) {
    super(
        "kernel",
        kernel,
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
        16);
  }

  @Override
  protected void launch(Ticket ticket) {
    Thread.startVirtualThread(ticket);
  }
}
