package dev.selvedge.spi;

import dev.selvedge.CancelReason;
import dev.selvedge.Stability;
import dev.selvedge.Task;
import dev.selvedge.internal.Tracing;
import org.jspecify.annotations.Nullable;

/// Sees what tasks do: the hook for recorders and debuggers.
///
/// ```java
/// TaskObserver.install(new TaskObserver() {
///   @Override public void ended(Task<?> task) { count.increment(); }
/// });
/// ```
///
/// Methods are called on the thread where it happens, so they must be short and must not block.
/// What they throw is logged. Without an observer each hook is one read of a field. Implementations
/// are thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface TaskObserver {

  /// A task was accepted by its group or pool.
  ///
  /// @param task the task
  default void submitted(Task<?> task) {}

  /// A task begins to run on this thread.
  ///
  /// @param task the task
  default void started(Task<?> task) {}

  /// The cancellation of a task was requested.
  ///
  /// @param task the task
  /// @param why the reason
  default void cancelling(Task<?> task, CancelReason why) {}

  /// A task is done.
  ///
  /// @param task the task
  default void ended(Task<?> task) {}

  /// Installs the observer of this JVM in place of the one before.
  ///
  /// @param observer the observer, or null for none
  /// @return the one before, to be called by the new one or restored later
  static @Nullable TaskObserver install(@Nullable TaskObserver observer) {
    return Tracing.install(observer);
  }
}
