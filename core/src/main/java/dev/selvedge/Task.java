package dev.selvedge;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A running computation: the handle to a [Call] that a [Pool] runs and that a [TaskGroup] or the
/// pool owns.
///
/// ```java
/// try (Pool pool = Pool.virtual()) {
///   Task<String> page = pool.submit(() -> fetch(uri));
///   System.out.println(page.await());
/// }
/// ```
///
/// **Done means stopped.** [#isDone()] turns true only when the task's code has stopped, also after
/// a cancellation; the order is: the code has stopped, the thread's interrupt flag is cleared, the
/// task is done, its permit is free again, joiners go on, callbacks run.
///
/// **Cancelling and being done**, for every pool:
///
/// | the task is | `cancel(true)`, `cancel(why)` | `cancel(false)` | afterwards |
/// |---|---|---|---|
/// | queued | true | true | done and cancelled at once; it never runs |
/// | running | true: requested, delivered once by interrupt | false, no effect | a value that it returns wins; any exception counts as the cancellation, and is its cause |
/// | done, cancelled | true | true | nothing changes |
/// | done otherwise | false | false | nothing changes |
///
/// **Waiting.** A wait ends early when the waiting task itself is cancelled
/// ([InterruptedException]). Waiting for oneself, or for a task that cannot end before the waiting
/// one does, fails at once with [IllegalStateException]. A worker of a bounded pool that waits for
/// a task that has not started runs it in place, so that recursive work cannot starve; such a task
/// re-enters the reentrant locks of the waiting one.
///
/// **Memory effects.** What the submitting thread did before `submit` or `fork` happens before the
/// task's code, and that happens before the return of any wait for the task and before its
/// callbacks.
///
/// Tasks are thread-safe.
///
/// @param <T> the type of the value
/// @since 0.1
@Stability(Stability.Level.STABLE)
public interface Task<T extends @Nullable Object> extends Future<T> {

  /// {@return a number that no other task of this JVM has}
  long id();

  /// {@return the name given when the task was made, otherwise one made of its number}
  String name();

  /// {@return the name behind those of the groups that the task is in, from the outermost, as
  /// `crawl/fetch`}
  String path();

  /// Waits until the task is done and returns its value.
  ///
  /// @return the value
  /// @throws TaskFailedException if the task failed; its cause is what the task threw
  /// @throws TaskCancelledException if the task was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalStateException if the wait could never end, since the task waits for the caller
  T await() throws InterruptedException, TaskFailedException;

  /// Waits for at most the given time until the task is done and returns its value. The task goes
  /// on after a time-out; use [Deadline#within] to stop it.
  ///
  /// A worker of a bounded pool that waits for a task which has not started runs it in place, as
  /// [#await()] does; then the time is only looked at when it is done.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return the value
  /// @throws TimeoutException if the task is not done in time
  /// @throws TaskFailedException if the task failed; its cause is what the task threw
  /// @throws TaskCancelledException if the task was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  T await(Duration timeout) throws InterruptedException, TaskFailedException, TimeoutException;

  /// Waits until the task is done, however it ends, and throws nothing about its outcome.
  ///
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  void join() throws InterruptedException;

  /// Waits for at most the given time until the task is done, however it ends.
  ///
  /// @param timeout how long to wait at most
  /// @return whether the task is done
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  boolean join(Duration timeout) throws InterruptedException;

  /// Asks the task to stop, and says why. Never blocks.
  ///
  /// @param why the reason, which [#cancelReason()] and the exceptions of waiters will tell
  /// @return whether the cancellation was requested, now or before; a task that is done otherwise
  ///   answers false
  boolean cancel(CancelReason why);

  /// Asks the task to stop, and says why in words. Never blocks.
  ///
  /// @param why what [CancelReason.Requested] keeps
  /// @return as [#cancel(CancelReason)] does
  default boolean cancel(String why) {
    return cancel(new CancelReason.Requested(why));
  }

  /// {@return why the cancellation of this task was requested, if it was} It stays, also if the
  /// task returned a value afterwards and so is not [cancelled][#isCancelled()].
  Optional<CancelReason> cancelReason();

  /// Adds a callback that runs exactly once when the task is done: on the thread that completes it,
  /// in the order in which callbacks were added, or here and now if it is done already. A callback
  /// that throws is logged and affects nobody. Callbacks should be short; they hold up the worker.
  ///
  /// @param callback receives this task
  void onDone(Consumer<? super Task<T>> callback);

  /// {@return a future that completes with this task's value, with what it threw, or cancelled}
  /// Cancelling that future cancels the task; cancelling what is derived from it does not.
  ///
  /// Its own waits are the JDK's: `join` does not end when the waiting task is cancelled. A worker
  /// of a bounded pool that is about to wait for the future, or for a stage derived from it, runs
  /// the task in place if it has not started; for what the static methods of [CompletableFuture]
  /// combine, such as `allOf`, it cannot: use [Tasks#gather] there.
  CompletableFuture<T> toCompletableFuture();
}
