package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Bytes that go out, to a [Connection] or a [Subprocess].
///
/// ```java
/// connection.write("hello\n");
/// connection.flush();
/// ```
///
/// **When it is sent.** Small writes are collected. They are sent when they have become many, at
/// [#flush()], at the end, and when a read of the same connection has to wait or is waiting: so a
/// handler that answers requests needs no flush, and neither does a task that writes beside one
/// that reads. On an [event loop][dev.selvedge.loop.EventLoop] what was written to a connection is
/// sent as soon as the task that has written waits for anything at all, so no flush is needed
/// there. On other threads a task that writes and then waits for something else does need one.
///
/// **Back-pressure.** When the other side does not take what was written,
/// [ConnectionOptions#highWater()] bytes are kept; the next write waits until most of them are
/// gone. So the memory is bounded by that number and the size of one write.
///
/// **Cancellation.** A write is one piece: it waits before anything of it is taken, and what was
/// taken is sent, whatever happens to the task. So after an `InterruptedException` nothing of this
/// write was or will be sent, and the output can be used on.
///
/// **Failures.** What was written may be lost when the other side fails; a later write or flush
/// reports it, and all that follow.
///
/// Thread-safe: what several threads write is not mixed up within one write.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public sealed interface Output permits Connection, SubprocessInput {

  /// Writes bytes.
  ///
  /// @param bytes the bytes; may be changed afterwards
  /// @param offset where to begin
  /// @param length how many
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; nothing is
  ///   written then
  /// @throws IndexOutOfBoundsException if the range is not one of the array
  void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException;

  /// Writes bytes.
  ///
  /// @param bytes the bytes; may be changed afterwards
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; nothing is
  ///   written then
  default void write(byte[] bytes) throws IOException, InterruptedException {
    write(bytes, 0, bytes.length);
  }

  /// Writes text in UTF-8.
  ///
  /// @param text the text; a line needs its `\n`
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; nothing is
  ///   written then
  default void write(String text) throws IOException, InterruptedException {
    write(Objects.requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8));
  }

  /// Sends what was written, and waits until the operating system has taken all of it.
  ///
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; what was
  ///   written is sent nevertheless
  void flush() throws IOException, InterruptedException;

  /// Sends what was written, and then tells the other side that nothing follows: its reads meet the
  /// end. Input can still be read. Without effect if called again.
  ///
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the output is
  ///   not closed then
  void closeOutput() throws IOException, InterruptedException;
}
