package dev.selvedge.loop.io;

import dev.selvedge.loop.internal.Poller;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// Channels of both kinds that do not block.
final class Sockets {
  private Sockets() {}

  static SocketChannel open(SocketAddress address) throws IOException {
    ProtocolFamily family = family(address);
    SocketChannel channel = family == null ? SocketChannel.open() : SocketChannel.open(family);
    channel.configureBlocking(false);
    return channel;
  }

  static ServerSocketChannel openServer(SocketAddress address) throws IOException {
    ProtocolFamily family = family(address);
    ServerSocketChannel channel =
        family == null ? ServerSocketChannel.open() : ServerSocketChannel.open(family);
    channel.configureBlocking(false);
    return channel;
  }

  /// {@return the family of sockets for an address, or null for the one that serves IPv4 and IPv6}
  /// The latter takes the longer way through the system where only IPv4 is spoken.
  private static @Nullable ProtocolFamily family(SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress _ -> StandardProtocolFamily.UNIX;
      case InetSocketAddress inet
          when inet.getAddress() instanceof Inet4Address four && !four.isAnyLocalAddress() ->
          StandardProtocolFamily.INET;
      default -> null;
    };
  }

  /// Makes a connection of a connected channel, or closes it.
  ///
  /// @param poller watches the channel already; null if none does
  /// @param host who is expected on the other side, in a client
  static Connection connection(
      SocketChannel channel,
      @Nullable Poller poller,
      ConnectionOptions options,
      @Nullable String host)
      throws IOException {
    try {
      channel.configureBlocking(false);
      SocketAddress remote = channel.getRemoteAddress();
      if (!(remote instanceof UnixDomainSocketAddress)) {
        channel.setOption(
            StandardSocketOptions.TCP_NODELAY, true); // small writes are collected here
      }
      ChannelWire wire = new ChannelWire(channel, options, poller);
      SSLContext tls = options.tls();
      return new Connection(
          tls == null ? wire : new TlsWire(wire, engine(tls, host, remote)),
          options,
          channel.getLocalAddress(),
          remote);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// {@return an engine for a client, or for a server if no host is given}
  static SSLEngine engine(SSLContext tls, @Nullable String host, SocketAddress remote) {
    if (host == null) {
      SSLEngine engine = tls.createSSLEngine();
      engine.setUseClientMode(false);
      return engine;
    }
    int port = remote instanceof InetSocketAddress inet ? inet.getPort() : -1;
    SSLEngine engine = tls.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }
}
