package dev.selvedge;

import dev.selvedge.internal.KeepAlive;
import dev.selvedge.internal.OuterTasks;
import dev.selvedge.internal.TaskImpl;
import dev.selvedge.internal.TaskWaits;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is done with several tasks at once, and small things around one.
///
/// ```java
/// List<String> both = Tasks.gather(group.fork(this::left), group.fork(this::right));
/// String fastest = Tasks.race(mirrors.stream().map(m -> group.fork(() -> m.fetch())).toList());
/// ```
///
/// **Those that need values end what they do not need.** [#gather] and [#race] cancel the tasks
/// whose outcome cannot matter any more, and return when these have stopped; hand in a [#shield] to
/// exempt one. Those that only wait ([#awaitAll], [#awaitFirst], [#awaitFirstFailure],
/// [#asCompleted]) cancel nothing.
///
/// Every wait here ends early with [InterruptedException] when the waiting thread is interrupted or
/// the waiting task cancelled. A task that is given twice counts once. A worker of a bounded pool
/// that waits runs unstarted tasks in place, as [Task] says.
///
/// All methods may be called from any thread, inside and outside of tasks.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Tasks {
  private Tasks() {}

  /// Which tasks were done when a wait ended, and which were not.
  ///
  /// @param done those that have ended, in the order in which they were given; failed and cancelled
  ///   ones are among them
  /// @param pending those that go on
  /// @param <T> the type of the tasks' values
  /// @since 0.1
  public record Awaited<T extends @Nullable Object>(List<Task<T>> done, List<Task<T>> pending) {
    /// Copies the lists.
    public Awaited {
      done = List.copyOf(done);
      pending = List.copyOf(pending);
    }

    private static <T extends @Nullable Object> Awaited<T> of(List<Task<T>> tasks) {
      var parts = tasks.stream().collect(Collectors.partitioningBy(Task::isDone));
      return new Awaited<>(
          parts.getOrDefault(true, List.of()), parts.getOrDefault(false, List.of()));
    }
  }

  /// Waits for all tasks and returns their values in the order of the tasks.
  ///
  /// If one does not succeed, the others are cancelled, as their values cannot be returned any
  /// more, and so they are if this wait is interrupted; either way this method returns when all
  /// have stopped.
  ///
  /// @param tasks the tasks
  /// @param <T> the type of the values
  /// @return the values; unmodifiable, and it may hold nulls
  /// @throws TaskFailedException if a task failed: the first that did; others are suppressed
  /// @throws TaskCancelledException if none failed and one was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> List<T> gather(
      Collection<? extends Task<? extends T>> tasks)
      throws InterruptedException, TaskFailedException {
    return TaskWaits.gather(tasks);
  }

  /// Waits for all tasks and returns their values, as [#gather(Collection)] does.
  ///
  /// @param tasks the tasks
  /// @param <T> the type of the values
  /// @return the values; unmodifiable, and it may hold nulls
  /// @throws TaskFailedException if a task failed: the first that did; others are suppressed
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public static <T extends @Nullable Object> List<T> gather(Task<? extends T>... tasks)
      throws InterruptedException, TaskFailedException {
    return TaskWaits.gather(List.of(Objects.requireNonNull(tasks, "tasks")));
  }

  /// Waits until one task succeeds, cancels the others, waits until they have stopped, and returns
  /// its value. A task that fails or is cancelled only leaves the race.
  ///
  /// @param tasks the tasks, at least one
  /// @param <T> the type of the value
  /// @return the value of the first that succeeded
  /// @throws TaskFailedException if none succeeded: the first failure; others are suppressed
  /// @throws TaskCancelledException if all were cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled; all are cancelled then
  /// @throws IllegalArgumentException if there are no tasks
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> T race(Collection<? extends Task<? extends T>> tasks)
      throws InterruptedException, TaskFailedException {
    return TaskWaits.race(tasks);
  }

  /// Waits until one task succeeds, as [#race(Collection)] does.
  ///
  /// @param tasks the tasks, at least one
  /// @param <T> the type of the value
  /// @return the value of the first that succeeded
  /// @throws TaskFailedException if none succeeded: the first failure; others are suppressed
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled; all are cancelled then
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public static <T extends @Nullable Object> T race(Task<? extends T>... tasks)
      throws InterruptedException, TaskFailedException {
    return TaskWaits.race(List.of(Objects.requireNonNull(tasks, "tasks")));
  }

  /// Tries several ways, one after the other but overlapping, until one succeeds: each has a head
  /// start before the next one begins, which begins at once if one that is under way fails. The
  /// first success cancels the rest and is returned when that has stopped.
  ///
  /// ```java
  /// String page =
  ///     Tasks.race(Duration.ofMillis(200), List.of(() -> main.fetch(), () -> copy.fetch()));
  /// ```
  ///
  /// So a slow answer costs a second request and not a long wait, and a quick one costs nothing.
  /// The attempts are tasks of a group of their own: on virtual threads, or on the loop that runs
  /// the caller.
  ///
  /// @param headStart how long the next attempt waits for those before it; zero starts all at once
  /// @param attempts what to try, in this order; at least one
  /// @param <T> the type of the value
  /// @return the value of the first that succeeded
  /// @throws TaskFailedException if none succeeded: the first failure; others are suppressed, in
  ///   the order in which they came
  /// @throws TaskCancelledException if all were cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled; all attempts are cancelled then, and have stopped
  /// @throws IllegalArgumentException if there are no attempts, or the head start is negative
  public static <T extends @Nullable Object> T race(
      Duration headStart, Collection<? extends Call<? extends T>> attempts)
      throws InterruptedException, TaskFailedException {
    return TaskWaits.race(
        Objects.requireNonNull(headStart, "headStart"),
        Objects.requireNonNull(attempts, "attempts"));
  }

  /// Waits until all tasks are done, however they end.
  ///
  /// @param tasks the tasks
  /// @param <T> the type of their values
  /// @return the tasks, none of them pending
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitAll(
      Collection<? extends Task<? extends T>> tasks) throws InterruptedException {
    return await(tasks, TaskWaits.Until.ALL, Kernel.FOREVER);
  }

  /// Waits for at most the given time until all tasks are done, however they end. Those that are
  /// not done by then go on.
  ///
  /// @param tasks the tasks
  /// @param timeout how long to wait at most; zero does not wait
  /// @param <T> the type of their values
  /// @return which are done and which are not
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitAll(
      Collection<? extends Task<? extends T>> tasks, Duration timeout) throws InterruptedException {
    return await(tasks, TaskWaits.Until.ALL, deadline(timeout));
  }

  /// Waits until one of the tasks is done, however it ends; without tasks it does not wait.
  ///
  /// ```java
  /// var pending = List.copyOf(tasks);
  /// while (!pending.isEmpty()) {
  ///   var awaited = Tasks.awaitFirst(pending);
  ///   awaited.done().forEach(this::handle);
  ///   pending = awaited.pending();
  /// }
  /// ```
  ///
  /// @param tasks the tasks
  /// @param <T> the type of their values
  /// @return all that are done, and the others
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitFirst(
      Collection<? extends Task<? extends T>> tasks) throws InterruptedException {
    return await(tasks, TaskWaits.Until.FIRST, Kernel.FOREVER);
  }

  /// Waits for at most the given time until one of the tasks is done, however it ends.
  ///
  /// @param tasks the tasks
  /// @param timeout how long to wait at most; zero does not wait
  /// @param <T> the type of their values
  /// @return all that are done, if any, and the others
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitFirst(
      Collection<? extends Task<? extends T>> tasks, Duration timeout) throws InterruptedException {
    return await(tasks, TaskWaits.Until.FIRST, deadline(timeout));
  }

  /// Waits until one of the tasks has failed or all are done. A cancelled task has not failed.
  ///
  /// @param tasks the tasks
  /// @param <T> the type of their values
  /// @return all that are done, and the others
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitFirstFailure(
      Collection<? extends Task<? extends T>> tasks) throws InterruptedException {
    return await(tasks, TaskWaits.Until.FIRST_FAILURE, Kernel.FOREVER);
  }

  /// Waits for at most the given time until one of the tasks has failed or all are done.
  ///
  /// @param tasks the tasks
  /// @param timeout how long to wait at most; zero does not wait
  /// @param <T> the type of their values
  /// @return all that are done, and the others
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Awaited<T> awaitFirstFailure(
      Collection<? extends Task<? extends T>> tasks, Duration timeout) throws InterruptedException {
    return await(tasks, TaskWaits.Until.FIRST_FAILURE, deadline(timeout));
  }

  private static <T extends @Nullable Object> Awaited<T> await(
      Collection<? extends Task<? extends T>> tasks, TaskWaits.Until until, long deadline)
      throws InterruptedException {
    List<Task<T>> distinct = TaskWaits.distinct(tasks);
    TaskWaits.await(distinct, until, deadline);
    return Awaited.of(distinct);
  }

  private static long deadline(Duration timeout) {
    return Times.deadline(Kernel.current(), timeout);
  }

  /// Hands out tasks in the order in which they are done.
  ///
  /// ```java
  /// Completions<Page> pages = Tasks.asCompleted(tasks);
  /// while (pages.hasNext()) {
  ///   show(pages.next());
  /// }
  /// ```
  ///
  /// @param tasks the tasks
  /// @param <T> the type of their values
  /// @return the tasks, those that are done already first
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Completions<T> asCompleted(
      Collection<? extends Task<? extends T>> tasks) {
    return TaskWaits.asCompleted(tasks, null);
  }

  /// Hands out tasks in the order in which they are done, for at most the given time from now in
  /// all. What is done is handed out also after that.
  ///
  /// @param tasks the tasks
  /// @param timeout the time from this call until [Completions#next()] fails
  /// @param <T> the type of their values
  /// @return the tasks, those that are done already first
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalStateException if one of the tasks waits for the caller
  public static <T extends @Nullable Object> Completions<T> asCompleted(
      Collection<? extends Task<? extends T>> tasks, Duration timeout) {
    return TaskWaits.asCompleted(tasks, Objects.requireNonNull(timeout, "timeout"));
  }

  /// Returns a handle whose cancellation leaves the task itself alone.
  ///
  /// Waiting for a task never cancels it; but whoever gets a task may, and [#gather] and [#race]
  /// do. Give them a shield where the task must go on. Cancelling the task itself ends both. A task
  /// of a group is cancelled with its group, shield or not: submit to a pool what is to survive. A
  /// worker of a bounded pool that waits for the shield helps as if it waited for the task.
  ///
  /// @param task the task
  /// @param <T> the type of its value
  /// @return a task that ends as the given one does, or at once when it is cancelled
  public static <T extends @Nullable Object> Task<T> shield(Task<T> task) {
    return OuterTasks.shield(Objects.requireNonNull(task, "task"));
  }

  /// Returns a task for a stage of other code, such as what an HTTP client returns.
  ///
  /// It is done when the stage is; what the stage failed with is not wrapped in a
  /// `CompletionException`. Cancelling the task cancels the stage's
  /// [CompletionStage#toCompletableFuture()]; a stage without one cannot be cancelled, and then the
  /// task is done when the stage is. The task belongs to nobody: no group or pool waits for it.
  ///
  /// @param stage the stage
  /// @param <T> the type of its value
  /// @return the task
  public static <T extends @Nullable Object> Task<T> from(CompletionStage<? extends T> stage) {
    return OuterTasks.from(Objects.requireNonNull(stage, "stage"));
  }

  /// Waits until the task is done and returns what it threw, instead of throwing it.
  ///
  /// @param task the task
  /// @return what it threw, or empty if it succeeded
  /// @throws TaskCancelledException if the task was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  public static Optional<Throwable> failure(Task<?> task) throws InterruptedException {
    Objects.requireNonNull(task, "task").join();
    return failureOf(task);
  }

  /// Waits for at most the given time until the task is done and returns what it threw, instead of
  /// throwing it.
  ///
  /// @param task the task
  /// @param timeout how long to wait at most; zero does not wait
  /// @return what it threw, or empty if it succeeded
  /// @throws TimeoutException if the task is not done in time
  /// @throws TaskCancelledException if the task was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  public static Optional<Throwable> failure(Task<?> task, Duration timeout)
      throws InterruptedException, TimeoutException {
    if (!Objects.requireNonNull(task, "task").join(timeout)) {
      throw new TimeoutException(
          "'" + task.path() + "' was not done after " + Times.text(timeout) + "; it goes on");
    }
    return failureOf(task);
  }

  private static Optional<Throwable> failureOf(Task<?> task) {
    return switch (task.state()) {
      case FAILED -> Optional.of(task.exceptionNow());
      case CANCELLED ->
          throw new TaskCancelledException(
              task.path(),
              task.cancelReason().orElse(new CancelReason.Requested("cancelled")),
              null);
      default -> Optional.empty();
    };
  }

  /// Waits for a time, on the clock of the running task's pool. Unlike `Thread.sleep` it follows a
  /// virtual clock, and the cancellation of its task ends it without an interrupt.
  ///
  /// @param time how long; zero lets others run
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the time is negative
  @SuppressWarnings("ThreadPriorityCheck") // a yield is what a sleep of zero is
  public static void sleep(Duration time) throws InterruptedException {
    Kernel kernel = Kernel.current();
    long until = Times.deadline(kernel, time);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (time.isZero()) {
      kernel.step();
      Thread.yield();
    }
    new Sleep().await(Sleep.class, until);
  }

  private static final class Sleep extends Waiter {
    @Override
    protected WaitKind kind() {
      return WaitKind.SLEEP;
    }

    @Override
    protected boolean ready() {
      return false;
    }
  }

  /// {@return the task that this thread runs, the innermost one; the body of a group is one}
  public static Optional<Task<?>> current() {
    return Optional.ofNullable(TaskImpl.current());
  }

  /// Ends the program in order: waits until all work that pools and groups have accepted is done,
  /// what that work submits included, and then calls [System#exit]. Periodic and background work is
  /// not waited for.
  ///
  /// @param status the exit status
  /// @throws IllegalStateException if a task calls this, which would wait for itself
  public static void exit(int status) {
    TaskImpl<?> me = TaskImpl.current();
    if (me != null && me.holdsJvm()) {
      throw new IllegalStateException(
          "the task '"
              + me.path()
              + "' calls Tasks.exit(), which would wait for it; call it from the main thread, or"
              + " System.exit() to end without waiting");
    }
    KeepAlive.awaitWork();
    System.exit(status);
  }
}
