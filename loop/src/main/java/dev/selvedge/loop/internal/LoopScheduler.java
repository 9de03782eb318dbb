package dev.selvedge.loop.internal;

import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import org.jspecify.annotations.Nullable;

/// What runs the coroutines of a loop, one at a time, in the order in which they become ready.
public sealed interface LoopScheduler permits CoroutineScheduler, BatonScheduler {

  /// {@return the owner of the scheduler whose coroutine the current thread is, or null}
  static @Nullable Object currentOwner() {
    Object owner = CoroutineScheduler.currentOwner();
    return owner == null ? BatonScheduler.currentOwner() : owner;
  }

  /// Runs an action when the step that the current thread makes on a loop has ended: when its
  /// coroutine waits, or yields, or ends. The action must not block.
  ///
  /// @return false if the current thread is on no loop; then nothing will run
  static boolean atStepEnd(Runnable action) {
    return CoroutineScheduler.atStepEnd(action) || BatonScheduler.atStepEnd(action);
  }

  /// Runs a task as a coroutine.
  void launch(Ticket ticket);

  /// Lets a callback run at a time.
  ///
  /// @param due when, in terms of [System#nanoTime()]; at the next opportunity if that has passed
  Kernel.Alarm callAt(long due, Callback callback);

  /// Cancels the callbacks that are not due, and gives up what is not needed when there is nothing
  /// left to do.
  void end();
}
