package dev.selvedge.spi;

import dev.selvedge.CancelReason;
import dev.selvedge.Stability;

/// Work that a pool runs elsewhere, in another process for example: what its task asks of it.
///
/// ```java
/// task.begin(why -> connection.send(new Cancel(task.id(), why)));
/// ```
///
/// Called by any thread, several at once.
///
/// @since 0.1
@FunctionalInterface
@Stability(Stability.Level.EXPERIMENTAL)
public interface RemoteWork {

  /// Stops the work. Called on the cancelling thread, at most once; must not block.
  ///
  /// @param why the reason
  void cancel(CancelReason why);

  /// May look for the outcome on the calling thread, which is about to wait for it: where it comes
  /// soon, that saves a switch of threads. Returns after a fraction of a millisecond at the latest.
  default void hasten() {}

  /// {@return the name of the worker that has the work, for recordings; empty if it is not known}
  default String worker() {
    return "";
  }
}
