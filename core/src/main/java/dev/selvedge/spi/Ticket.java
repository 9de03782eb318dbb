package dev.selvedge.spi;

import dev.selvedge.Stability;
import org.jspecify.annotations.Nullable;

/// A worker's right to run one task, which is chosen when its turn comes: what a pool queues.
///
/// @since 0.1
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // run() takes and runs
@Stability(Stability.Level.EXPERIMENTAL)
public interface Ticket extends Runnable {

  /// {@return the task to run now, or null if there is none left} To be called once.
  @Nullable PoolTask take();

  /// Takes the task and runs it on this thread.
  @Override
  default void run() {
    PoolTask task = take();
    if (task != null) {
      task.run();
    }
  }
}
