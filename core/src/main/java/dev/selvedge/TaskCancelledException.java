package dev.selvedge;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// A task was cancelled; [#reason()] tells why. Its cause is the failure of the sibling that led to
/// the cancellation if there is one, otherwise what the task's code threw when it was told to stop.
///
/// ```java
/// try {
///   show(task.await());
/// } catch (TaskCancelledException e) {
///   System.out.println("stopped: " + e.reason().describe());
/// }
/// ```
///
/// It is a [CancellationException], so that a `catch` written for `Future.get` keeps working.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class TaskCancelledException extends CancellationException {
  private static final long serialVersionUID = 1;

  private final CancelReason reason;

  /// A cancellation.
  ///
  /// @param task the path of the task
  /// @param reason why it was cancelled
  /// @param thrown what the task's code threw when it was told to stop, if it did
  public TaskCancelledException(String task, CancelReason reason, @Nullable Throwable thrown) {
    super("'" + task + "' was cancelled: " + reason.describe());
    this.reason = reason;
    Throwable root = failureBehind(reason);
    if (root != null) {
      initCause(root);
    } else if (thrown != null) {
      initCause(thrown);
    }
  }

  private static @Nullable Throwable failureBehind(CancelReason reason) {
    for (CancelReason r = reason; r != null; r = r.cause().orElse(null)) {
      if (r instanceof CancelReason.SiblingFailed failed) {
        return failed.failure();
      }
    }
    return null;
  }

  /// {@return why the task was cancelled}
  public CancelReason reason() {
    return reason;
  }
}
