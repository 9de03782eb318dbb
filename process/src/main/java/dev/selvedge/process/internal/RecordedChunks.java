package dev.selvedge.process.internal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Puts recordings of the JDK's Flight Recorder together: a file of these is a sequence of chunks,
/// each of which can be read without the others.
///
/// Two bytes have to be changed for readers of the JDK.
///
/// - **The state.** A process that was killed leaves a chunk that was not finished. The recorder
///   has brought its head up to date each second, so it can be read as far as the head says; but
///   readers wait until it is marked as finished.
/// - **The number of the metadata**, which say what the events look like. A reader takes two chunks
///   in a row with the same number to be of one process, and spares itself the second ones'
///   metadata. Processes count from the same number, so a chunk gets another one if it has that of
///   the chunk before it.
///
/// The places are those of version 2 of the format, which JDKs since 11 write.
final class RecordedChunks {
  private static final int MAGIC = 'F' << 24 | 'L' << 16 | 'R' << 8;
  private static final int VERSION = 2;
  private static final int HEAD = 68;
  private static final int VERSION_AT = 4;
  private static final int SIZE_AT = 8;
  private static final int CONSTANTS_AT = 16;
  private static final int METADATA_AT = 24;
  private static final int STATE_AT = 64;
  private static final byte FINISHED = 0;
  private static final int NUMBERS_BEFORE_METADATA_NUMBER = 4; // size, type, time, duration
  private static final int LONGEST_NUMBER = 9;
  private static final int MORE = 0x80; // in each byte of a number but the last one

  private RecordedChunks() {}

  /// Appends what is complete of one recording to another one.
  ///
  /// @return how many chunks that were
  static int append(Path from, Path to) throws IOException {
    try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel target =
            FileChannel.open(
                to, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      int chunks = 0;
      @Nullable Chunk before = last(target);
      for (Chunk chunk = Chunk.at(source, 0); chunk != null; chunk = chunk.next()) {
        before = copy(chunk, target, before);
        chunks++;
      }
      return chunks;
    }
  }

  private static @Nullable Chunk last(FileChannel file) throws IOException {
    @Nullable Chunk last = null;
    for (Chunk chunk = Chunk.at(file, 0); chunk != null; chunk = chunk.next()) {
      last = chunk;
    }
    return last;
  }

  private static Chunk copy(Chunk chunk, FileChannel target, @Nullable Chunk before)
      throws IOException {
    long start = target.size();
    target.position(start);
    for (long done = 0; done < chunk.size; ) {
      done += chunk.file.transferTo(chunk.at + done, chunk.size - done, target);
    }
    write(target, start + STATE_AT, FINISHED);
    Chunk copy = new Chunk(target, start, chunk.size, chunk.metadata);
    long at = copy.metadataNumber();
    if (before != null && sameNumber(target, before.metadataNumber(), at)) {
      int first = read(target, at);
      write(target, at, (byte) ((first & MORE) | ((first + 1) & ~MORE)));
    }
    return copy;
  }

  private static boolean sameNumber(FileChannel file, long one, long other) throws IOException {
    for (int i = 0; i < LONGEST_NUMBER; i++) {
      int digit = read(file, one + i);
      if (digit != read(file, other + i)) {
        return false;
      }
      if ((digit & MORE) == 0) {
        return true;
      }
    }
    return true;
  }

  private static int read(FileChannel file, long at) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    if (file.read(one, at) < 1) {
      throw new EOFException();
    }
    return one.get(0) & 0xff;
  }

  private static void write(FileChannel file, long at, byte value) throws IOException {
    file.write(ByteBuffer.wrap(new byte[] {value}), at);
  }

  /// A chunk in a file.
  private static final class Chunk {
    private final FileChannel file;
    private final long at;
    private final long size;
    private final long metadata; // where, from its begin

    private Chunk(FileChannel file, long at, long size, long metadata) {
      this.file = file;
      this.at = at;
      this.size = size;
      this.metadata = metadata;
    }

    /// {@return the chunk that begins there, or null if there is none that can be read}
    static @Nullable Chunk at(FileChannel file, long at) throws IOException {
      ByteBuffer head = ByteBuffer.allocate(HEAD);
      while (head.hasRemaining() && file.read(head, at + head.position()) > 0) {
        // further
      }
      if (head.hasRemaining() || head.getInt(0) != MAGIC || head.getShort(VERSION_AT) != VERSION) {
        return null;
      }
      long size = head.getLong(SIZE_AT);
      long metadata = head.getLong(METADATA_AT);
      boolean isRead =
          size >= HEAD
              && size <= file.size() - at
              && head.getLong(CONSTANTS_AT) > 0
              && metadata > 0
              && metadata < size;
      return isRead ? new Chunk(file, at, size, metadata) : null;
    }

    @Nullable Chunk next() throws IOException {
      return at(file, at + size);
    }

    /// {@return where the number of the metadata is}
    long metadataNumber() throws IOException {
      long position = at + metadata;
      for (int i = 0; i < NUMBERS_BEFORE_METADATA_NUMBER; i++) {
        int length = 1;
        while (length < LONGEST_NUMBER && (read(file, position + length - 1) & MORE) != 0) {
          length++;
        }
        position += length;
      }
      return position;
    }
  }
}
