package dev.selvedge.internal;

import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;

/// Somebody else's executor under the contract of pools. It is taken for bounded, since it may have
/// one thread only; which threads are its workers shows when a ticket runs.
public final class ExecutorPool extends AbstractPool {
  private static final int WINDOW = 64;

  private final Executor executor;
  private final ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);

  /// Makes a pool.
  public ExecutorPool(Executor executor) {
    super(
        "of " + Objects.requireNonNull(executor, "executor").getClass().getSimpleName(),
        Kernel.system(),
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.BOUNDED),
        WINDOW);
    this.executor = executor;
  }

  @Override
  protected void launch(Ticket ticket) {
    executor.execute(
        () -> {
          depth.set(depth.get() + 1);
          try {
            ticket.run();
          } finally {
            int left = depth.get() - 1;
            if (left == 0) {
              depth.remove();
            } else {
              depth.set(left);
            }
          }
        });
  }

  @Override
  protected boolean isWorker(Thread thread) {
    return thread.equals(Thread.currentThread()) && depth.get() > 0;
  }
}
