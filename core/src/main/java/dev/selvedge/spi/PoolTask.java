package dev.selvedge.spi;

import dev.selvedge.Stability;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// A task as the pool that runs it sees it.
///
/// A pool in this heap calls [#run()] on the thread of its choice, once. A pool that carries the
/// work elsewhere asks for the [#work()], claims the task with [#begin], sends the work if that
/// answers true, and reports with [#succeed] or [#fail]:
///
/// ```java
/// private void carry(PoolTask task) {
///   Job job;
///   try {
///     job = machine.prepare(task.work());
///   } catch (IllegalStateException e) {
///     return; // cancelled meanwhile
///   }
///   job.onValue(task::succeed);
///   job.onFailure(task::fail);
///   if (task.begin(why -> job.stop())) {
///     job.start();
///   }
/// }
/// ```
///
/// Thread-safe: of a claim, a run and a cancellation at the same time, one wins, and of two reports
/// the first. Each method may be called on any thread.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface PoolTask extends Runnable {

  /// {@return the task's number}
  long id();

  /// {@return the task's name}
  String name();

  /// {@return the names of the groups that the task is in, from the outermost one on, and its own,
  /// with slashes between}
  String path();

  /// Runs the task on this thread, under its own cancellation, deadline and context; returns at
  /// once if it was cancelled or has been started. Throws nothing: what the work throws is the
  /// task's outcome.
  @Override
  void run();

  /// {@return the work}
  ///
  /// @throws IllegalStateException if it was started or cancelled already
  Callable<?> work();

  /// {@return the time that is left until the task's deadline, if it has one}
  Optional<Duration> remaining();

  /// Claims the task in order to run its work elsewhere.
  ///
  /// @param work is told to stop when the task is cancelled
  /// @return false if the task was cancelled or started before; it must not be run then
  boolean begin(RemoteWork work);

  /// Reports the value of work that ran elsewhere.
  ///
  /// @param value what it returned
  /// @throws IllegalStateException if the task was not begun, or is done; the first outcome remains
  void succeed(@Nullable Object value);

  /// Reports that work which ran elsewhere failed, or that it stopped after its cancellation.
  ///
  /// @param failure what it threw
  /// @throws IllegalStateException if the task was not begun, or is done; the first outcome remains
  void fail(Throwable failure);

  /// {@return whether the task is still waiting to be started}
  boolean isQueued();
}
