package dev.selvedge;

import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Tasks in the order in which they are done: what [Tasks#asCompleted] returns. Each task comes
/// once, those that were done already first.
///
/// ```java
/// Completions<Page> pages = Tasks.asCompleted(tasks, Duration.ofSeconds(5));
/// while (pages.hasNext()) {
///   show(pages.next().await());
/// }
/// ```
///
/// [#next()] hands out failed and cancelled tasks like others; their own `await` says how they
/// ended. Nothing is cancelled here, and nothing has to be closed.
///
/// Not thread-safe: one thread at a time uses it.
///
/// @param <T> the type of the tasks' values
/// @since 0.1
@Stability(Stability.Level.STABLE)
public interface Completions<T extends @Nullable Object> {

  /// {@return whether there is a task that was not returned yet}
  boolean hasNext();

  /// Waits for the next task that is done.
  ///
  /// @return the task; it is done
  /// @throws TimeoutException if the time given to [Tasks#asCompleted] has passed and no further
  ///   task is done; the message tells how many of how many are unfinished. They go on
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws java.util.NoSuchElementException if there is none
  Task<T> next() throws InterruptedException, TimeoutException;
}
