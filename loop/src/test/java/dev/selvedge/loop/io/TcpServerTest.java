package dev.selvedge.loop.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class TcpServerTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private TcpServer open(UnaryOperator<ServerOptions> options, TcpServer.Handler handler)
      throws IOException {
    return TcpServer.open(
        ANY,
        defaults ->
            options.apply(
                defaults
                    .grace(Duration.ofSeconds(30))
                    .onFailure((_, failure) -> failures.add(failure))),
        handler);
  }

  private TcpServer open(TcpServer.Handler handler) throws IOException {
    return open(options -> options, handler);
  }

  private static void echo(Connection connection, TaskGroup group) throws Exception {
    for (String line = connection.readLine(); line != null; line = connection.readLine()) {
      connection.write(line + "\n");
    }
  }

  private static String ask(Connection connection, String question) throws Exception {
    connection.write(question + "\n");
    return String.valueOf(connection.readLine());
  }

  /// By an end or a reset, depending on who was first: the handler, or the server.
  private static void assertEnded(Connection connection) throws Exception {
    try {
      assertEquals("null", ask(connection, "anybody there?"));
    } catch (IOException _) {
      // that is an end too
    }
    connection.abort();
  }

  private static Connection connect(TcpServer server) throws Exception {
    return TcpClient.connect(server.address());
  }

  @Test
  @Tag("SERVER-01")
  void eachConnectionIsServedByATaskOfItsOwn() throws Exception {
    Queue<Long> tasks = new ConcurrentLinkedQueue<>();
    try (TcpServer server =
            open(
                (connection, group) -> {
                  tasks.add(Tasks.current().orElseThrow().id());
                  echo(connection, group);
                });
        Connection first = connect(server);
        Connection second = connect(server)) {
      assertEquals("one", ask(first, "one"));
      assertEquals("two", ask(second, "two"));
      assertEquals("three", ask(first, "three"));
      assertEquals(2, tasks.stream().distinct().count());
      assertEquals(2, server.connectionCount());
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  void whatAHandlerForksEndsWithItsConnection() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (TcpServer server =
            open(
                (connection, group) -> {
                  group.background(
                      () -> {
                        try {
                          Tasks.sleep(Duration.ofHours(1));
                        } finally {
                          ended.countDown();
                        }
                      });
                  group.fork(
                      () -> {
                        Running.until(connection::isBeingRead);
                        connection.write("forked\n");
                      });
                  echo(connection, group);
                });
        Connection connection = connect(server)) {
      assertEquals("forked", connection.readLine());
      connection.closeOutput();
      ended.await();
    }
  }

  @Test
  @Tag("SERVER-02")
  void failureOfAHandlerIsReportedAndOnlyItsConnectionClosed() throws Exception {
    try (TcpServer server =
            open(
                (connection, group) -> {
                  for (String line = connection.readLine();
                      line != null;
                      line = connection.readLine()) {
                    if (line.equals("fail")) {
                      throw new IllegalStateException("asked to");
                    }
                    connection.write(line + "\n");
                  }
                });
        Connection good = connect(server);
        Connection bad = connect(server)) {
      assertEquals("a", ask(good, "a"));
      bad.write("fail\n");
      assertNull(bad.readLine());
      assertEquals("b", ask(good, "b"));
      Running.until(() -> failures.size() == 1);
      assertEquals("asked to", failures.element().getMessage());
    }
  }

  @Test
  @Tag("SERVER-02")
  void cancelledHandlerIsNotReported() throws Exception {
    TcpServer server = open(options -> options.grace(Duration.ZERO), TcpServerTest::echo);
    try (Connection connection = connect(server)) {
      assertEquals("a", ask(connection, "a"));
      server.close();
      assertEnded(connection);
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  @Tag("SERVER-03")
  void servingEndsByCancellationWhichClosesTheServer() throws Exception {
    var opened = new java.util.concurrent.CompletableFuture<TcpServer>();
    var serving =
        Running.of(
            () -> {
              try (TcpServer server = open(TcpServerTest::echo)) {
                opened.complete(server);
                server.join();
              }
              return true;
            });
    TcpServer server = opened.get();
    Running.until(serving::isParked);
    serving.interrupt();
    assertInstanceOf(InterruptedException.class, serving.failure());
    assertThrows(IOException.class, () -> connect(server));
  }

  @Test
  @Tag("SERVER-04")
  void closedServerRefusesConnectionsAndItsAddressIsFree() throws Exception {
    TcpServer server = open(TcpServerTest::echo);
    connect(server).close();
    server.close();
    server.close();
    assertThrows(IOException.class, () -> connect(server));
    try (TcpServer again =
            TcpServer.open(server.address(), options -> options, TcpServerTest::echo);
        Connection connection = connect(again)) {
      assertEquals("a", ask(connection, "a"));
    }
  }

  @Test
  @Tag("SERVER-05")
  void joinWaitsForTheStopAndForAllConnections() throws Exception {
    TcpServer server = open(TcpServerTest::echo);
    try (Connection connection = connect(server)) {
      assertEquals("a", ask(connection, "a"));
      List<Running<Boolean>> waiters = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        waiters.add(
            Running.parked(
                () -> {
                  server.join();
                  return true;
                }));
      }
      server.stop();
      assertThrows(IOException.class, () -> connect(server));
      assertEquals("b", ask(connection, "b")); // is served to its end
      assertFalse(server.join(Duration.ofMillis(10)));
      connection.closeOutput();
      for (var waiter : waiters) {
        assertTrue(waiter.value());
      }
      assertTrue(server.join(Duration.ZERO));
    }
  }

  @Test
  @Tag("SERVER-06")
  void closeLetsHandlersFinishWithinTheGraceAndThenCancelsThem() throws Exception {
    TcpServer server = open(options -> options.grace(Duration.ofMillis(50)), TcpServerTest::echo);
    try (Connection connection = connect(server)) {
      assertEquals("a", ask(connection, "a"));
      long start = System.nanoTime();
      server.close();
      assertTrue(System.nanoTime() - start >= 50_000_000L);
      assertEnded(connection);
      assertEquals(0, server.connectionCount());
    }
  }

  @Test
  @Tag("SERVER-06")
  void abortEndsHandlersWhoseOutputIsFull() throws Exception {
    CountDownLatch begun = new CountDownLatch(3);
    CountDownLatch ended = new CountDownLatch(3);
    try (TcpServer server =
            open(
                (connection, _) -> {
                  begun.countDown();
                  try {
                    while (true) {
                      connection.write(new byte[10_000]);
                    }
                  } finally {
                    ended.countDown();
                  }
                });
        Connection a = connect(server);
        Connection b = connect(server);
        Connection c = connect(server)) {
      begun.await();
      server.abort();
      server.join();
      ended.await();
      assertEnds(a);
      assertEnds(b);
      assertEnds(c);
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  @Tag("SERVER-07")
  void addressInUseIsNamedAndNothingStaysOpen() throws Exception {
    try (TcpServer server = open(TcpServerTest::echo)) {
      int before = TcpClientTest.descriptors();
      for (int i = 0; i < 10; i++) {
        var e =
            assertThrows(
                BindException.class,
                () -> TcpServer.open(server.address(), options -> options, TcpServerTest::echo));
        Running.assertSays(":" + server.port(), e);
      }
      assertTrue(TcpClientTest.descriptors() <= before, "left open");
    }
  }

  @Test
  @Tag("SERVER-08")
  @Tag("CONN-03")
  void unixDomainServerRemovesItsFileUnlessItIsNotItsOwn(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    var address = UnixDomainSocketAddress.of(path);
    try (TcpServer server = TcpServer.open(address, options -> options, TcpServerTest::echo);
        Connection connection = connect(server)) {
      assertTrue(Files.exists(path));
      assertEquals("a", ask(connection, "a"));
      assertThrows(IllegalStateException.class, server::port);
    }
    assertFalse(Files.exists(path));

    TcpServer gone = TcpServer.open(address, options -> options, TcpServerTest::echo);
    Files.delete(path);
    gone.close();

    TcpServer replaced = TcpServer.open(address, options -> options, TcpServerTest::echo);
    Files.delete(path);
    Files.writeString(path, "somebody else's");
    replaced.close();
    assertEquals("somebody else's", Files.readString(path));
  }

  @Test
  @Tag("SERVER-09")
  void acceptingGoesOnAfterAFailure() throws Exception {
    AtomicInteger left = new AtomicInteger(2);
    try (TcpServer server =
            TcpServer.open(
                ANY,
                options -> options.onFailure((_, failure) -> failures.add(failure)),
                TcpServerTest::echo,
                channel -> {
                  if (left.getAndDecrement() > 0) {
                    throw new IOException("too many open files");
                  }
                  return channel.accept();
                });
        Connection connection = connect(server)) {
      assertEquals("a", ask(connection, "a"));
      assertEquals(2, failures.size());
    }
  }

  @Test
  void connectionsBeyondTheLimitWaitAndAreServed() throws Exception {
    serve(200, 10);
  }

  @Test
  @Tag("long")
  void tenThousandConnectionsAtALimitOfOneThousandAreServed() throws Exception {
    serve(10_000, 1_000);
  }

  private void serve(int clients, int limit) throws Exception {
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (TcpServer server =
        open(
            options -> options.limit(limit),
            (connection, group) -> {
              most.accumulateAndGet(open.incrementAndGet(), Math::max);
              try {
                echo(connection, group);
              } finally {
                open.decrementAndGet();
              }
            })) {
      TaskGroup.run(
          group -> {
            for (int i = 0; i < clients; i++) {
              String name = "client " + i;
              group.fork(
                  () -> {
                    try (Connection connection = connect(server)) {
                      assertEquals(name, ask(connection, name));
                    }
                  });
            }
          });
    }
    assertTrue(most.get() <= limit, "at once: " + most.get());
    assertTrue(failures.isEmpty(), failures::toString);
  }

  private static void assertEnds(Connection connection) throws Exception {
    try {
      connection.readAll();
    } catch (IOException _) {
      // a reset
    }
    connection.abort();
  }

  private static void send(Connection connection, byte[] bytes) throws InterruptedException {
    try {
      connection.write(bytes);
      connection.flush();
    } catch (IOException _) {
      // the server may close it at any time
    }
  }

  /// What bad peers do, all at once, while a good one is served.
  @Test
  void badPeersAreNotNoticedByAGoodOne() throws Exception {
    try (TcpServer server = open(TcpServerTest::echo);
        Connection good = connect(server)) {
      for (int round = 0; round < 20; round++) {
        try (Connection endless = connect(server);
            Connection reset = connect(server);
            Connection silent = connect(server)) {
          send(endless, new byte[1 << 20]); // a line without end
          send(reset, "x\n".repeat(100_000).getBytes(UTF_8)); // and reads none of the answers
          reset.abort();
          String question = "question " + round;
          assertEquals(
              question, Deadline.within(Duration.ofSeconds(20), () -> ask(good, question)));
          endless.abort();
          silent.abort();
        }
      }
    }
    assertFalse(failures.isEmpty());
    failures.forEach(failure -> assertInstanceOf(IOException.class, failure));
  }

  @Test
  void handlerThatClosesItsServerIsTold() throws Exception {
    TcpServer[] self = new TcpServer[1];
    CountDownLatch known = new CountDownLatch(1);
    self[0] =
        open(
            (connection, group) -> {
              known.await();
              try {
                self[0].close();
              } catch (IllegalStateException e) {
                connection.write(e.getMessage() + "\n");
                self[0].stop();
              }
            });
    known.countDown();
    try (Connection connection = connect(self[0])) {
      assertTrue(String.valueOf(connection.readLine()).contains("stop()"));
    }
    self[0].join();
  }

  @Test
  void interruptedCloseCancelsAndStillWaits() throws Exception {
    TcpServer server = open(TcpServerTest::echo);
    try (Connection connection = connect(server)) {
      assertEquals("a", ask(connection, "a"));
      var closing =
          Running.parked(
              () -> {
                server.close();
                return Thread.currentThread().isInterrupted();
              });
      closing.interrupt();
      assertTrue(closing.value());
      assertTrue(server.join(Duration.ZERO));
    }
  }

  @Test
  void handlersRunOnTheGivenPool() throws Exception {
    try (Pool pool = Pool.threads(3)) {
      try (TcpServer server =
              open(
                  options -> options.pool(pool),
                  (connection, _) -> {
                    connection.readLine();
                    connection.write(Thread.currentThread().isVirtual() + "\n");
                  });
          Connection connection = connect(server)) {
        assertEquals("false", ask(connection, "a"));
      }
    }
  }

  @Test
  void requestMayHaveADeadline() throws Exception {
    try (TcpServer server =
            open(
                (connection, group) ->
                    Deadline.within(Duration.ofMillis(30), () -> connection.readLine()));
        Connection silent = connect(server)) {
      assertNull(silent.readLine());
    }
    assertInstanceOf(DeadlineExceededException.class, failures.remove());
  }

  @Test
  void freePortIsChosen() throws Exception {
    try (TcpServer server = TcpServer.open(0, TcpServerTest::echo);
        Connection connection = TcpClient.connect("localhost", server.port())) {
      assertNotEquals(0, server.port());
      assertEquals("a", ask(connection, "a"));
    }
  }
}
