package dev.selvedge.trace.recording;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A part of a file that can be read by itself, copied out of it.
///
/// ```
///   0 "FLR\0"    8 size of the chunk     24 place of the metadata       64 state: 0 if complete
///   4 version   16 place of the last     32 start, duration, ticks      68 events, each with its size
///                  constant pool
/// ```
///
/// The JDK's reader trusts these numbers: it waits for a chunk that is not complete, walks
/// backwards through the constant pools as far as they say, and steps from event to event by their
/// sizes. So they are checked here first, and corrected where the chunk was never completed,
/// because its process was killed. What is wrong inside an event the JDK's reader finds by itself.
final class Chunk {
  static final int HEADER = 68;
  static final int SIZE = 8;
  private static final int CONSTANT_POOLS = 16;
  private static final int METADATA = 24;
  private static final int STATE = 64;
  private static final long CONSTANT_POOL_TYPE = 1;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Chunk() {}

  /// Copies a chunk to a file of its own.
  ///
  /// @return whether all of its events have sizes that can be right; otherwise those behind the
  ///   first one that has not are left out
  /// @throws DamagedChunkException if nothing of it can be read
  static boolean copy(FileChannel file, ChunkPlace place, Path to)
      throws IOException, DamagedChunkException {
    if (place.size() < HEADER) {
      throw new DamagedChunkException("it is cut off");
    }
    try (var out =
            FileChannel.open(
                to,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        var arena = Arena.ofConfined()) {
      copy(file, place, out);
      var bytes = out.map(MapMode.READ_WRITE, 0, place.size(), arena);
      bytes.set(LONG, SIZE, place.size());
      bytes.set(ValueLayout.JAVA_BYTE, STATE, (byte) 0);
      requireInside(bytes, METADATA, "its metadata is");
      requireInside(bytes, CONSTANT_POOLS, "its constant pools are");
      requireEndOfConstantPools(bytes);
      return keepSoundEvents(bytes);
    }
  }

  private static void copy(FileChannel file, ChunkPlace place, FileChannel out) throws IOException {
    long done = 0;
    while (done < place.size()) {
      long copied = file.transferTo(place.offset() + done, place.size() - done, out);
      if (copied <= 0) {
        throw new IOException("the file became shorter while it was read");
      }
      done += copied;
    }
  }

  private static void requireInside(MemorySegment bytes, int field, String what)
      throws DamagedChunkException {
    long place = bytes.get(LONG, field);
    if (place < HEADER || place >= bytes.byteSize()) {
      throw new DamagedChunkException(what + " missing");
    }
  }

  /// Each constant pool says how far before it the one before is.
  private static void requireEndOfConstantPools(MemorySegment bytes) throws DamagedChunkException {
    long place = bytes.get(LONG, CONSTANT_POOLS);
    while (true) {
      var numbers = new Numbers(bytes, place);
      numbers.next(); // size
      if (numbers.next() != CONSTANT_POOL_TYPE) {
        throw new DamagedChunkException("its constant pools are damaged");
      }
      numbers.next(); // start
      numbers.next(); // duration
      long back = numbers.next();
      if (back == 0) {
        return;
      }
      if (back > 0 || place + back < HEADER) {
        throw new DamagedChunkException("its constant pools are damaged");
      }
      place += back;
    }
  }

  /// An event that ends before it begins would be read for ever. From the first one whose size
  /// cannot be right, everything is made one constant pool, which the JDK's reader steps over.
  ///
  /// @return whether nothing had to be left out
  private static boolean keepSoundEvents(MemorySegment bytes) throws DamagedChunkException {
    long place = HEADER;
    while (place < bytes.byteSize()) {
      long size = (int) new Numbers(bytes, place).next();
      if (size <= 0 || size > bytes.byteSize() - place) {
        stepOver(bytes, place);
        return false;
      }
      place += size;
    }
    return true;
  }

  private static void stepOver(MemorySegment bytes, long place) throws DamagedChunkException {
    long left = bytes.byteSize() - place;
    if (left <= Integer.BYTES + 1 || left > Integer.MAX_VALUE) {
      throw new DamagedChunkException("it is cut off");
    }
    for (int i = 0; i < Integer.BYTES; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, place + i, (byte) ((left >> (7 * i)) | 0x80));
    }
    bytes.set(ValueLayout.JAVA_BYTE, place + Integer.BYTES, (byte) (left >> 28));
    bytes.set(ValueLayout.JAVA_BYTE, place + Integer.BYTES + 1, (byte) CONSTANT_POOL_TYPE);
  }

  /// Numbers of seven bits a byte, the lowest first; the ninth byte has eight.
  private static final class Numbers {
    private static final int LONGEST = 9;
    private final MemorySegment bytes;
    private long place;

    Numbers(MemorySegment bytes, long place) {
      this.bytes = bytes;
      this.place = place;
    }

    long next() throws DamagedChunkException {
      long number = 0;
      for (int i = 0; i < LONGEST; i++) {
        if (place >= bytes.byteSize()) {
          throw new DamagedChunkException("it is cut off");
        }
        long part = bytes.get(ValueLayout.JAVA_BYTE, place++) & 0xFF;
        boolean isLast = i == LONGEST - 1 || part < 0x80;
        number |= (isLast ? part : part & 0x7F) << (7 * i);
        if (isLast) {
          break;
        }
      }
      return number;
    }
  }
}
