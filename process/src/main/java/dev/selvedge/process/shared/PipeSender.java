package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import dev.selvedge.process.codec.CannotTravelException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What sends into a pipe: the sender of a [SharedOneWayPipe], or either end of a [SharedPipe].
///
/// ```java
/// try (sender) {                          // what was sent is received, and then the end
///   for (Frame frame : frames) {
///     sender.send(frame);
///   }
/// }
/// ```
///
/// A handle: captured by a call, or sent through a pipe, it arrives in another process as the same
/// thing. Threads and processes may share it; each message goes whole, in some order.
///
/// **Waiting.** A send waits while the pipe is full. It ends by an interrupt, and so by the
/// cancellation of the task; nothing is sent then. A message that is larger than the pipe is sent
/// while it is received.
///
/// **When nobody receives**, since the other end is closed, or all processes that had it have died,
/// a send fails with [PipeClosedException]; of a death it hears only when the pipe is full. Thread-
/// safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public sealed interface PipeSender extends AutoCloseable, Serializable permits PipeEnd, HeldSender {

  /// Sends an object: a copy of it.
  ///
  /// @param object what to send; see [dev.selvedge.process.codec.Encoder] for what travels
  /// @throws CannotTravelException if something in it cannot travel; nothing is sent
  /// @throws PipeClosedException if an end is closed, or nobody has the other one any more
  /// @throws IOException one of these
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  void send(@Nullable Object object) throws IOException, InterruptedException;

  /// Sends bytes as one message. A receiver that asks for an object gets them as an array.
  ///
  /// @param bytes what to send
  /// @throws PipeClosedException if an end is closed, or nobody has the other one any more
  /// @throws IOException that
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  default void sendBytes(byte[] bytes) throws IOException, InterruptedException {
    sendBytes(ByteBuffer.wrap(bytes));
  }

  /// Sends the bytes that remain in a buffer as one message. The buffer stays as it is.
  ///
  /// @param bytes what to send
  /// @throws PipeClosedException if an end is closed, or nobody has the other one any more
  /// @throws IOException that
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  void sendBytes(ByteBuffer bytes) throws IOException, InterruptedException;

  /// Closes this end, in all processes that have it. The other end receives what was sent before.
  /// Without effect if it is closed.
  @Override
  void close();
}
