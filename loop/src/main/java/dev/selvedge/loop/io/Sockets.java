package dev.selvedge.loop.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/// Channels of both kinds that do not block.
final class Sockets {
  private Sockets() {}

  static SocketChannel open(SocketAddress address) throws IOException {
    SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    channel.configureBlocking(false);
    return channel;
  }

  static ServerSocketChannel openServer(SocketAddress address) throws IOException {
    ServerSocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    channel.configureBlocking(false);
    return channel;
  }

  /// Makes a connection of a connected channel, or closes it.
  static Connection connection(SocketChannel channel, ConnectionOptions options)
      throws IOException {
    try {
      channel.configureBlocking(false);
      SocketAddress remote = channel.getRemoteAddress();
      if (!(remote instanceof UnixDomainSocketAddress)) {
        channel.setOption(
            StandardSocketOptions.TCP_NODELAY, true); // small writes are collected here
      }
      return new Connection(
          new ChannelWire(channel, options, Poller.shared()),
          options,
          channel.getLocalAddress(),
          remote);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
