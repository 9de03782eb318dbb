package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Task;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A group as an executor. Its tasks are the group's; it remembers them in order to be shut down by
/// itself.
final class GroupExecutor extends AbstractExecutorService {
  private final GroupImpl group;
  private final Set<TaskImpl<?>> mine = ConcurrentHashMap.newKeySet();
  private final Event terminated = Event.create();
  private volatile boolean shutdown;

  GroupExecutor(GroupImpl group) {
    this.group = group;
  }

  private <T extends @Nullable Object> Task<T> start(Callable<T> call) {
    if (shutdown) {
      throw new RejectedExecutionException("the executor of '" + group.path() + "' is shut down");
    }
    TaskImpl<T> task;
    try {
      task = group.startForExecutor(call);
    } catch (IllegalStateException closed) {
      throw new RejectedExecutionException(closed.getMessage(), closed);
    }
    mine.add(task);
    task.onDone(
        done -> {
          mine.remove(task);
          terminateIfIdle();
        });
    return task;
  }

  private void terminateIfIdle() {
    if (shutdown && mine.isEmpty()) {
      terminated.set();
    }
  }

  @Override
  public void execute(Runnable command) {
    this.<@Nullable Void>start(PoolTasks.asCall(command));
  }

  @Override
  public Task<?> submit(Runnable command) {
    return this.<@Nullable Void>start(PoolTasks.asCall(command));
  }

  @Override
  public <T extends @Nullable Object> Task<T> submit(Runnable command, T result) {
    return start(PoolTasks.asCall(command, result));
  }

  @Override
  public <T extends @Nullable Object> Task<T> submit(Callable<T> call) {
    return start(call);
  }

  @Override
  public void shutdown() {
    shutdown = true;
    terminateIfIdle();
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown();
    List<Runnable> unstarted = new ArrayList<>();
    for (TaskImpl<?> task : mine) {
      boolean queued = task.isQueued();
      if (task.cancel(new CancelReason.Shutdown(group.path())) && queued) {
        unstarted.add(task);
      }
    }
    return unstarted;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return terminated.isSet();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminated.await(Duration.ofNanos(Math.max(0, unit.toNanos(timeout))));
  }
}
