package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What receives from a pipe: the receiver of a [SharedOneWayPipe], or either end of a
/// [SharedPipe].
///
/// ```java
/// try {
///   while (true) {
///     handle(receiver.receive(Frame.class));
///   }
/// } catch (EOFException e) {
///   finish();                             // the other end is closed, or its process has ended
/// }
/// ```
///
/// A handle: captured by a call, or sent through a pipe, it arrives in another process as the same
/// thing. Threads and processes may share it; each message goes to one of them, whole.
///
/// **The end.** When the other end was closed, or all processes that had it have ended, in whatever
/// way, the messages that were sent before are received, and then every receive throws
/// [EOFException]. A message in whose middle its sender was killed is not received. A death is
/// noticed within some milliseconds.
///
/// **Cancellation.** A receive and a poll end by an interrupt, and so by the cancellation of the
/// task, if there is no message yet; nothing is received then. An interrupt in the middle of a
/// message stays pending. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public sealed interface PipeReceiver extends AutoCloseable, Serializable
    permits PipeEnd, HeldReceiver {

  /// Receives the next message, and waits for one if need be.
  ///
  /// @return the object that was sent, or the bytes as an array
  /// @throws EOFException if there will be no more
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException one of these, or the object cannot be read in this process; it is received
  ///   then
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  @Nullable Object receive() throws IOException, InterruptedException;

  /// Receives the next message, which is an object of a type, and waits for one if need be.
  ///
  /// @param type the type
  /// @param <T> the same
  /// @return the object
  /// @throws EOFException if there will be no more
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException one of these, or the object cannot be read in this process; it is received
  ///   then
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws ClassCastException if the object is of another type; it is received then
  /// @throws NullPointerException if null was sent
  /// @throws IllegalStateException if the scope that made the pipe is closed
  default <T> T receive(Class<T> type) throws IOException, InterruptedException {
    return type.cast(Objects.requireNonNull(receive(), "null was sent"));
  }

  /// Receives the next message, which is one of bytes, and waits for one if need be.
  ///
  /// @return the bytes
  /// @throws EOFException if there will be no more
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException one of these, or the next message is an object; it stays where it is
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  default byte[] receiveBytes() throws IOException, InterruptedException {
    return receiveBytes(Integer.MAX_VALUE);
  }

  /// Receives the next message, which is one of bytes, and waits for one if need be. No memory is
  /// taken for one that is too long.
  ///
  /// @param most how many bytes it may have
  /// @return the bytes
  /// @throws EOFException if there will be no more
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException one of these; or the next message is an object, which stays where it is;
  ///   or it is longer, and then this end is closed for receiving
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  byte[] receiveBytes(int most) throws IOException, InterruptedException;

  /// Receives the next message, which is one of bytes, into a buffer, and waits for one if need be.
  ///
  /// @param target where to put it, from its position on, which is moved
  /// @return how many bytes it has
  /// @throws PipeBufferTooSmallException if it does not fit; that has it, and the buffer stays as
  ///   it is
  /// @throws EOFException if there will be no more
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException one of these, or the next message is an object; it stays where it is
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  default int receiveBytes(ByteBuffer target) throws IOException, InterruptedException {
    byte[] bytes = receiveBytes();
    if (bytes.length > target.remaining()) {
      throw new PipeBufferTooSmallException(bytes, target.remaining());
    }
    target.put(bytes);
    return bytes.length;
  }

  /// {@return whether a receive would not wait now: there is a message, or the end}
  ///
  /// Takes nothing, not even a part: any thread of any process may receive the message.
  ///
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException that
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  default boolean poll() throws IOException, InterruptedException {
    return poll(Duration.ZERO);
  }

  /// Waits until a receive would not wait, for at most the given time. Takes nothing.
  ///
  /// @param timeout how long to wait at most; one that is not positive does not wait
  /// @return whether there is a message, or the end; otherwise the time has passed
  /// @throws PipeClosedException if this end is closed
  /// @throws IOException that
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made the pipe is closed
  boolean poll(Duration timeout) throws IOException, InterruptedException;

  /// Waits until one of several can be received from, for at most the given time.
  ///
  /// To wait for processes as well, give each the other end of a pipe: its end is then the pipe's.
  /// For sockets and other things, let a virtual thread wait for each.
  ///
  /// @param receivers for which
  /// @param timeout how long to wait at most; one that is not positive does not wait
  /// @param <R> their type
  /// @return those from which a receive would not wait, in the order given; none if the time has
  ///   passed
  /// @throws PipeClosedException if one of them is closed
  /// @throws IOException that
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the scope that made one of the pipes is closed
  static <R extends PipeReceiver> List<R> awaitAny(
      Collection<? extends R> receivers, Duration timeout)
      throws IOException, InterruptedException {
    return Inflow.awaitAny(receivers, timeout);
  }

  /// Closes this end, in all processes that have it. Without effect if it is closed.
  @Override
  void close();
}
