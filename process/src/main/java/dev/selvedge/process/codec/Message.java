package dev.selvedge.process.codec;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A message in this heap, with what is large beside it: a copy of what an [Encoder] wrote.
///
/// For queues, and for tests of what travels. A transport that has shared memory does better
/// without: see [Encoder#large]. Immutable if nobody changes what it hands out.
///
/// @since 0.1
public final class Message {
  private final byte[] bytes;
  private final List<MemorySegment> large;

  /// Makes a message of its parts, which are not copied.
  public Message(byte[] bytes, List<MemorySegment> large) {
    this.bytes = bytes;
    this.large = List.copyOf(large);
  }

  /// {@return its bytes, not a copy}
  public byte[] bytes() {
    return bytes;
  }

  /// {@return what is beside it}
  public List<MemorySegment> large() {
    return large;
  }

  /// Copies memory into the heap: an array into one of its kind, anything else into longs, so that
  /// it is aligned for everything.
  static MemorySegment copy(MemorySegment memory) {
    try {
      return allocate(kind(memory), memory.byteSize()).copyFrom(memory);
    } catch (CorruptMessageException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /// {@return what kind of array is behind memory, for [#allocate] at the other end}
  public static int kind(MemorySegment memory) {
    Class<?> array = memory.heapBase().map(Object::getClass).orElse(null);
    Primitive primitive = array == null ? Primitive.LONG : Primitive.of(array.componentType());
    return memory.byteSize() % primitive.size(1) == 0
        ? primitive.number()
        : Primitive.LONG.number();
  }

  /// {@return memory in the heap for what is beside a message} If it becomes an array of the kind,
  /// it need not be copied again.
  ///
  /// @param kind as [#kind] gave it
  /// @throws CorruptMessageException if there is no such kind, or nothing of that size
  public static MemorySegment allocate(int kind, long bytes) throws CorruptMessageException {
    Primitive primitive = Primitive.of(kind);
    if (bytes < 0) {
      throw new CorruptMessageException("memory of " + bytes + " bytes");
    }
    long elements = Math.ceilDiv(bytes, primitive.size(1));
    return primitive.allocate(elements * primitive.size(1)).asSlice(0, bytes);
  }
}
