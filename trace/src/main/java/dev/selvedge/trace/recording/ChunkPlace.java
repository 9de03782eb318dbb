package dev.selvedge.trace.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/// Where a chunk is in its file.
///
/// @param offset of its first byte
/// @param size how long it is, at most
/// @param complete whether the file has all of it
record ChunkPlace(long offset, long size, boolean complete) {
  private static final int MAGIC = 'F' << 24 | 'L' << 16 | 'R' << 8;
  private static final int BLOCK = 1 << 16;

  /// Finds the chunks of a file. Where one's size is wrong, the next one is looked for.
  ///
  /// @return them in their order; empty if there are none
  static List<ChunkPlace> in(FileChannel file) throws IOException {
    List<ChunkPlace> places = new ArrayList<>();
    long offset = nextMagic(file, 0);
    while (offset < file.size()) {
      var place = at(file, offset);
      places.add(place);
      offset = nextMagic(file, offset + place.size);
    }
    return places;
  }

  private static ChunkPlace at(FileChannel file, long offset) throws IOException {
    if (isWhole(file, offset)) {
      return new ChunkPlace(offset, size(file, offset), true);
    }
    long rest = file.size() - offset;
    long size = Math.clamp(size(file, offset), 0, rest);
    long limit = size >= Chunk.HEADER ? offset + size : file.size();
    long next = nextMagic(file, offset + 1);
    // The JVM may leave a copy of a chunk's header in the chunk, which is not whole.
    while (next < limit && !isWhole(file, next)) {
      next = nextMagic(file, next + 1);
    }
    long end = Math.min(next, limit);
    return new ChunkPlace(offset, end - offset, end - offset == size(file, offset));
  }

  /// {@return whether another chunk or the end of the file is where the header says}
  private static boolean isWhole(FileChannel file, long offset) throws IOException {
    long size = size(file, offset);
    long end = offset + size;
    return size >= Chunk.HEADER
        && size <= file.size() - offset
        && (end == file.size() || nextMagic(file, end) == end);
  }

  private static long size(FileChannel file, long offset) throws IOException {
    return file.size() - offset < Chunk.HEADER
        ? 0
        : read(file, offset, Chunk.HEADER).getLong(Chunk.SIZE);
  }

  /// {@return where the next chunk begins, at `from` or later, or else the end of the file}
  private static long nextMagic(FileChannel file, long from) throws IOException {
    long place = from;
    while (place + Integer.BYTES <= file.size()) {
      var block = read(file, place, BLOCK);
      for (int i = 0; i + Integer.BYTES <= block.limit(); i++) {
        if (block.getInt(i) == MAGIC) {
          return place + i;
        }
      }
      place += block.limit() - (Integer.BYTES - 1);
    }
    return file.size();
  }

  /// {@return up to `length` bytes; fewer only at the end of the file}
  private static ByteBuffer read(FileChannel file, long place, int length) throws IOException {
    var bytes = ByteBuffer.allocate((int) Math.min(length, file.size() - place));
    while (bytes.hasRemaining()) {
      if (file.read(bytes, place + bytes.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return bytes.flip();
  }
}
