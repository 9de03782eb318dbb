package dev.selvedge.process.codec;

import java.io.IOException;

/// A message is not what an [Encoder] of this version writes: it is cut off, altered, or something
/// else altogether.
///
/// @since 0.1
public final class CorruptMessageException extends IOException {
  private static final long serialVersionUID = 1;

  CorruptMessageException(String message) {
    super(message);
  }

  CorruptMessageException(String message, Throwable cause) {
    super(message, cause);
  }
}
