package dev.selvedge.verify.stress;

import dev.selvedge.Task;
import dev.selvedge.internal.PoolTasks;
import dev.selvedge.internal.TaskImpl;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Tasks that no pool runs and no owner counts: the actors do with them what pools do.
final class Tasks {
  static final int SUCCEEDED = 1;
  static final int CANCELLED = 2;

  private static final PoolTasks OWNER =
      new PoolTasks("stress", Kernel.system(), Set.of(), 1, new NoWorkers());

  private Tasks() {}

  private static final class NoWorkers implements PoolTasks.Workers {
    @Override
    public void launch(Ticket ticket) {
      throw new UnsupportedOperationException("the actors run the tasks");
    }

    @Override
    public <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
      return call;
    }

    @Override
    public boolean isWorker(Thread thread) {
      return false;
    }

    @Override
    public Thread spare(Runnable run) {
      return Thread.ofVirtual().unstarted(run);
    }

    @Override
    public void retire() {}
  }

  static TaskImpl<Integer> of(Callable<Integer> call) {
    return TaskImpl.of(OWNER, null, call, null);
  }

  static int state(Task<?> task) {
    return switch (task.state()) {
      case SUCCESS -> SUCCEEDED;
      case CANCELLED -> CANCELLED;
      default -> 0;
    };
  }
}
