package dev.selvedge.process.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Where a [Codec] reads from: what was written to a [Sink], in the same order.
///
/// For the thread that calls the codec, and until it returns. Each method throws a
/// [CorruptMessageException] if the message ends too early, or holds something else.
///
/// @since 0.1
public interface Source {

  /// {@return what `writeBoolean` wrote}
  ///
  /// @throws CorruptMessageException if it is not there
  boolean readBoolean() throws CorruptMessageException;

  /// {@return what `writeByte` wrote, with its sign}
  ///
  /// @throws CorruptMessageException if it is not there
  byte readByte() throws CorruptMessageException;

  /// {@return what `writeInt` wrote}
  ///
  /// @throws CorruptMessageException if it is not there
  int readInt() throws CorruptMessageException;

  /// {@return what `writeCount` wrote, never negative}
  ///
  /// Nothing says that as many things follow: check it against [#remaining] before you allocate.
  ///
  /// @throws CorruptMessageException if it is not there
  int readCount() throws CorruptMessageException;

  /// {@return what `writeLong` wrote}
  ///
  /// @throws CorruptMessageException if it is not there
  long readLong() throws CorruptMessageException;

  /// {@return what `writeDouble` wrote}
  ///
  /// @throws CorruptMessageException if it is not there
  double readDouble() throws CorruptMessageException;

  /// {@return what `writeText` wrote}
  ///
  /// @throws CorruptMessageException if it is not there
  String readText() throws CorruptMessageException;

  /// {@return what `writeObject` wrote}
  ///
  /// @throws IOException if it cannot be read
  @Nullable Object readObject() throws IOException;

  /// {@return what `writeObject` wrote, which must be of this type}
  ///
  /// @throws CorruptMessageException if it is null, or of another type
  /// @throws IOException if it cannot be read
  default <T> T readObject(Class<T> type) throws IOException {
    Object value = readObject();
    if (!type.isInstance(value)) {
      throw new CorruptMessageException(
          "expected a "
              + type.getName()
              + ", but there is "
              + (value == null ? "null" : "a " + value.getClass().getName()));
    }
    return type.cast(value);
  }

  /// {@return what `writeMemory` wrote}
  ///
  /// If it went beside the message, this is the very memory that the transport gave to
  /// [Decoder#open], as long as that is valid; copy it if it should outlive the transport's.
  ///
  /// @throws CorruptMessageException if it is not there
  MemorySegment readMemory() throws CorruptMessageException;

  /// {@return how many bytes of the message are left}
  int remaining();
}
