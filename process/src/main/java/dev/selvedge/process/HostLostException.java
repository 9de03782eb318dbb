package dev.selvedge.process;

import dev.selvedge.Stability;
import org.jspecify.annotations.Nullable;

/// The object that was called is gone: its host has ended, or it was closed.
///
/// In the process that hosts it, the cause is a [WorkerLostException] with the pid, the exit code
/// and the last lines, unless it was closed. A call that was running may or may not have had its
/// effect; the object is not made again.
///
/// ```java
/// try {
///   counter.object().add(1);
/// } catch (HostLostException e) {
///   counter = pool.host(Counter.class, CounterImpl::new);      // from zero
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class HostLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// A lost object.
  ///
  /// @param message which one, and why
  /// @param cause how its host ended, if that is known
  public HostLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
