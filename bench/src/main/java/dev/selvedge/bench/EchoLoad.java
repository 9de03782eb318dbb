package dev.selvedge.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/// The client of all echo servers: connections that each have the same number of messages under
/// way, and send a message for each that has come back. On one thread, the caller's.
final class EchoLoad implements AutoCloseable {
  private static final long STALL_MILLIS = 10_000;

  private final Selector selector;
  private final List<SocketChannel> channels = new ArrayList<>();
  private final ByteBuffer messages;
  private final ByteBuffer received;
  private final int size;
  private long count;

  /// Connects, and sends the first messages.
  EchoLoad(int port, int connections, int size, int depth) throws IOException {
    this.size = size;
    this.messages = ByteBuffer.allocateDirect(Math.max(size * depth, 64 * 1024));
    this.received = ByteBuffer.allocateDirect(256 * 1024);
    this.selector = Selector.open();
    for (int i = 0; i < connections; i++) {
      SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channels.add(channel);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new int[1]);
      send(channel, depth);
    }
  }

  private void send(SocketChannel channel, int count) throws IOException {
    messages.position(0).limit(count * size);
    while (messages.hasRemaining()) {
      channel.write(messages);
    }
  }

  /// {@return the time for a message, in seconds}
  ///
  /// @param seconds how long to measure
  double run(double seconds) throws IOException {
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    count = 0;
    long now = start;
    while (now < end) {
      if (selector.select(this::answer, STALL_MILLIS) == 0) {
        throw new IOException("the server does not answer any more");
      }
      now = System.nanoTime();
    }
    return (now - start) / 1e9 / count;
  }

  private void answer(SelectionKey key) {
    try {
      SocketChannel channel = (SocketChannel) key.channel();
      int got = channel.read(received.clear());
      if (got < 0) {
        throw new IOException("the server has closed a connection");
      }
      int[] rest = (int[]) key.attachment();
      int all = rest[0] + got;
      rest[0] = all % size;
      count += all / size;
      send(channel, all / size);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Waits until each connection has had an answer, and no message is under way.
  void drain() throws IOException {
    for (SocketChannel channel : channels) {
      channel.keyFor(selector).cancel();
    }
    selector.selectNow();
    for (SocketChannel channel : channels) {
      channel.configureBlocking(true);
      int left = size;
      while (left > 0) {
        int got = channel.read(received.clear());
        if (got < 0) {
          throw new IOException("the server has closed a connection");
        }
        left -= got;
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }
}
