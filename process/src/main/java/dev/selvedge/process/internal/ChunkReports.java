package dev.selvedge.process.internal;

import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What has come of the reports on a chunk. They come as pieces of one message; so they are read
/// together when the chunk ends, or its worker.
final class ChunkReports {
  private static final byte[] NONE = {};

  private final List<@Nullable Object> read = new ArrayList<>(0);
  private byte[] bytes = NONE;
  private int length;
  private int count; // of reports, read or not
  private long nanos;

  /// Adds a piece, which ends with a report.
  ///
  /// @param reports how many are in it
  void append(byte[] piece, int reports) {
    if (bytes.length - length < piece.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + piece.length));
    }
    System.arraycopy(piece, 0, bytes, length, piece.length);
    length += piece.length;
    count += reports;
  }

  /// Adds a message of its own, which ends the one before.
  void append(Message alone, Decoder decoder) {
    readPieces(decoder);
    count++;
    read(alone, decoder);
  }

  /// Reads what has come.
  void readPieces(Decoder decoder) {
    if (length > 0) {
      read(new Message(Arrays.copyOf(bytes, length), List.of()), decoder);
      bytes = NONE;
      length = 0;
    }
  }

  /// What follows a report that cannot be read is not understood either.
  private void read(Message message, Decoder decoder) {
    try {
      decoder.open(message);
      while (decoder.hasNext()) {
        read.add(decoder.read());
      }
    } catch (IOException e) {
      while (read.size() < count) {
        read.add(new ChunkFn.Failed(unreadable(e)));
      }
    } finally {
      decoder.reset();
    }
  }

  /// {@return what to throw in place of an outcome that cannot be read}
  static IOException unreadable(IOException why) {
    return new IOException("what the task returned or threw cannot be read here: " + why, why);
  }

  void add(@Nullable Object report) {
    read.add(report);
    count++;
  }

  int size() {
    return count;
  }

  void took(long more) {
    nanos += more;
  }

  ChunkFn.Reports take() {
    return new ChunkFn.Reports(read, nanos);
  }
}
