package dev.selvedge.process.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/// Bytes that grow; numbers go in with the low byte first.
final class WriteBuffer {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private static final int INITIAL = 1 << 10;
  private static final int KEPT = 1 << 20; // a larger buffer is given back after its message
  private static final int LARGEST = Integer.MAX_VALUE - 8;
  private static final int SCANNED = 32; // up to this length a loop beats a copy and a comparison

  private byte[] bytes = new byte[INITIAL];
  private int length;

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }

  int length() {
    return length;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  void copyTo(MemorySegment target) {
    MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, length);
  }

  void copyTo(ByteBuffer target, int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    target.put(bytes, from, to - from);
  }

  void clear() {
    length = 0;
    if (bytes.length > KEPT) {
      bytes = new byte[INITIAL];
    }
  }

  void putByte(int value) {
    int at = claim(1);
    bytes[at] = (byte) value;
  }

  void putShort(int value) {
    int at = claim(2);
    SHORT.set(bytes, at, (short) value);
  }

  void putInt(int value) {
    int at = claim(4);
    INT.set(bytes, at, value);
  }

  void putLong(long value) {
    int at = claim(8);
    LONG.set(bytes, at, value);
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  void putCount(int value) {
    if (value < 0) {
      throw new IllegalArgumentException("a count cannot be negative: " + value);
    }
    int rest = value;
    while (rest >= 0x80) {
      putByte(rest | 0x80);
      rest >>>= 7;
    }
    putByte(rest);
  }

  void putBytes(byte[] source, int from, int count) {
    int at = claim(count);
    System.arraycopy(source, from, bytes, at, count);
  }

  void putMemory(MemorySegment source) {
    int count = Math.toIntExact(source.byteSize());
    int at = claim(count);
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, bytes, at, count);
  }

  /// The elements of an array of primitives, as the layout has them.
  void putArray(Object array, int count, ValueLayout layout) {
    int size = Math.toIntExact(count * layout.byteSize());
    int at = claim(size);
    MemorySegment.copy(array, 0, MemorySegment.ofArray(bytes), layout, at, count);
  }

  /// The doubled length, plus one if there are two bytes a character; then the characters.
  ///
  /// Nobody outside of the JDK can ask a string whether it is Latin-1. So it is taken for that, and
  /// looked at afterwards.
  void putText(String text) {
    int count = text.length();
    if (count > LARGEST / 2) {
      throw new IllegalStateException("a text of " + count + " characters is too long");
    }
    int start = length;
    putCount(count << 1);
    int at = claim(count);
    putLowBytes(text, at);
    if (!isLatin1(text, at)) {
      length = start;
      putWide(text);
    }
  }

  /// Deprecated because it drops the high bytes, which is what is wanted; nothing else copies
  /// without an array in between.
  @SuppressWarnings("deprecation")
  private void putLowBytes(String text, int at) {
    text.getBytes(0, text.length(), bytes, at);
  }

  private boolean isLatin1(String text, int at) {
    int count = text.length();
    if (count > SCANNED) {
      return text.equals(new String(bytes, at, count, StandardCharsets.ISO_8859_1));
    }
    int all = 0;
    for (int i = 0; i < count; i++) {
      all |= text.charAt(i);
    }
    return all < 0x100;
  }

  private void putWide(String text) {
    int count = text.length();
    putCount(count << 1 | 1);
    int at = claim(Math.multiplyExact(count, 2));
    for (int i = 0; i < count; i++) {
      SHORT.set(bytes, at + 2 * i, (short) text.charAt(i));
    }
  }

  private int claim(int count) {
    int at = length;
    if (count > bytes.length - at) {
      grow(count);
    }
    length = at + count;
    return at;
  }

  private void grow(int count) {
    if (count > LARGEST - length) {
      throw new IllegalStateException(
          "a message holds at most 2 GB; hand over what is larger in parts, or as memory");
    }
    int doubled = (int) Math.min(LARGEST, 2L * bytes.length);
    bytes = Arrays.copyOf(bytes, Math.max(doubled, length + count));
  }
}
