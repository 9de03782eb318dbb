package dev.selvedge;

import java.util.concurrent.RejectedExecutionException;

/// A pool cannot run anything any more, for instance because the initializer of a worker failed,
/// which is the cause. What was queued fails with it, and what is submitted afterwards is refused
/// with it.
///
/// ```java
/// try {
///   pool.submit(() -> render(page));
/// } catch (BrokenPoolException e) {
///   System.err.println("no worker can start: " + e.getCause());
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class BrokenPoolException extends RejectedExecutionException {
  private static final long serialVersionUID = 1;

  /// A broken pool.
  ///
  /// @param pool the pool's name
  /// @param cause what broke it
  public BrokenPoolException(String pool, Throwable cause) {
    super("the pool '" + pool + "' is broken: " + cause + "; open a new one", cause);
  }
}
