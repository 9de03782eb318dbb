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

  /// Copies memory into the heap, aligned for everything.
  static MemorySegment copy(MemorySegment memory) {
    long size = memory.byteSize();
    long[] longs = new long[Math.toIntExact(Math.ceilDiv(size, Long.BYTES))];
    return MemorySegment.ofArray(longs).asSlice(0, size).copyFrom(memory);
  }
}
