package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import java.io.IOException;
import java.io.Serial;

/// A message did not fit into the buffer of the one who received it. Nothing is lost: this has the
/// message, and the pipe can be used further.
///
/// ```java
/// try {
///   receiver.receiveBytes(buffer);
/// } catch (PipeBufferTooSmallException e) {
///   handle(ByteBuffer.wrap(e.bytes()));
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class PipeBufferTooSmallException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /// The whole message.
  private final byte[] bytes;

  PipeBufferTooSmallException(byte[] bytes, int room) {
    super(
        "a message of "
            + bytes.length
            + " bytes for a buffer with room for "
            + room
            + "; this exception has it");
    this.bytes = bytes;
  }

  /// {@return the whole message, not a copy}
  public byte[] bytes() {
    return bytes;
  }
}
