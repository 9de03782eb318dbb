package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import dev.selvedge.loop.internal.Poller;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;

/// Connects to servers.
///
/// ```java
/// try (Connection connection =
///     Deadline.within(Duration.ofSeconds(2), () -> TcpClient.connect("example.org", 80))) {
///   connection.write("HEAD / HTTP/1.0\r\n\r\n");
///   System.out.println(connection.readLine());
/// }
/// ```
///
/// A name with several addresses is tried address by address, those of IPv6 and IPv4 in turn: the
/// next one as soon as one fails, or has not answered within 250 ms. The first that answers is
/// taken, as RFC 8305 says.
///
/// **TLS.** With [ConnectionOptions#tls] the connection is encrypted, and the certificate of the
/// other side is verified: an untrusted one, or one for another host, fails with
/// [javax.net.ssl.SSLHandshakeException].
///
/// ```java
/// SSLContext trusted = SSLContext.getDefault();
/// Connection connection = TcpClient.connect("example.org", 443, options -> options.tls(trusted));
/// ```
///
/// **Cancellation.** An attempt ends when its thread is interrupted or its task cancelled, for
/// instance at a deadline, and leaves nothing open behind. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class TcpClient {
  private TcpClient() {}

  /// Connects to a host.
  ///
  /// @param host a name or an address
  /// @param port the port
  /// @return the connection
  /// @throws UnknownHostException if the name has no address
  /// @throws IOException if no address of it can be reached; the message says which were tried
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the port is not one
  public static Connection connect(String host, int port) throws IOException, InterruptedException {
    return connect(host, port, options -> options);
  }

  /// Connects to a host.
  ///
  /// @param host a name or an address
  /// @param port the port
  /// @param options changes the default options
  /// @return the connection
  /// @throws UnknownHostException if the name has no address
  /// @throws IOException if no address of it can be reached; the message says which were tried
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalArgumentException if the port is not one
  public static Connection connect(String host, int port, UnaryOperator<ConnectionOptions> options)
      throws IOException, InterruptedException {
    return connect(InetSocketAddress.createUnresolved(host, port), options);
  }

  /// Connects to an address.
  ///
  /// @param address an [InetSocketAddress], resolved or not, or a [UnixDomainSocketAddress]
  /// @return the connection
  /// @throws UnknownHostException if the name has no address
  /// @throws IOException if it cannot be reached; the message says what was tried
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  public static Connection connect(SocketAddress address) throws IOException, InterruptedException {
    return connect(address, options -> options);
  }

  /// Connects to an address.
  ///
  /// @param address an [InetSocketAddress], resolved or not, or a [UnixDomainSocketAddress]
  /// @param options changes the default options
  /// @return the connection
  /// @throws UnknownHostException if the name has no address
  /// @throws IOException if it cannot be reached; the message says what was tried
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  public static Connection connect(SocketAddress address, UnaryOperator<ConnectionOptions> options)
      throws IOException, InterruptedException {
    ConnectionOptions changed =
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options").apply(ConnectionOptions.DEFAULT),
            "options returned null");
    List<SocketAddress> candidates =
        switch (Objects.requireNonNull(address, "address")) {
          case InetSocketAddress unresolved when unresolved.isUnresolved() ->
              inTurn(Lookup.of(unresolved.getHostString()), unresolved.getPort());
          default -> List.of(address);
        };
    String host = address instanceof InetSocketAddress inet ? inet.getHostString() : "";
    if (host.isEmpty() && changed.tls() != null) {
      throw new IllegalArgumentException(
          "TLS needs the name of a host to verify, and " + address + " has none");
    }
    Poller poller = Poller.current();
    SocketChannel channel = new Attempts(candidates, poller).connect();
    return shakenHands(
        Sockets.connection(channel, channel.isRegistered() ? poller : null, changed, host));
  }

  private static Connection shakenHands(Connection connection)
      throws IOException, InterruptedException {
    try {
      connection.handshake();
      return connection;
    } catch (Throwable e) {
      closeAfter(e, connection);
      throw e;
    }
  }

  /// Tells the other side what is wrong with it, if it is that.
  private static void closeAfter(Throwable e, Connection connection) {
    if (!(e instanceof SSLException)) {
      connection.abort();
      return;
    }
    try {
      connection.close();
    } catch (IOException second) {
      e.addSuppressed(second);
    }
  }

  /// Addresses of both kinds in turn, so that a kind that does not work here costs one attempt. The
  /// kind that the resolver prefers comes first.
  static List<SocketAddress> inTurn(List<InetAddress> addresses, int port) {
    Class<?> preferred = addresses.getFirst().getClass();
    List<InetAddress> first = addresses.stream().filter(preferred::isInstance).toList();
    List<InetAddress> second =
        addresses.stream().filter(each -> !preferred.isInstance(each)).toList();
    List<SocketAddress> all = new ArrayList<>();
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      if (i < first.size()) {
        all.add(new InetSocketAddress(first.get(i), port));
      }
      if (i < second.size()) {
        all.add(new InetSocketAddress(second.get(i), port));
      }
    }
    return all;
  }
}
