package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// The words of a shared block, each access with the order that it names.
///
/// `read` and `write` are volatile, `plain…` is for words that something else orders; `swap` is a
/// compare-and-set.
final class Words {
  private static final VarHandle INT = JAVA_INT.varHandle();
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private Words() {}

  static int readInt(MemorySegment memory, long offset) {
    return (int) INT.getVolatile(memory, offset);
  }

  static void writeInt(MemorySegment memory, long offset, int value) {
    INT.setVolatile(memory, offset, value);
  }

  static int plainInt(MemorySegment memory, long offset) {
    return (int) INT.get(memory, offset);
  }

  static void plainInt(MemorySegment memory, long offset, int value) {
    INT.set(memory, offset, value);
  }

  static boolean swapInt(MemorySegment memory, long offset, int expected, int value) {
    return INT.compareAndSet(memory, offset, expected, value);
  }

  static int addInt(MemorySegment memory, long offset, int delta) {
    return (int) INT.getAndAdd(memory, offset, delta);
  }

  static long readLong(MemorySegment memory, long offset) {
    return (long) LONG.getVolatile(memory, offset);
  }

  static void writeLong(MemorySegment memory, long offset, long value) {
    LONG.setVolatile(memory, offset, value);
  }

  static long plainLong(MemorySegment memory, long offset) {
    return (long) LONG.get(memory, offset);
  }

  static void plainLong(MemorySegment memory, long offset, long value) {
    LONG.set(memory, offset, value);
  }

  static boolean swapLong(MemorySegment memory, long offset, long expected, long value) {
    return LONG.compareAndSet(memory, offset, expected, value);
  }

  static long exchangeLong(MemorySegment memory, long offset, long value) {
    return (long) LONG.getAndSet(memory, offset, value);
  }

  static long andLong(MemorySegment memory, long offset, long mask) {
    return (long) LONG.getAndBitwiseAnd(memory, offset, mask);
  }

  static void orLong(MemorySegment memory, long offset, long mask) {
    LONG.getAndBitwiseOr(memory, offset, mask);
  }

  static long opaqueLong(MemorySegment memory, long offset) {
    return (long) LONG.getOpaque(memory, offset);
  }

  static void opaqueLong(MemorySegment memory, long offset, long value) {
    LONG.setOpaque(memory, offset, value);
  }
}
