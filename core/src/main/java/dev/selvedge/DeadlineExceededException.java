package dev.selvedge;

import java.util.concurrent.TimeoutException;

/// A scope did not end before its deadline. Only the scope whose own deadline passed reports it;
/// the scopes inside are cancelled, and a scope that was cancelled from outside never reports a
/// time-out. The message says what was asked for, what was granted, and which enclosing scope was
/// binding.
///
/// ```java
/// try {
///   return Deadline.within(Duration.ofSeconds(2), () -> fetch(uri));
/// } catch (DeadlineExceededException e) {
///   return cached(uri);
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class DeadlineExceededException extends TimeoutException {
  private static final long serialVersionUID = 1;

  private final transient Deadline deadline;

  /// A deadline that passed.
  ///
  /// @param deadline the deadline
  public DeadlineExceededException(Deadline deadline) {
    super(deadline.describeExpiry());
    this.deadline = deadline;
  }

  /// {@return the deadline that passed}
  public Deadline deadline() {
    return deadline;
  }
}
