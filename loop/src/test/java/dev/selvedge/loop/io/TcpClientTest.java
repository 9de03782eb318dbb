package dev.selvedge.loop.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.loop.internal.Poller;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TcpClientTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  /// {@return how many descriptors are open} They may become fewer by themselves, when what other
  /// tests have left is collected.
  static int descriptors() {
    String[] names = new File("/proc/self/fd").list();
    assumeTrue(names != null, "the system does not tell which descriptors are open");
    return Objects.requireNonNull(names).length;
  }

  /// A server whose queue is full, so that attempts to connect get no answer.
  private record Silent(ServerSocketChannel server, List<SocketChannel> queue)
      implements AutoCloseable {
    static Silent open() throws IOException {
      ServerSocketChannel server = ServerSocketChannel.open();
      server.bind(new InetSocketAddress(HERE, 0), 1);
      List<SocketChannel> queue = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.connect(server.getLocalAddress());
        queue.add(channel);
      }
      return new Silent(server, queue);
    }

    SocketAddress address() throws IOException {
      return server.getLocalAddress();
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel channel : queue) {
        channel.close();
      }
      server.close();
    }
  }

  @Test
  void connectsByNameAndKnowsBothAddresses() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      try (Connection connection = TcpClient.connect("localhost", port);
          SocketChannel peer = server.accept()) {
        assertEquals(peer.getLocalAddress(), connection.remoteAddress());
        assertEquals(peer.getRemoteAddress(), connection.localAddress());
      }
    }
  }

  @Test
  void refusedConnectionNamesTheAddress() throws Exception {
    int port;
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
    var e = assertThrows(ConnectException.class, () -> TcpClient.connect("127.0.0.1", port));
    Running.assertSays("127.0.0.1:" + port, e);
    assertThrows(IllegalArgumentException.class, () -> TcpClient.connect("localhost", 70_000));
  }

  @Test
  void unknownHostIsNamed() {
    var e =
        assertThrows(UnknownHostException.class, () -> TcpClient.connect("nowhere.invalid", 80));
    Running.assertSays("nowhere.invalid", e);
  }

  @Test
  @Tag("CONN-02")
  void attemptThatMissesItsDeadlineLeavesNoDescriptor() throws Exception {
    try (Silent silent = Silent.open()) {
      attempt(silent); // whatever is opened once
      int before = descriptors();
      for (int i = 0; i < 20; i++) {
        attempt(silent);
      }
      assertTrue(descriptors() <= before, "left open");
    }
  }

  private static void attempt(Silent silent) {
    assertThrows(
        DeadlineExceededException.class,
        () -> Deadline.within(Duration.ofMillis(10), () -> TcpClient.connect(silent.address())));
  }

  @Test
  @Tag("CONN-02")
  void interruptedAttemptEndsAtOnceAndLeavesNoDescriptor() throws Exception {
    try (Silent silent = Silent.open()) {
      attempt(silent);
      int before = descriptors();
      var connecting = Running.parked(() -> TcpClient.connect(silent.address()));
      connecting.interrupt();
      assertInstanceOf(InterruptedException.class, connecting.failure());
      assertTrue(descriptors() <= before, "left open");
    }
  }

  @Test
  void descriptorIsGivenBackWhenCloseReturns() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      for (int i = 0; i < 20; i++) {
        Connection connection = TcpClient.connect(server.getLocalAddress());
        try (SocketChannel peer = server.accept()) {
          var reading = Running.parked(connection::readLine);
          int open = descriptors();
          connection.close();
          assertTrue(descriptors() < open, "still open");
          assertInstanceOf(IOException.class, reading.failure());
          assertTrue(peer.isOpen());
        }
      }
    }
  }

  @Test
  @Tag("CONN-01")
  void silentAddressIsOvertakenByTheNext() throws Exception {
    try (Silent silent = Silent.open();
        ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      var addresses = List.of(silent.address(), server.getLocalAddress());
      attempt(silent);
      int before = descriptors();
      long start = System.nanoTime();
      SocketChannel channel = new Attempts(addresses, Poller.shared()).connect();
      assertEquals(server.getLocalAddress(), channel.getRemoteAddress());
      assertTrue(System.nanoTime() - start >= 250_000_000L, "the first had its head start");
      channel.close();
      Poller.shared().release(channel);
      assertTrue(descriptors() <= before, "left open");
    }
  }

  @Test
  @Tag("CONN-01")
  void refusingAddressIsFollowedByTheNextAtOnce() throws Exception {
    SocketAddress refusing;
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      refusing = server.getLocalAddress();
    }
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(HERE, 0));
      long start = System.nanoTime();
      List<SocketAddress> addresses = new ArrayList<>(Collections.nCopies(40, refusing));
      addresses.add(server.getLocalAddress());
      try (SocketChannel channel = new Attempts(addresses, Poller.shared()).connect()) {
        assertEquals(server.getLocalAddress(), channel.getRemoteAddress());
        assertTrue(System.nanoTime() - start < 8_000_000_000L, "nobody was waited for");
      }
    }
  }

  @Test
  void addressesOfBothKindsAreTriedInTurn() throws Exception {
    InetAddress a = InetAddress.ofLiteral("::1");
    InetAddress b = InetAddress.ofLiteral("::2");
    InetAddress c = InetAddress.ofLiteral("10.0.0.1");
    assertEquals(
        List.of(
            new InetSocketAddress(a, 1), new InetSocketAddress(c, 1), new InetSocketAddress(b, 1)),
        TcpClient.inTurn(List.of(a, b, c), 1));
  }

  @Test
  @Tag("CONN-03")
  void connectsToUnixDomainSockets(@TempDir Path folder) throws Exception {
    var address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (Connection connection = TcpClient.connect(address);
          SocketChannel peer = server.accept()) {
        Pair pair = new Pair(connection, peer);
        pair.send("hello\n");
        assertEquals("hello", connection.readLine());
        connection.write("and back");
        connection.closeOutput();
        assertEquals("and back", new String(pair.receiveAll(), StandardCharsets.UTF_8));
        assertEquals(address, connection.remoteAddress());
      }
    }
    assertThrows(
        ConnectException.class,
        () -> TcpClient.connect(UnixDomainSocketAddress.of(folder.resolve("nobody"))));
  }

  @Test
  void fullUnixDomainServerIsWaitedFor(@TempDir Path folder) throws Exception {
    var address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address, 1);
      try (Connection first = TcpClient.connect(address);
          Connection second = TcpClient.connect(address)) {
        var third = Running.parked(() -> TcpClient.connect(address));
        try (SocketChannel peer = server.accept();
            Connection connection = third.value()) {
          assertTrue(peer.isConnected());
          connection.write("x");
          connection.flush();
          assertTrue(first.isOpen() && second.isOpen());
        }
      }
    }
  }
}
