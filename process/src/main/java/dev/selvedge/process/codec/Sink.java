package dev.selvedge.process.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Where a [Codec] writes to; [Source] reads it again, in the same order.
///
/// For the thread that calls the codec, and until it returns.
///
/// @since 0.1
public interface Sink {

  /// Writes a byte.
  void writeBoolean(boolean value);

  /// Writes the low eight bits.
  void writeByte(int value);

  /// Writes four bytes.
  void writeInt(int value);

  /// Writes a number that is not negative in as few bytes as it needs, one to five.
  ///
  /// @throws IllegalArgumentException if it is negative
  void writeCount(int value);

  /// Writes eight bytes.
  void writeLong(long value);

  /// Writes eight bytes.
  void writeDouble(double value);

  /// Writes a text, exactly: unpaired surrogates too.
  void writeText(String value);

  /// Writes anything that can travel.
  ///
  /// @throws IOException if something in it cannot travel
  void writeObject(@Nullable Object value) throws IOException;

  /// Writes memory: into the message if it is small, beside it if it is large, and then it is not
  /// copied here. It must stay as it is until the transport has taken the message.
  void writeMemory(MemorySegment memory);
}
