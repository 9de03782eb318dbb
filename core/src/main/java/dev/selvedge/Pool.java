package dev.selvedge;

import dev.selvedge.internal.ExecutorPool;
import dev.selvedge.internal.PoolRegistry;
import dev.selvedge.internal.ThreadPool;
import dev.selvedge.internal.VirtualPool;
import dev.selvedge.spi.Capability;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Where tasks run. Every pool is a complete [ExecutorService], so existing code accepts it, and
/// every pool keeps the contract written at [Task].
///
/// ```java
/// try (Pool pool = Pool.virtual()) {
///   Task<Integer> answer = pool.submit(() -> 6 * 7);
///   List<String> pages = pool.map(uris, this::fetch).toList();
/// }
/// ```
///
/// **One changed line** moves work: `Pool.virtual()` for work that waits, `Pool.threads(n)` for
/// work that computes, `Pool.named("processes:2")` for work that must not take the program down.
///
/// **Closing** waits for the work that was accepted, as [ExecutorService#close()] says; groups
/// cancel, pools wait. Finite work accepted before `main` returns is finished before the JVM exits,
/// also if nobody closes the pool.
///
/// **Deadlines.** A task submitted inside a [Deadline] has that deadline: queued, it never starts
/// after it, and running, it is cancelled at it. What goes through `execute` is excepted, since
/// `CompletableFuture.supplyAsync` would never complete.
///
/// **Failures** of tasks are kept for those who wait for them; those of `execute` have nobody to
/// wait for them and go to the thread's default uncaught-exception handler, once. A refused
/// submission throws [java.util.concurrent.RejectedExecutionException].
///
/// Pools are thread-safe. To write one, see [dev.selvedge.spi.AbstractPool].
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public interface Pool extends ExecutorService {

  /// {@return a new pool in which each task has its own virtual thread: for work that waits,
  /// millions of tasks}
  static Pool virtual() {
    return new VirtualPool("virtual");
  }

  /// Opens a pool of platform threads: for work that computes, in one heap. Threads are made when
  /// there is a backlog, never more than `maximum`.
  ///
  /// @param maximum how many threads there are at most
  /// @return a new pool
  /// @throws IllegalArgumentException if the maximum is not positive
  static Pool threads(int maximum) {
    return threads(maximum, options -> options);
  }

  /// Opens a pool of platform threads with options.
  ///
  /// ```java
  /// Pool pool = Pool.threads(4, options -> options.prefix("resize-").queue(1_000));
  /// ```
  ///
  /// @param maximum how many threads there are at most
  /// @param options changes the default options
  /// @return a new pool
  /// @throws IllegalArgumentException if the maximum is not positive
  static Pool threads(int maximum, UnaryOperator<ThreadsOptions> options) {
    return new ThreadPool(
        maximum,
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options").apply(ThreadsOptions.DEFAULT),
            "options returned null"));
  }

  /// Puts any executor under the contract of pools: Swing's `SwingUtilities::invokeLater`,
  /// Spring's, Netty's, a `ForkJoinPool`.
  ///
  /// What it cannot keep: closing the pool waits for the pool's own tasks and leaves the executor
  /// alone, which its owner closes; an executor that drops work silently leaves tasks pending until
  /// they are cancelled; and an executor that runs work in the submitting thread makes `submit`
  /// take as long as the work.
  ///
  /// @param executor runs the tasks
  /// @return a new pool
  static Pool of(Executor executor) {
    return new ExecutorPool(executor);
  }

  /// Opens a pool by name, as programs take it from a command line: `virtual`, `threads:4`,
  /// `threads` (one per core), and whatever [dev.selvedge.spi.PoolProvider]s on the module or class
  /// path add, without a change to the program.
  ///
  /// @param name a scheme, and behind a colon what that scheme takes
  /// @return a new pool
  /// @throws IllegalArgumentException if no provider knows the name, or it refuses the argument;
  ///   the message lists the names that there are
  static Pool named(String name) {
    return PoolRegistry.open(name);
  }

  /// {@return the pool's name, such as `virtual` or `threads:4`}
  String name();

  /// {@return what this pool can do that others may not}
  Set<Capability> capabilities();

  /// {@return how many inputs [#map] has in flight or done but unread at most} 256 on virtual
  /// threads; on platform threads 64 for each thread, and never more than threads and queue have
  /// room for.
  int window();

  /// Starts a call.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the pool is shut down, broken or
  ///   full, or the call cannot travel to where the pool runs it
  <T extends @Nullable Object> Task<T> submit(Call<T> call);

  /// Starts a call under a name.
  ///
  /// @param name the task's name, for messages, dumps and recordings
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException as [#submit(Call)] does
  <T extends @Nullable Object> Task<T> submit(String name, Call<T> call);

  /// Starts an action.
  ///
  /// @param action the work
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException as [#submit(Call)] does
  Task<@Nullable Void> submit(Action action);

  /// Starts an action under a name.
  ///
  /// @param name the task's name, for messages, dumps and recordings
  /// @param action the work
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException as [#submit(Call)] does
  Task<@Nullable Void> submit(String name, Action action);

  @Override
  <T extends @Nullable Object> Task<T> submit(Callable<T> call);

  @Override
  Task<?> submit(Runnable runnable);

  @Override
  <T extends @Nullable Object> Task<T> submit(Runnable runnable, T result);

  /// Applies a function to each input, concurrently; results come in the order of the inputs.
  ///
  /// @param inputs what to apply it to; read lazily, on the thread that reads the results, and if
  ///   reading fails, [Results] says so in its place
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the results, to be closed
  /// @throws java.util.concurrent.RejectedExecutionException if the pool refuses the first element
  <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn);

  /// Applies a function to each input, concurrently; outcomes come as they are done, each with its
  /// input, and failures are outcomes like others.
  ///
  /// @param inputs what to apply it to; read lazily, on the thread that reads the outcomes, and if
  ///   reading fails, [Results] says so behind the outcomes
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the outcomes, to be closed
  /// @throws java.util.concurrent.RejectedExecutionException if the pool refuses the first element
  <A extends @Nullable Object, R extends @Nullable Object> Results<Outcome<A, R>> asCompleted(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn);

  /// Runs all calls and waits until each is done.
  ///
  /// @param calls the work
  /// @param <T> the type of the values
  /// @return the tasks in the order of the calls, all done
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled; what is unfinished is cancelled
  @Override
  <T extends @Nullable Object> List<java.util.concurrent.Future<T>> invokeAll(
      Collection<? extends Callable<T>> calls) throws InterruptedException;

  /// Refuses new work, cancels what has not started, and lets what runs finish. Does not wait.
  ///
  /// @return how many tasks were cancelled
  int shutdownPending();

  /// Refuses new work, cancels what was accepted, what runs included, and waits until it has
  /// stopped. ([#shutdownNow()] cancels too, but does not wait; [#close()] waits, but does not
  /// cancel.)
  ///
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if a task of this pool calls it, which would wait for itself
  void cancelAndClose() throws InterruptedException;
}
