package dev.selvedge.internal;

import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/// A virtual thread for each task.
public final class VirtualPool extends AbstractPool {
  /// Where groups run that name no pool; never closed.
  static final PoolTasks SHARED = PoolTasks.of(new VirtualPool("shared virtual"));

  private static final int WINDOW = 256;
  private static final ThreadFactory THREADS =
      Thread.ofVirtual().inheritInheritableThreadLocals(false).factory();

  /// Makes a pool.
  public VirtualPool(String name) {
    super(name, Kernel.system(), Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), WINDOW);
  }

  @Override
  protected void launch(Ticket ticket) {
    THREADS.newThread(ticket).start();
  }
}
