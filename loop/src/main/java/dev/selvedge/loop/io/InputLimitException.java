package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.io.IOException;

/// A line, or what should end with a separator, has more bytes than [ConnectionOptions#limit()]
/// allows. The connection can be used on: [Input#readLineBytes()] and [Input#readUntil] say what
/// happened to the bytes.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class InputLimitException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int limit;
  private final int seen;

  InputLimitException(String what, int limit, int seen) {
    super(
        what
            + " has more than "
            + limit
            + " bytes, "
            + seen
            + " have come; raise the limit in the options, or end the connection");
    this.limit = limit;
    this.seen = seen;
  }

  /// {@return how many bytes were allowed}
  public int limit() {
    return limit;
  }

  /// {@return how many bytes of it had come}
  public int seen() {
    return seen;
  }
}
