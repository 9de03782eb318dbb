package dev.selvedge.process.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// A connected socket of the Unix domain. The kernel wakes the reader at each write.
record SocketTransport(SocketChannel channel) implements Transport {

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
