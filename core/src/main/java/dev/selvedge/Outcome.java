package dev.selvedge;

import org.jspecify.annotations.Nullable;

/// How one input of [Pool#asCompleted] ended, with the input, so that failures keep their names.
///
/// ```java
/// pool.asCompleted(uris, this::fetch).forEach(outcome -> {
///   switch (outcome) {
///     case Outcome.Success<URI, Page>(var uri, var page) -> save(uri, page);
///     case Outcome.Failure<URI, Page>(var uri, var why) -> log(uri, why);
///     case Outcome.Cancelled<URI, Page>(var uri, var why) -> log(uri, why.describe());
///   }
/// });
/// ```
///
/// Immutable.
///
/// @param <A> the type of the input
/// @param <R> the type of the value
/// @since 0.1
@Stability(Stability.Level.STABLE)
public sealed interface Outcome<A extends @Nullable Object, R extends @Nullable Object> {

  /// {@return the input}
  A input();

  /// The function returned.
  ///
  /// @param <A> the type of the input
  /// @param <R> the type of the value
  /// @param input the input
  /// @param value what the function returned
  record Success<A extends @Nullable Object, R extends @Nullable Object>(A input, R value)
      implements Outcome<A, R> {}

  /// The function threw.
  ///
  /// @param <A> the type of the input
  /// @param <R> the type of the value
  /// @param input the input
  /// @param failure what the function threw, as it was thrown
  record Failure<A extends @Nullable Object, R extends @Nullable Object>(A input, Throwable failure)
      implements Outcome<A, R> {}

  /// The element was cancelled before or while it ran.
  ///
  /// @param <A> the type of the input
  /// @param <R> the type of the value
  /// @param input the input
  /// @param reason why
  record Cancelled<A extends @Nullable Object, R extends @Nullable Object>(
      A input, CancelReason reason) implements Outcome<A, R> {}
}
