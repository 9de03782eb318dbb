package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Bytes that come in, from a [Connection] or a [Subprocess].
///
/// ```java
/// String request = connection.readLine();
/// byte[] body = connection.readExactly(length);
/// ```
///
/// **Waiting.** Each method waits until it has what it is asked for. It ends early, with
/// `InterruptedException`, when the thread is interrupted or the task cancelled, for instance at a
/// [dev.selvedge.Deadline]: then nothing is consumed, and the next read finds every byte, those
/// that had come already included. A thread that is interrupted when it calls a method gets the
/// exception even if no wait were needed.
///
/// **Limits.** Lines, and what ends with a separator, may have as many bytes as
/// [ConnectionOptions#limit()] says. So a peer that never ends its line costs no more memory than
/// that.
///
/// **Failures.** When the connection has failed, what came before is still read, and then every
/// read fails with that failure.
///
/// Thread-safe: several threads may read, each read is one piece, and they get their turns in the
/// order in which they came.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public sealed interface Input permits Connection, InputBuffer {

  /// Reads what is there, and waits for at least one byte.
  ///
  /// @param atMost how many bytes at most; zero returns without waiting
  /// @return the bytes; empty at the end
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the number is negative
  byte[] read(int atMost) throws IOException, InterruptedException;

  /// Reads so many bytes, neither more nor less. The limit does not apply; memory is taken as the
  /// bytes come, and not for what is merely announced.
  ///
  /// @param count how many
  /// @return the bytes
  /// @throws IncompleteReadException if the end comes before; it has what came
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the number is negative
  byte[] readExactly(int count) throws IOException, InterruptedException;

  /// Reads until a separator has come.
  ///
  /// @param separator its bytes, at least one
  /// @return the bytes, with the separator at the end
  /// @throws InputLimitException if more bytes than the limit come before the separator; they can
  ///   still be read
  /// @throws IncompleteReadException if the end comes before; it has what came
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the separator is empty
  byte[] readUntil(byte... separator) throws IOException, InterruptedException;

  /// Reads a line as it is.
  ///
  /// @return the bytes, with the line feed at the end if there is one, which the last line may
  ///   lack; empty at the end
  /// @throws InputLimitException if the line is longer than the limit. It is discarded, as far as
  ///   it has come now and the rest as it comes, so the next read begins with the following line
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  byte[] readLineBytes() throws IOException, InterruptedException;

  /// Reads a line of text in UTF-8. Malformed bytes become the replacement character.
  ///
  /// @return the line, without the line feed and a carriage return before it; null at the end
  /// @throws InputLimitException if the line is longer than the limit; see [#readLineBytes()]
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  @Nullable String readLine() throws IOException, InterruptedException;

  /// Reads everything until the end. The limit does not apply.
  ///
  /// @return the bytes; empty at the end
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  byte[] readAll() throws IOException, InterruptedException;

  /// Reads everything until the end as text in UTF-8.
  ///
  /// @return the text; empty at the end
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  String readAllText() throws IOException, InterruptedException;

  /// {@return whether a read has met the end, and nothing is left to be read} Does not wait, so
  /// false may be followed by the end.
  boolean atEnd();
}
