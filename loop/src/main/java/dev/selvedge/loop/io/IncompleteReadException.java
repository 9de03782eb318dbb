package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.io.EOFException;

/// The end of the input came before all that was asked for.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class IncompleteReadException extends EOFException {
  private static final long serialVersionUID = 1L;

  private final byte[] partial;

  IncompleteReadException(byte[] partial, String expected) {
    super("the input ended after " + partial.length + " bytes, where " + expected + " expected");
    this.partial = partial;
  }

  /// {@return the bytes that came, which are not in the input any more}
  public byte[] partial() {
    return partial.clone();
  }
}
