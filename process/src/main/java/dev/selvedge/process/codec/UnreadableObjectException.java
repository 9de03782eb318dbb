package dev.selvedge.process.codec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// An object cannot be made from its bytes: its class refuses to, or is another one here.
///
/// The message names the class; the cause is what it threw.
///
/// @since 0.1
public final class UnreadableObjectException extends IOException {
  private static final long serialVersionUID = 1;

  UnreadableObjectException(String message) {
    super(message);
  }

  UnreadableObjectException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
