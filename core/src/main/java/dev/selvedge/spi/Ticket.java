package dev.selvedge.spi;

import dev.selvedge.Stability;
import org.jspecify.annotations.Nullable;

/// A worker's right to run one task, which is chosen when its turn comes: what a pool queues.
///
/// ```java
/// private final BlockingQueue<Ticket> queue = new LinkedBlockingQueue<>();
///
/// @Override protected void launch(Ticket ticket) { queue.add(ticket); }
///
/// private void work() throws InterruptedException {
///   while (true) {
///     queue.take().run();
///   }
/// }
/// ```
///
/// Thread-safe: to be redeemed once for each launch, on any thread. Several launches may hand over
/// the very same object, so a pool must not tell tickets apart.
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
