package dev.selvedge;

import dev.selvedge.internal.GroupImpl;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A group owns tasks: none outlives it, one failure cancels the rest, one deadline binds all.
///
/// ```java
/// String both = TaskGroup.call(group -> {
///   Task<String> left = group.fork(() -> fetch(a));
///   Task<String> right = group.fork(() -> fetch(b));
///   return left.await() + right.await();
/// });
/// ```
///
/// **The body is the group's first task.** A child's failure and the deadline cancel the body too:
/// a wait in it ends, and the original failure comes out of `call`. What the body throws is a
/// failure of the group. An interrupt that came from outside survives. The body ends with a join,
/// so that no task outlives the group.
///
/// **Who may do what.** The owner (the thread of the body) and the group's tasks fork, and so do
/// tasks of groups opened inside; only the owner joins and closes; anyone cancels. Everyone else
/// goes through [#asExecutor()].
///
/// **What comes out of `call` and `run`**, in this order: what the body threw by itself; otherwise
/// [TaskFailedException] for a child's failure; [DeadlineExceededException] if the group's own
/// deadline passed; [InterruptedException] if the thread was interrupted or the enclosing task
/// cancelled; [TaskCancelledException] if somebody else cancelled the group; otherwise the value.
///
/// **Cancelling** reaches the children, and theirs, at once; it is delivered once to each, so that
/// `finally` blocks can still wait. A task that is still running after the [Options#grace] is
/// logged with its stack.
///
/// A group is thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public interface TaskGroup extends AutoCloseable {

  /// What runs in a group, with a value.
  ///
  /// @param <T> the type of the value
  @FunctionalInterface
  interface Body<T extends @Nullable Object> {
    /// Runs.
    ///
    /// @param group the group
    /// @return the value
    /// @throws Exception what makes the group fail
    T call(TaskGroup group) throws Exception;
  }

  /// What runs in a group, without a value.
  @FunctionalInterface
  interface VoidBody {
    /// Runs.
    ///
    /// @param group the group
    /// @throws Exception what makes the group fail
    void run(TaskGroup group) throws Exception;
  }

  /// Options of a group; immutable, each method returns a changed copy.
  ///
  /// @param name the group's name, for messages, dumps and recordings
  /// @param pool where the tasks run; without it virtual threads, or the pool of the running task
  ///   if that has a kernel of its own, as an event loop has. The group does not close it
  /// @param limit how many children run at the same time at most. At the limit only the owner waits
  ///   in `fork`; the forks of others queue
  /// @param timeout the time from the opening to the group's deadline
  /// @param failFast whether a failure cancels the rest. If not, all run, and the join reports all
  ///   failures
  /// @param grace how long a cancelled task may go on before its stack is logged
  record Options(
      String name,
      @Nullable Pool pool,
      int limit,
      @Nullable Duration timeout,
      boolean failFast,
      Duration grace) {

    /// The options of a group that says nothing: virtual threads, no limit, no deadline, fail fast,
    /// 5 s of grace.
    public static final Options DEFAULT =
        new Options("group", null, Integer.MAX_VALUE, null, true, Duration.ofSeconds(5));

    /// Checks the options.
    ///
    /// @throws IllegalArgumentException if the limit is not positive, or a duration negative
    public Options {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(grace, "grace");
      if (limit < 1) {
        throw new IllegalArgumentException(
            "limit of '" + name + "' is " + limit + "; at least one task must be able to run");
      }
      if (timeout != null && timeout.isNegative()) {
        throw new IllegalArgumentException(
            "deadline of '" + name + "' is " + timeout + "; give a time that is not negative");
      }
      if (grace.isNegative()) {
        throw new IllegalArgumentException(
            "grace of '" + name + "' is " + grace + "; give a time that is not negative");
      }
    }

    private static Options changed(UnaryOperator<Options> change) {
      return Objects.requireNonNull(
          Objects.requireNonNull(change, "options").apply(DEFAULT),
          "options returned null; return the options it was given, or a changed copy");
    }

    /// {@return these options with another name}
    ///
    /// @param newName the name
    public Options name(String newName) {
      return new Options(newName, pool, limit, timeout, failFast, grace);
    }

    /// {@return these options with a pool for the tasks}
    ///
    /// @param newPool the pool
    public Options pool(Pool newPool) {
      return new Options(
          name, Objects.requireNonNull(newPool, "newPool"), limit, timeout, failFast, grace);
    }

    /// {@return these options with a limit for the children that run at the same time}
    ///
    /// @param newLimit how many
    /// @throws IllegalArgumentException if that is not positive
    public Options limit(int newLimit) {
      return new Options(name, pool, newLimit, timeout, failFast, grace);
    }

    /// {@return these options with a deadline}
    ///
    /// @param newTimeout the time from the opening of the group
    /// @throws IllegalArgumentException if that is negative
    public Options deadline(Duration newTimeout) {
      return new Options(
          name, pool, limit, Objects.requireNonNull(newTimeout, "newTimeout"), failFast, grace);
    }

    /// {@return these options with or without fail-fast}
    ///
    /// @param newFailFast whether a failure cancels the rest
    public Options failFast(boolean newFailFast) {
      return new Options(name, pool, limit, timeout, newFailFast, grace);
    }

    /// {@return these options with another grace}
    ///
    /// @param newGrace how long a cancelled task may go on before its stack is logged
    /// @throws IllegalArgumentException if that is negative
    public Options grace(Duration newGrace) {
      return new Options(name, pool, limit, timeout, failFast, newGrace);
    }
  }

  /// Runs a body in a new group and returns its value when all tasks have ended.
  ///
  /// @param options changes the default options
  /// @param body forks and waits
  /// @param <T> the type of its value
  /// @return the body's value
  /// @throws Exception see the list in the description of this interface
  static <T extends @Nullable Object> T call(UnaryOperator<Options> options, Body<T> body)
      throws Exception {
    Objects.requireNonNull(body, "body");
    return GroupImpl.call(Options.changed(options), body);
  }

  /// Runs a body in a new group with the default options.
  ///
  /// @param body forks and waits
  /// @param <T> the type of its value
  /// @return the body's value
  /// @throws Exception see the list in the description of this interface
  static <T extends @Nullable Object> T call(Body<T> body) throws Exception {
    return GroupImpl.call(Options.DEFAULT, Objects.requireNonNull(body, "body"));
  }

  /// Runs a body in a new group and returns when all tasks have ended.
  ///
  /// @param options changes the default options
  /// @param body forks and waits
  /// @throws Exception see the list in the description of this interface
  static void run(UnaryOperator<Options> options, VoidBody body) throws Exception {
    Objects.requireNonNull(body, "body");
    GroupImpl.<@Nullable Void>call(
        Options.changed(options),
        group -> {
          body.run(group);
          return null;
        });
  }

  /// Runs a body in a new group with the default options.
  ///
  /// @param body forks and waits
  /// @throws Exception see the list in the description of this interface
  static void run(VoidBody body) throws Exception {
    run(options -> options, body);
  }

  /// Opens a group: the expert form, for groups whose life does not fit one method.
  ///
  /// ```java
  /// try (TaskGroup group = TaskGroup.open(options -> options.name("load"))) {
  ///   group.fork(this::left);
  ///   group.join();
  /// }
  /// ```
  ///
  /// What runs between `open` and `close` on this thread counts as the body. Here the group cannot
  /// see an exception that is on its way out, so the cancellation that a child's failure brings
  /// arrives as it is: as `InterruptedException`, or as [TaskCancelledException] whose cause is the
  /// sibling's failure. [#close()] must be called on this thread.
  ///
  /// @param options changes the default options
  /// @return a new group
  static TaskGroup open(UnaryOperator<Options> options) {
    return GroupImpl.open(Options.changed(options));
  }

  /// Starts a call in this group.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task; cancelled already if the group is
  /// @throws WrongThreadException if the caller is neither the owner nor one of the group's tasks
  /// @throws IllegalStateException if the group is closed
  /// @throws java.util.concurrent.RejectedExecutionException if the pool refuses it
  /// @throws TaskCancelledException if the owner is cancelled while it waits at the limit
  <T extends @Nullable Object> Task<T> fork(Call<T> call);

  /// Starts a call in this group, under a name.
  ///
  /// @param name the task's name
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task, as [#fork(Call)] does
  <T extends @Nullable Object> Task<T> fork(String name, Call<T> call);

  /// Starts an action in this group.
  ///
  /// @param action the work
  /// @return the task, as [#fork(Call)] does
  Task<@Nullable Void> fork(Action action);

  /// Starts an action in this group, under a name.
  ///
  /// @param name the task's name
  /// @param action the work
  /// @return the task, as [#fork(Call)] does
  Task<@Nullable Void> fork(String name, Action action);

  /// Starts an action that serves the others: it is cancelled when the last ordinary task of the
  /// group has ended, is not bound by the limit, and its end is nobody's success. Its failure is a
  /// failure of the group.
  ///
  /// @param action the work
  /// @return the task, as [#fork(Call)] does
  Task<@Nullable Void> background(Action action);

  /// Applies a function to each input as tasks of this group, whose limit, deadline and fail-fast
  /// apply.
  ///
  /// @param inputs what to apply it to; read lazily, on the thread that reads the results
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the results in the order of the inputs
  /// @throws WrongThreadException if the caller is neither the owner nor one of the group's tasks
  /// @throws IllegalStateException if the group is closed
  /// @throws java.util.concurrent.RejectedExecutionException if the pool refuses the first element
  <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn);

  /// {@return an executor whose tasks are tasks of this group, for libraries that want to run
  /// things inside it, and for threads that may not fork}
  ///
  /// ```java
  /// TaskGroup.run(group -> parser.parse(files, group.asExecutor())); // ends when the parser has
  /// ```
  ///
  /// **Failures.** What is executed, submitted or given to `invokeAll` is forked: its failure is in
  /// its future *and* is a failure of the group, which cancels the rest unless it is not
  /// [fail-fast][Options#failFast]. The calls of `invokeAny` are attempts at one thing: those that
  /// fail do not fail the group, and if all do, the caller gets the failure.
  ///
  /// **Cancelling.** What is submitted once the group is cancelled is cancelled at once. What is
  /// executed then is refused with [java.util.concurrent.RejectedExecutionException], as nobody has
  /// a handle to it that would tell: the future of a `CompletableFuture.supplyAsync` would never
  /// complete. Nor does it if the group is cancelled between `execute` and the start; where that
  /// may happen, take the future of a task, `group.fork(call).toCompletableFuture()`.
  ///
  /// **Waiting** in `invokeAll`, `invokeAny`, `awaitTermination` and `close` runs unstarted tasks
  /// in place on a worker of a bounded pool, as [Task] says.
  ///
  /// **Ending.** Shutting it down refuses further work through it, and `shutdownNow` cancels what
  /// came through it; both leave the group and its other executors alone. A task that was started
  /// through it may shut it down, but closing it there would wait for the task itself and throws
  /// [IllegalStateException]. Nothing needs to be shut down or closed: the group's end is its end.
  ///
  /// The executor is thread-safe and may be used from any thread until the group has ended; then it
  /// refuses with [java.util.concurrent.RejectedExecutionException].
  ExecutorService asExecutor();

  /// Waits until all tasks have ended. After the owner's own `cancel` it returns normally.
  ///
  /// @throws TaskFailedException if a task failed; further failures are suppressed
  /// @throws DeadlineExceededException if the group's own deadline passed
  /// @throws TaskCancelledException if somebody else cancelled the group
  /// @throws InterruptedException if the owner was interrupted, or the enclosing task cancelled;
  ///   the tasks are cancelled
  /// @throws WrongThreadException if the caller is not the owner
  void join() throws InterruptedException, TaskFailedException, DeadlineExceededException;

  /// Cancels the group: all its tasks, and the body if somebody else calls this. Later forks are
  /// cancelled at once. Without effect if the group is cancelled already.
  ///
  /// @param why the reason
  void cancel(CancelReason why);

  /// Cancels the group, and says why in words.
  ///
  /// @param why what [CancelReason.Requested] keeps
  default void cancel(String why) {
    cancel(new CancelReason.Requested(why));
  }

  /// {@return why the group was cancelled, if it was}
  Optional<CancelReason> cancelReason();

  /// {@return the group's name}
  String name();

  /// {@return the tasks of this group that are not done, in the order of their forks; a snapshot}
  List<Task<?>> tasks();

  /// Cancels what was not joined, and waits until it has ended. Closing twice does nothing.
  ///
  /// @throws UnjoinedTasksException if tasks had not been joined, and the group was not cancelled
  /// @throws WrongThreadException if the caller is not the owner
  @Override
  void close();
}
