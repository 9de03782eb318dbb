package dev.selvedge;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The results of mapping a function over inputs: lazy, ordered, and with back-pressure.
///
/// ```java
/// try (Results<Integer> lengths = pool.map(lines, String::length)) {
///   while (lengths.hasNext()) {
///     total += lengths.next();
///   }
/// }
/// ```
///
/// **Back-pressure.** Inputs are read on the consumer's thread, and never more of them are in
/// flight or done but unread than the pool's window ([Pool#window()]); so infinite inputs work, and
/// a slow consumer holds up the producer and not the heap. The first window is started at once.
///
/// **Failures.** [#next()] throws the failure of its element and stays usable: the next call goes
/// on with the next element. [#forEach] and [#toList] stop at the first failure and close.
///
/// What the inputs' iterator throws comes out of [#next()] as it is, behind the results of the
/// inputs before it; nothing is read after it. So creating the results never throws it, also though
/// that reads the first window.
///
/// **Closing** cancels what is in flight and waits for it. Results are not an `Iterator`: `next`
/// may fail and wait, and a for-each loop would not close.
///
/// Results are not thread-safe: one thread at a time uses them, and closes them.
///
/// @param <R> the type of a result
/// @since 0.1
@Stability(Stability.Level.STABLE)
public interface Results<R extends @Nullable Object> extends AutoCloseable {

  /// {@return whether there is another element} This may read an input.
  ///
  /// @throws java.util.concurrent.RejectedExecutionException if the pool refuses the next element,
  ///   and none is in flight that could make room for it
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  boolean hasNext() throws InterruptedException;

  /// Waits for the next result.
  ///
  /// @return the result
  /// @throws TaskFailedException if the function failed for this element
  /// @throws TaskCancelledException if this element was cancelled
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws java.util.NoSuchElementException if there is none
  /// @throws java.util.concurrent.RejectedExecutionException as [#hasNext()] does
  /// @throws RuntimeException what the iterator of the inputs threw in place of another input
  R next() throws InterruptedException, TaskFailedException;

  /// Passes each remaining result to the consumer, and closes.
  ///
  /// @param consumer receives the results in order, on this thread
  /// @param <X> what the consumer may throw
  /// @throws X if the consumer throws it
  /// @throws TaskFailedException if an element failed
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  default <X extends Exception> void forEach(Consumer<? super R, X> consumer)
      throws X, InterruptedException, TaskFailedException {
    Objects.requireNonNull(consumer, "consumer");
    try (this) {
      while (hasNext()) {
        consumer.accept(next());
      }
    }
  }

  /// Collects the remaining results, and closes.
  ///
  /// @return the results, in order; unmodifiable, and it may hold nulls
  /// @throws TaskFailedException if an element failed
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  default List<R> toList() throws InterruptedException, TaskFailedException {
    List<R> all = new ArrayList<>();
    this.<RuntimeException>forEach(all::add);
    return Collections.unmodifiableList(all);
  }

  /// Cancels what is in flight and waits until it has stopped. Closing twice does nothing.
  @Override
  void close();

  /// What receives results, and may throw.
  ///
  /// @param <R> the type of a result
  /// @param <X> what it may throw
  @FunctionalInterface
  interface Consumer<R extends @Nullable Object, X extends Exception> {
    /// Receives a result.
    ///
    /// @param result the result
    /// @throws X if it cannot go on
    void accept(R result) throws X;
  }
}
