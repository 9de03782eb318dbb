package dev.selvedge.process.internal;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// A connected socket of the Unix domain. The kernel wakes the reader at each write.
record SocketTransport(SocketChannel channel) implements Transport {
  private static final int PIECE = 1 << 17; // of memory that is no buffer

  /// Reading waits by itself.
  @Override
  public boolean awaitInput() {
    return true;
  }

  @Override
  public boolean hasInput() {
    return false;
  }

  @Override
  public void awaitBriefly(long nanos) {}

  @Override
  public void passOn() {}

  @Override
  public int read(ByteBuffer target) throws IOException {
    return channel.read(target);
  }

  /// Reads everything, unlike a ring.
  @Override
  public int read(MemorySegment target) throws IOException {
    int size = (int) Math.min(target.byteSize(), Integer.MAX_VALUE);
    ByteBuffer piece = ByteBuffer.allocateDirect(Math.min(PIECE, size));
    int at = 0;
    while (at < size) {
      piece.clear().limit(Math.min(piece.capacity(), size - at));
      if (channel.read(piece) < 0) {
        return -1;
      }
      piece.flip();
      MemorySegment.copy(MemorySegment.ofBuffer(piece), 0, target, at, piece.limit());
      at += piece.limit();
    }
    return size;
  }

  @Override
  public void write(MemorySegment source) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE, source.byteSize()));
    for (long at = 0; at < source.byteSize(); at += piece.limit()) {
      piece.clear().limit((int) Math.min(piece.capacity(), source.byteSize() - at));
      MemorySegment.copy(source, at, MemorySegment.ofBuffer(piece), 0, piece.limit());
      write(piece);
    }
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      channel.write(source);
    }
  }

  @Override
  public void signal() {}

  /// The kernel does not say.
  @Override
  public boolean hasRoom(long bytes) {
    return false;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
