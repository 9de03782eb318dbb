package dev.selvedge.loop.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Carries the bytes of a [Connection], both ways.
interface Wire extends Source {
  /// Makes the connection ready for bytes, with the other side.
  default void handshake() throws IOException, InterruptedException {}

  /// Takes all bytes, and waits before that, never after, while too many are unsent.
  void write(ByteBuffer bytes) throws IOException, InterruptedException;

  void flush() throws IOException, InterruptedException;

  void closeOutput() throws IOException, InterruptedException;

  /// Sends what was written, then closes. Waits no longer than the options say.
  void close() throws IOException;

  /// Closes at once; what was written may be lost.
  void abort();

  boolean isOpen();

  /// {@return how many bytes were taken and not sent}
  int unsent();

  /// {@return whether a thread waits for input}
  boolean isBeingRead();
}
