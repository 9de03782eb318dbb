package dev.selvedge.spi;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Fn;
import dev.selvedge.Outcome;
import dev.selvedge.Pool;
import dev.selvedge.Results;
import dev.selvedge.Stability;
import dev.selvedge.Task;
import dev.selvedge.internal.Mapping;
import dev.selvedge.internal.PoolTasks;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.Times;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A pool, but for the workers: extend it to write one.
///
/// ```java
/// public final class CallerRuns extends AbstractPool {
///   public CallerRuns() {
///     super("caller", Kernel.system(), Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), 1);
///   }
///   @Override protected void launch(Ticket ticket) { ticket.run(); }
/// }
/// ```
///
/// This class owns the tasks: it makes, counts, cancels and awaits them, and keeps the contract of
/// [Task] and [java.util.concurrent.ExecutorService]. A subclass says how a [Ticket] gets a worker
/// ([#launch]) and what is released when all work has ended ([#retire]). Prove it with
/// `PoolContract` of `dev.selvedge.testkit`.
///
/// Thread-safe, and what a subclass implements has to be: it is called on any thread that submits,
/// ends or cancels work, on several at the same time.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public abstract class AbstractPool implements Pool {
  static {
    PoolTasks.accessor(pool -> pool.tasks);
  }

  private final PoolTasks tasks;

  /// Makes a pool.
  ///
  /// @param name its name, such as `threads:4`
  /// @param kernel what its tasks wait on
  /// @param capabilities what it can do
  /// @param window how far `map` runs ahead; positive
  /// @throws IllegalArgumentException if the window is not positive
  protected AbstractPool(String name, Kernel kernel, Set<Capability> capabilities, int window) {
    if (window < 1) {
      throw new IllegalArgumentException(
          "the window of '" + name + "' is " + window + "; map must be able to start one element");
    }
    this.tasks = new PoolTasks(name, kernel, capabilities, window, new Bridge());
  }

  private final class Bridge implements PoolTasks.Workers {
    @Override
    public void launch(Ticket ticket) {
      AbstractPool.this.launch(ticket);
    }

    @Override
    public <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
      return AbstractPool.this.prepare(call);
    }

    @Override
    public boolean isWorker(Thread thread) {
      return AbstractPool.this.isWorker(thread);
    }

    @Override
    public Thread spare(Runnable run) {
      return AbstractPool.this.spareWorker(run);
    }

    @Override
    public @Nullable Pool groupPool() {
      return AbstractPool.this.groupPool();
    }

    @Override
    public void retire() {
      AbstractPool.this.retire();
    }

    @Override
    public boolean reportsUncollected() {
      return AbstractPool.this.reportsUncollected();
    }

    @Override
    public void uncaught(String task, Throwable failure) {
      AbstractPool.this.uncaught(task, failure);
    }
  }

  // ---- what a subclass says -------------------------------------------------------------------

  /// Gives a ticket to a worker, now or when one is free. Never blocks.
  ///
  /// @param ticket to be run, or taken, once
  /// @throws java.util.concurrent.RejectedExecutionException if there is no room for it
  protected abstract void launch(Ticket ticket);

  /// Looks at work before it is accepted, on the submitter's thread, and may replace it by what
  /// will run.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return what will run; a [PreparedCall] if it is not the call itself
  /// @throws java.util.concurrent.RejectedExecutionException if it cannot travel to where this pool
  ///   runs it
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    return call;
  }

  /// {@return whether a thread is one of this pool's workers} Those of a bounded pool run unstarted
  /// tasks in place where they would wait for them.
  ///
  /// @param thread the thread
  protected boolean isWorker(Thread thread) {
    return false;
  }

  /// {@return an unstarted thread that stands in for a worker which waits for tasks that wait for
  /// tasks, so deep that its stack would overflow} It runs one task, while the worker is blocked. A
  /// pool whose workers count as such by [#isWorker] says so of this one too.
  ///
  /// @param run what it runs
  protected Thread spareWorker(Runnable run) {
    return Thread.ofVirtual().inheritInheritableThreadLocals(false).unstarted(run);
  }

  /// {@return where a group runs that the current task of this pool opens without naming a pool}
  /// This pool, unless overridden by one that consists of several others, whose tasks shall keep
  /// their groups beside them. Asked only if the pool has a [kernel of its
  /// own][Capability#OWN_KERNEL].
  protected AbstractPool groupPool() {
    return this;
  }

  /// Releases the workers: no work is left, and none will come. Called once; must not block.
  protected void retire() {}

  /// {@return whether the failure of a submitted task is [reported][#uncaught] when its handle is
  /// gone and nobody has asked for it} Called for each task that failed.
  protected boolean reportsUncollected() {
    return false;
  }

  /// Takes a failure that nobody waits for: of what was given to `execute`, and, if the pool
  /// [#reportsUncollected()], of tasks whose handles are gone. Called on the thread on which the
  /// task ran or on one for reports, with the context of the task. Goes to the default
  /// uncaught-exception handler unless overridden.
  ///
  /// @param task the task's path
  /// @param failure what it threw
  protected void uncaught(String task, Throwable failure) {
    Problems.uncaught(task, failure);
  }

  /// Fails what is queued with [dev.selvedge.BrokenPoolException], and refuses further work with
  /// it.
  ///
  /// @param cause why no worker can run anything
  protected final void breakDown(Throwable cause) {
    tasks.breakDown(cause);
  }

  /// Submits a call with a deadline of its own, for a pool that runs tasks in place of another
  /// pool.
  ///
  /// @param name the task's name
  /// @param left the time until the deadline
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task; it is cancelled when the time is over
  protected final <T extends @Nullable Object> Task<T> submitWithin(
      String name, Duration left, Call<T> call) {
    long at = Times.deadline(tasks.kernel(), left);
    return tasks.submit(name, new Deadline(at, name, left, left, null), call);
  }

  /// Says in which group the tasks of this pool are, for one that runs them in place of another
  /// pool, in another process. It holds for all tasks, also for those that were accepted before.
  ///
  /// @param path of the group, or empty if they are in none
  protected final void groupPath(String path) {
    tasks.path(Objects.requireNonNull(path, "path"));
  }

  // ---- submitting -----------------------------------------------------------------------------

  @Override
  public final <T extends @Nullable Object> Task<T> submit(Call<T> call) {
    return tasks.submit(null, call);
  }

  @Override
  public final <T extends @Nullable Object> Task<T> submit(String name, Call<T> call) {
    return tasks.submit(Objects.requireNonNull(name, "name"), call);
  }

  @Override
  public final Task<@Nullable Void> submit(Action action) {
    return tasks.submit(null, PoolTasks.asCall(action));
  }

  @Override
  public final Task<@Nullable Void> submit(String name, Action action) {
    return tasks.submit(Objects.requireNonNull(name, "name"), PoolTasks.asCall(action));
  }

  @Override
  public final <T extends @Nullable Object> Task<T> submit(Callable<T> call) {
    return tasks.submit(null, call);
  }

  @Override
  public final Task<?> submit(Runnable runnable) {
    return runnable instanceof Action action
        ? submit(action)
        : tasks.<@Nullable Void>submit(null, PoolTasks.asCall(runnable));
  }

  @Override
  public final <T extends @Nullable Object> Task<T> submit(Runnable runnable, T result) {
    return tasks.submit(null, PoolTasks.asCall(runnable, result));
  }

  @Override
  public final void execute(Runnable runnable) {
    tasks.execute(runnable);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Mapping.ordered(name() + "/map", inputs, fn, window(), tasks::submit);
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> asCompleted(
          Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Mapping.asCompleted(name() + "/asCompleted", inputs, fn, window(), tasks::submit);
  }

  // ---- several at once ------------------------------------------------------------------------

  @Override
  public final <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> calls) throws InterruptedException {
    return Mapping.all(calls, Kernel.FOREVER, this::submit);
  }

  @Override
  public final <T extends @Nullable Object> List<Future<T>> invokeAll(
      Collection<? extends Callable<T>> calls, long timeout, TimeUnit unit)
      throws InterruptedException {
    return Mapping.all(calls, Times.deadline(timeout, unit), this::submit);
  }

  @Override
  public final <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> calls)
      throws InterruptedException, ExecutionException {
    return Mapping.any(calls, this::submit);
  }

  @Override
  public final <T extends @Nullable Object> T invokeAny(
      Collection<? extends Callable<T>> calls, long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    return Mapping.any(calls, Times.deadline(timeout, unit), this::submit);
  }

  // ---- ending ---------------------------------------------------------------------------------

  @Override
  public final void shutdown() {
    tasks.shutdown();
  }

  /// Refuses further work and cancels everything: what runs is interrupted, what is queued will not
  /// run.
  ///
  /// @return the work that had not started: as it was given to `execute`, or the task that was
  ///   submitted, which is cancelled
  @Override
  public final List<Runnable> shutdownNow() {
    return tasks.cancelAll(false, new CancelReason.Shutdown(name()));
  }

  @Override
  public final int shutdownPending() {
    return tasks.cancelAll(true, new CancelReason.Shutdown(name())).size();
  }

  @Override
  public final void cancelAndClose() throws InterruptedException {
    refuseToWaitForItself();
    shutdownNow();
    tasks.termination().await();
  }

  @Override
  public final boolean isShutdown() {
    return tasks.isSealed();
  }

  @Override
  public final boolean isTerminated() {
    return tasks.isTerminated();
  }

  @Override
  public final boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return tasks.termination().await(Duration.ofNanos(Math.max(0, unit.toNanos(timeout))));
  }

  @Override
  public final void close() {
    refuseToWaitForItself();
    shutdown();
    boolean interrupted = false;
    while (!isTerminated()) {
      try {
        tasks.termination().await();
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
    if (tasks.runsCurrent()) {
      throw new IllegalStateException(
          "a task of the pool '"
              + name()
              + "' closes it, and would wait for itself; call shutdown() there, and close()"
              + " outside");
    }
  }

  // ---- about the pool -------------------------------------------------------------------------

  @Override
  public final String name() {
    return tasks.name();
  }

  @Override
  public final Set<Capability> capabilities() {
    return tasks.capabilities();
  }

  @Override
  public final int window() {
    return tasks.window();
  }

  /// {@return the tasks submitted to this pool that are not done, in the order of their submission;
  /// a snapshot}
  public final List<Task<?>> tasks() {
    return tasks.tasks();
  }

  @Override
  public String toString() {
    return "Pool '"
        + name()
        + "' "
        + (isTerminated() ? "terminated" : isShutdown() ? "shut down" : "open")
        + ", "
        + tasks.pending()
        + " pending";
  }
}
