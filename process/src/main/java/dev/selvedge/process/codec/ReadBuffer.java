package dev.selvedge.process.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Bytes that are read once, from front to back, and trusted in nothing.
///
/// **Memory.** Whoever reads the length of something and allocates for it has it checked first.
/// Containers nest, and each of them could claim all the bytes that are left; so a container *owes*
/// a byte for each element that it has not read yet, and a claim within it is measured against what
/// is left beyond that. All the claims of a message together are then at most its length.
final class ReadBuffer {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private byte[] bytes = new byte[0];
  private int position;
  private int limit;
  private int owed; // elements that were claimed and not read yet

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }

  void open(byte[] source, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, source.length);
    bytes = source;
    position = offset;
    limit = offset + count;
    owed = 0;
  }

  byte[] bytes() {
    return bytes;
  }

  int position() {
    return position;
  }

  int remaining() {
    return limit - position;
  }

  byte getByte() throws CorruptMessageException {
    return bytes[take(1)];
  }

  short getShort() throws CorruptMessageException {
    return (short) SHORT.get(bytes, take(2));
  }

  int getInt() throws CorruptMessageException {
    return (int) INT.get(bytes, take(4));
  }

  long getLong() throws CorruptMessageException {
    return (long) LONG.get(bytes, take(8));
  }

  int getCount() throws CorruptMessageException {
    int result = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int next = getByte();
      if (shift == 28 && (next & 0xF8) != 0) {
        break;
      }
      result |= (next & 0x7F) << shift;
      if (next >= 0) {
        return result;
      }
    }
    throw new CorruptMessageException("a count is not a number at byte " + position);
  }

  /// Reads how many elements follow, which is at most one for each byte that is left for them.
  /// [#element] pays one back.
  int claimElements(int bytesEach) throws CorruptMessageException {
    int count = getCount();
    if ((long) count * bytesEach > remaining() - owed) {
      throw new CorruptMessageException(
          count + " elements cannot be in the " + remaining() + " bytes that are left");
    }
    owed += count * bytesEach;
    return count;
  }

  /// An element, or a part of one that owes a byte of its own, is about to be read.
  void element() {
    owed--;
  }

  /// Reads the length of a run of bytes that is there.
  int claimBytes(int bytesEach) throws CorruptMessageException {
    int count = getCount();
    if ((long) count * bytesEach > remaining()) {
      throw truncated((long) count * bytesEach);
    }
    return count;
  }

  /// {@return where the bytes start, which count as read now}
  int take(int count) throws CorruptMessageException {
    int at = position;
    if (count > limit - at) {
      throw truncated(count);
    }
    position = at + count;
    return at;
  }

  private CorruptMessageException truncated(long wanted) {
    return new CorruptMessageException(
        "the message ends too early: "
            + wanted
            + " more bytes were announced, and "
            + remaining()
            + " are left");
  }

  String getText() throws CorruptMessageException {
    int header = getCount();
    int count = header >>> 1;
    return (header & 1) == 0
        ? new String(bytes, take(count), count, StandardCharsets.ISO_8859_1)
        : getWide(count);
  }

  private String getWide(int count) throws CorruptMessageException {
    if (count > remaining() / 2) {
      throw truncated(2L * count);
    }
    int at = take(2 * count);
    char[] chars = new char[count];
    for (int i = 0; i < count; i++) {
      chars[i] = (char) (short) SHORT.get(bytes, at + 2 * i);
    }
    return new String(chars);
  }

  void getArray(Object array, int count, ValueLayout layout) throws CorruptMessageException {
    int at = take(Math.toIntExact(count * layout.byteSize()));
    MemorySegment.copy(MemorySegment.ofArray(bytes), layout, at, array, 0, count);
  }
}
