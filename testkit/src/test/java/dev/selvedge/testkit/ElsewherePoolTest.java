package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.Ticket;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A pool whose work runs where tasks are not known, as in another process: it begins them, runs
/// their work and reports.
class ElsewherePoolTest extends PoolContract {

  /// Runs work on threads that do not know of tasks.
  private static final class ElsewherePool extends AbstractPool {
    ElsewherePool() {
      super("elsewhere", Kernel.system(), Set.of(Capability.INTERRUPTS), 32);
    }

    @Override
    protected void launch(Ticket ticket) {
      PoolTask task = ticket.take();
      if (task == null) {
        return;
      }
      var work = task.work();
      Thread worker = Thread.ofVirtual().unstarted(() -> report(task, work));
      if (task.begin(why -> worker.interrupt())) {
        worker.start();
      }
    }

    private static void report(PoolTask task, java.util.concurrent.Callable<?> work) {
      Object value;
      try {
        value = work.call();
      } catch (Throwable e) {
        task.fail(e);
        return;
      }
      task.succeed(value);
    }
  }

  @Override
  public Pool open() {
    return new ElsewherePool();
  }

  /// A pool that hands its tasks to the test.
  private static final class ManualPool extends AbstractPool {
    private final AtomicReference<@Nullable PoolTask> given = new AtomicReference<>();

    ManualPool() {
      super("manual", Kernel.system(), Set.of(), 1);
    }

    @Override
    protected void launch(Ticket ticket) {
      given.set(ticket.take());
    }

    PoolTask task() {
      PoolTask task = given.get();
      assertTrue(task != null);
      return java.util.Objects.requireNonNull(task);
    }
  }

  @Test
  @Tag("FUT-07")
  void anOutcomeIsReportedOnceAndTheFirstRemains() throws Exception {
    try (ManualPool pool = new ManualPool()) {
      Task<Integer> task = pool.submit(() -> 1);
      PoolTask handle = pool.task();
      assertThrows(IllegalStateException.class, () -> handle.succeed(1), "not begun");
      assertTrue(handle.isQueued());
      assertTrue(handle.begin(why -> {}));
      assertFalse(handle.begin(why -> {}));
      handle.succeed(2);
      assertThrows(IllegalStateException.class, () -> handle.succeed(3));
      assertThrows(IllegalStateException.class, () -> handle.fail(new Trial.Planned("late")));
      assertEquals(2, task.await());
    }
  }

  @Test
  @Tag("FUT-12")
  void aTaskThatWasCancelledMeanwhileDoesNotBegin() throws Exception {
    try (ManualPool pool = new ManualPool()) {
      Task<Integer> task = pool.submit(() -> 1);
      assertTrue(task.cancel(false));
      assertFalse(pool.task().begin(why -> {}));
    }
  }
}
