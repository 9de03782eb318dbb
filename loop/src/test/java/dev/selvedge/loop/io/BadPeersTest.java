package dev.selvedge.loop.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Peers that misbehave towards a server on an event loop, from outside of it, while a task of the
/// same loop serves a good one, and notices nothing.
@Timeout(60)
class BadPeersTest {
  private static final int EXCHANGES = 50;

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /// What is bad; it may block, on a thread of its own.
  @FunctionalInterface
  private interface Bad {
    void behave(TcpServer server) throws Exception;
  }

  private TcpServer open(UnaryOperator<ServerOptions> options, TcpServer.Handler handler)
      throws IOException {
    return TcpServer.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        defaults ->
            options.apply(
                defaults
                    .pool(EventLoop.current().orElseThrow())
                    .grace(Duration.ZERO)
                    .onFailure((_, failure) -> failures.add(failure))),
        handler);
  }

  /// Serves both, and requires that the good one is served while the bad one behaves badly, and
  /// goes on being served afterwards.
  private void suffer(UnaryOperator<ServerOptions> options, TcpServer.Handler handler, Bad bad)
      throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer server = open(options, handler);
              TcpServer other = open(defaults -> defaults, BadPeersTest::echo);
              Connection good = TcpClient.connect(other.address())) {
            TaskGroup.run(
                group -> {
                  var behaving =
                      group.fork((Action) () -> EventLoop.offload(() -> behave(bad, server)));
                  int exchanged = 0;
                  while (!behaving.isDone() || exchanged < EXCHANGES) {
                    String line = "line " + exchanged;
                    good.write(line + "\n");
                    assertEquals(line, good.readLine());
                    exchanged++;
                  }
                });
          }
        });
  }

  private static boolean behave(Bad bad, TcpServer server) throws Exception {
    bad.behave(server);
    return true;
  }

  private static void echo(Connection connection, TaskGroup group) throws Exception {
    for (String line = connection.readLine(); line != null; line = connection.readLine()) {
      connection.write(line + "\n");
    }
  }

  private static SocketChannel connect(TcpServer server) throws IOException {
    return SocketChannel.open(server.address());
  }

  private static void send(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String receive(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    channel.read(buffer);
    return US_ASCII.decode(buffer.flip()).toString();
  }

  @Test
  void lineOfAGigabyteIsDiscardedAndTheNextOneServed() throws Exception {
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
    AtomicInteger most = new AtomicInteger();
    suffer(
        options -> options,
        (connection, _) -> {
          assertThrows(InputLimitException.class, connection::readLine);
          connection.write(connection.readLine() + "\n");
          most.set(connection.inputCapacity());
        },
        server -> {
          try (SocketChannel channel = connect(server)) {
            for (int i = 0; i < 1024; i++) {
              send(channel, piece.clear());
            }
            send(channel, US_ASCII.encode("\nnext\n"));
            assertEquals("next\n", receive(channel));
          }
        });
    assertTrue(most.get() <= 1 << 18, "a quarter of a megabyte is enough");
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  void halfATlsHandshakeTimesOut() throws Exception {
    SSLContext context = SSLContext.getDefault();
    suffer(
        options ->
            options.tls(context).connections(each -> each.handshakeTimeout(Duration.ofMillis(100))),
        BadPeersTest::echo,
        server -> {
          try (SocketChannel channel = connect(server)) {
            send(channel, ByteBuffer.wrap(new byte[] {22, 3, 1})); // how one begins
            while (!receive(channel).isEmpty()) {
              // an alert, and then the end
            }
          }
        });
    assertInstanceOf(SocketTimeoutException.class, failures.remove());
    assertNull(failures.poll());
  }

  @Test
  void resetInMidWriteFailsOnlyItsHandler() throws Exception {
    suffer(
        options -> options,
        (connection, _) -> {
          while (true) {
            connection.write(new byte[10_000]);
          }
        },
        server -> {
          try (SocketChannel channel = connect(server)) {
            assertTrue(!receive(channel).isEmpty());
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
          }
          Running.until(() -> !failures.isEmpty());
        });
    assertInstanceOf(IOException.class, failures.remove());
    assertNull(failures.poll());
  }

  /// A tenth of what is asked for, so that it takes no time: ten times as many connections as the
  /// limit, each of which is served when its turn comes.
  @Test
  void tenTimesAsManyConnectionsAsTheLimitAreServedInTurn() throws Exception {
    int limit = 100;
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    suffer(
        options -> options.limit(limit),
        (connection, group) -> {
          most.accumulateAndGet(open.incrementAndGet(), Math::max);
          try {
            echo(connection, group);
          } finally {
            open.decrementAndGet();
          }
        },
        server -> {
          List<SocketChannel> channels = new ArrayList<>();
          for (int i = 0; i < 10 * limit; i++) {
            SocketChannel channel = connect(server);
            channels.add(channel);
            send(channel, US_ASCII.encode("hello\n"));
          }
          for (SocketChannel channel : channels) {
            assertEquals("hello\n", receive(channel));
            channel.close();
          }
        });
    assertEquals(limit, most.get());
    assertTrue(failures.isEmpty(), failures::toString);
  }
}
