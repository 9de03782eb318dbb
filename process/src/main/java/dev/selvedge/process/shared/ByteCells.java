package dev.selvedge.process.shared;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// Compare-and-set of a byte, which memory does not offer: by the word of four around it.
final class ByteCells {
  private static final long WORD = Integer.BYTES;
  private static final int BYTE = 0xff;

  private ByteCells() {}

  static boolean compareAndSet(MemorySegment memory, long offset, byte expected, byte value) {
    long word = offset & -WORD;
    int shift = shift(offset);
    while (true) {
      int before = Words.readInt(memory, word);
      if ((byte) (before >>> shift) != expected) {
        return false;
      }
      int after = (before & ~(BYTE << shift)) | ((value & BYTE) << shift);
      if (Words.swapInt(memory, word, before, after)) {
        return true;
      }
    }
  }

  private static int shift(long offset) {
    int index = (int) (offset & WORD - 1);
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    return (little ? index : (int) WORD - 1 - index) * Byte.SIZE;
  }
}
