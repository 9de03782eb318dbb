package dev.selvedge.trace.live;

import dev.selvedge.Stability;

/// A JVM could not be looked into, or not any more. The message says why in one line, and what to
/// do.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class CannotAttachException extends Exception {
  private static final long serialVersionUID = 1L;

  CannotAttachException(String message) {
    super(message);
  }

  CannotAttachException(String message, Throwable cause) {
    super(message, cause);
  }
}
