package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.spi.Kernel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A group as an executor. Its tasks are the group's; it remembers them in order to be shut down by
/// itself.
///
/// A task is in `accepted` from before it is started until it is done. Whoever adds one looks
/// afterwards at `shutdown`, and whoever shuts down looks afterwards at `accepted`; so a task is
/// either refused or seen. The same holds between `stopped` and a task's entry becoming true, which
/// it does when the group has the task and it can be cancelled.
final class GroupExecutor implements ExecutorService {
  private final GroupImpl group;
  private final Map<TaskImpl<?>, Boolean> accepted = new ConcurrentHashMap<>();
  private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
  private volatile boolean shutdown;
  private volatile boolean stopped;

  /// Whether it was shut down and the last task has ended; nothing is accepted after that.
  private volatile boolean terminated;

  GroupExecutor(GroupImpl group) {
    this.group = group;
  }

  // ---- submitting -----------------------------------------------------------------------------

  private <T extends @Nullable Object> Task<T> start(Callable<T> call, boolean candidate) {
    TaskImpl<T> task = group.taskForExecutor(Objects.requireNonNull(call, "call"), candidate);
    start(task);
    return task;
  }

  /// {@return whether it was started; if not, the group is cancelled, and so is the task}
  private boolean start(TaskImpl<?> task) {
    accepted.put(task, false);
    if (shutdown) {
      ended(task);
      throw new RejectedExecutionException(
          "the executor of the group '"
              + group.path()
              + "' is shut down; submit before that, or take another one with asExecutor()");
    }
    task.onDone(done -> ended(task));
    boolean started;
    try {
      started = group.startForExecutor(task);
    } catch (IllegalStateException closed) {
      ended(task);
      throw new RejectedExecutionException(closed.getMessage(), closed);
    } catch (Throwable refused) {
      ended(task);
      throw refused;
    }
    accepted.replace(task, true);
    if (stopped) {
      task.cancel(new CancelReason.Shutdown(group.path()));
    }
    return started;
  }

  private void ended(TaskImpl<?> task) {
    accepted.remove(task);
    terminateIfIdle();
  }

  private void terminateIfIdle() {
    if (shutdown && accepted.isEmpty()) {
      terminated = true;
      waiters.forEach(Waiter::wake);
    }
  }

  /// Refuses what a cancelled group would drop: nobody has a handle to it that would tell, and what
  /// `CompletableFuture.supplyAsync` returns would never complete.
  @Override
  public void execute(Runnable command) {
    if (!start(group.<@Nullable Void>taskForExecutor(PoolTasks.asCall(command), false))) {
      throw cancelledException();
    }
  }

  private RejectedExecutionException cancelledException() {
    CancelReason why = group.cancelReason().orElseThrow();
    return new RejectedExecutionException(
        "the group '"
            + group.path()
            + "' is cancelled ("
            + why.describe()
            + ") and runs nothing more; execute it elsewhere, or use submit(), whose future is"
            + " cancelled then",
        new TaskCancelledException(group.path(), why, null));
  }

  @Override
  public Task<?> submit(Runnable runnable) {
    return this.<@Nullable Void>start(PoolTasks.asCall(runnable), false);
  }

  @Override
  public <T extends @Nullable Object> Task<T> submit(Runnable runnable, T result) {
    return start(PoolTasks.asCall(runnable, result), false);
  }

  @Override
  public <T extends @Nullable Object> Task<T> submit(Callable<T> call) {
    return start(call, false);
  }

  // ---- several at once ------------------------------------------------------------------------

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> calls) throws InterruptedException {
    return Mapping.all(calls, Kernel.FOREVER, this::submit);
  }

  @Override
  public <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> calls, long timeout, TimeUnit unit)
      throws InterruptedException {
    return Mapping.all(calls, Times.deadline(timeout, unit), this::submit);
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> calls)
      throws InterruptedException, ExecutionException {
    return Mapping.any(calls, call -> start(call, true));
  }

  @Override
  public <T extends @Nullable Object> T invokeAny(
      Collection<? extends Callable<T>> calls, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return Mapping.any(calls, Times.deadline(timeout, unit), call -> start(call, true));
  }

  // ---- ending ---------------------------------------------------------------------------------

  @Override
  public void shutdown() {
    shutdown = true;
    terminateIfIdle();
  }

  @Override
  public List<Runnable> shutdownNow() {
    stopped = true;
    shutdown();
    var why = new CancelReason.Shutdown(group.path());
    List<Runnable> unstarted = new ArrayList<>();
    List<TaskImpl<?>> running = new ArrayList<>();
    for (TaskImpl<?> task : group.live(task -> accepted.getOrDefault(task, false))) {
      if (task.cancelQueued(why)) { // first: a worker that is stopped takes the next
        unstarted.add(task);
      } else {
        running.add(task);
      }
    }
    running.forEach(task -> task.cancel(why));
    return unstarted;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return terminated;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return awaitTermination(Times.deadline(timeout, unit));
  }

  private boolean awaitTermination(long until) throws InterruptedException {
    Termination wait = new Termination();
    wait.start();
    try {
      return wait.await(this, until);
    } finally {
      wait.stop();
    }
  }

  @Override
  public void close() {
    refuseToWaitForItself();
    shutdown();
    boolean interrupted = false;
    while (!terminated) {
      try {
        awaitTermination(Kernel.FOREVER);
      } catch (InterruptedException e) {
        interrupted = true;
        shutdownNow();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void refuseToWaitForItself() {
    for (TaskImpl<?> t = TaskImpl.current(); t != null; t = t.parent()) {
      if (accepted.containsKey(t)) {
        throw new IllegalStateException(
            "the task '"
                + t.path()
                + "' closes the executor that runs it, and would wait for itself; call shutdown()"
                + " there, and close() outside");
      }
    }
  }

  /// The wait of a worker of a bounded pool runs the group's unstarted tasks in place.
  private final class Termination extends Waiter {
    private final @Nullable TaskImpl<?> me = task();
    private final boolean helps = me != null && group.mayHelp(me);

    @Override
    protected WaitKind kind() {
      return WaitKind.GROUP;
    }

    void start() {
      waiters.add(this);
      if (helps) {
        group.helping(this, true);
      }
    }

    void stop() {
      waiters.remove(this);
      if (helps) {
        group.helping(this, false);
      }
    }

    @Override
    protected boolean ready() {
      return terminated;
    }

    @Override
    protected boolean help(boolean timed) {
      return helps && me != null && group.helpOne(this, me, null, timed);
    }
  }

  @Override
  public String toString() {
    return "Executor of the group '"
        + group.path()
        + "' "
        + (terminated ? "terminated" : shutdown ? "shut down" : "open")
        + ", "
        + accepted.size()
        + " pending";
  }
}
