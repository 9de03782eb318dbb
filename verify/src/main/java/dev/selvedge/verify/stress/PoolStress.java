package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.Task;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/// The end of a pool, against its last task.
public final class PoolStress {
  private PoolStress() {}

  /// A pool whose worker is an actor.
  private static final class OneTicketPool extends AbstractPool {
    private final ArrayBlockingQueue<Ticket> tickets = new ArrayBlockingQueue<>(1);

    OneTicketPool() {
      super("stress", Kernel.system(), Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), 1);
    }

    @Override
    protected void launch(Ticket ticket) {
      tickets.add(ticket);
    }

    void work() {
      tickets.remove().run();
    }
  }

  /// A cancellation that is followed by the shutdown, against the worker.
  @JCStressTest
  @Description("SHUTD-04: a shutdown ends when the last task was cancelled just before")
  @Outcome(id = "0, 1, 1, 0", expect = ACCEPTABLE, desc = "it was done before")
  @Outcome(id = "1, 1, 1, 0", expect = ACCEPTABLE, desc = "requested too late: the value wins")
  @Outcome(id = "1, 1, 2, 0", expect = ACCEPTABLE, desc = "cancelled")
  @Outcome(expect = FORBIDDEN, desc = "not terminated, no outcome, or an interrupt that leaks")
  @State
  public static class CancelAndShutdownAgainstWorker {
    private final OneTicketPool pool = new OneTicketPool();
    private final Task<Integer> task = pool.submit(() -> 5);

    /// The worker.
    @Actor
    public void worker(IIII_Result r) {
      pool.work();
      r.r4 = Thread.interrupted() ? 1 : 0;
    }

    /// The one that cancels and shuts down.
    @Actor
    public void closer(IIII_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = task.cancel("the last one") ? 1 : 0;
            pool.shutdown();
            r.r2 = pool.awaitTermination(10, TimeUnit.SECONDS) ? 1 : 0;
          });
    }

    /// What came of it.
    @Arbiter
    public void outcome(IIII_Result r) {
      r.r3 = Tasks.state(task);
    }
  }
}
