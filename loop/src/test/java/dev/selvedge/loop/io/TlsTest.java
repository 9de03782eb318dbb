package dev.selvedge.loop.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.TaskGroup;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class TlsTest {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir static Path folder;
  private static SSLContext here;
  private static SSLContext elsewhere;

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /// Makes a key of an own for each host, trusted by whoever has the same context.
  @BeforeAll
  static void makeKeys() throws Exception {
    here = context("localhost");
    elsewhere = context("elsewhere.example");
  }

  private static SSLContext context(String host) throws Exception {
    Path file = folder.resolve(host);
    Subprocess.run(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "key",
            "-keyalg",
            "EC",
            "-dname",
            "CN=" + host,
            "-ext",
            "san=dns:" + host,
            "-storetype",
            "PKCS12",
            "-storepass",
            new String(PASSWORD),
            "-keystore",
            file.toString())
        .check();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream stored = Files.newInputStream(file)) {
      store.load(stored, PASSWORD);
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("key", store.getCertificate("key"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private TcpServer open(
      SSLContext context, UnaryOperator<ConnectionOptions> options, TcpServer.Handler handler)
      throws IOException {
    return TcpServer.open(
        ANY,
        defaults ->
            defaults
                .tls(context)
                .connections(options)
                .onFailure((_, failure) -> failures.add(failure)),
        handler);
  }

  private TcpServer open(TcpServer.Handler handler) throws IOException {
    return open(here, options -> options, handler);
  }

  private static Connection connect(TcpServer server, SSLContext context) throws Exception {
    return TcpClient.connect("localhost", server.port(), options -> options.tls(context));
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

  @Test
  @Tag("TLS-01")
  void verifiedHostsTalkInSecret() throws Exception {
    try (TcpServer server = open(TlsTest::echo);
        Connection connection = connect(server, here)) {
      assertEquals("hello", ask(connection, "hello"));
      String much = "x".repeat(50_000);
      assertEquals(much, ask(connection, much));
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  @Tag("TLS-01")
  void certificateOfAnotherHostIsRefused() throws Exception {
    try (TcpServer server = open(elsewhere, options -> options, TlsTest::echo)) {
      assertThrows(SSLHandshakeException.class, () -> connect(server, elsewhere));
    }
  }

  @Test
  @Tag("TLS-01")
  void untrustedCertificateIsRefusedAndOnlyThatConnectionFails() throws Exception {
    try (TcpServer server = open(TlsTest::echo);
        Connection good = connect(server, here)) {
      assertThrows(SSLHandshakeException.class, () -> connect(server, elsewhere));
      Running.until(() -> !failures.isEmpty());
      assertInstanceOf(SSLException.class, failures.remove()); // the client has said why
      assertEquals("hello", ask(good, "hello"));
    }
  }

  @Test
  @Tag("TLS-02")
  void cancelledConnectDuringAHandshakeLeavesNothingOpen() throws Exception {
    try (ServerSocketChannel silent = ServerSocketChannel.open()) {
      silent.bind(ANY);
      int port = ((InetSocketAddress) silent.getLocalAddress()).getPort();
      int before = TcpClientTest.descriptors();
      var connecting =
          Running.of(() -> TcpClient.connect("localhost", port, options -> options.tls(here)));
      try (SocketChannel peer = silent.accept()) {
        Running.until(connecting::isParked);
        connecting.interrupt();
        assertInstanceOf(InterruptedException.class, connecting.failure());
        assertTrue(TcpClientTest.descriptors() <= before + 1, "left open");
        assertTrue(peer.isOpen());
      }
    }
  }

  @Test
  void halfAHandshakeTimesOutAndNobodyElseNotices() throws Exception {
    try (TcpServer server =
            open(here, options -> options.handshakeTimeout(Duration.ofSeconds(4)), TlsTest::echo);
        Connection good = connect(server, here);
        Connection half = TcpClient.connect(server.address())) {
      half.write(new byte[] {22, 3, 1}); // how a handshake begins
      var waiting = Running.parked(half::readAll);
      assertEquals("hello", ask(good, "hello"));
      waiting.value(); // an alert, and the end
      assertEquals("hello", ask(good, "hello"));
    }
    assertInstanceOf(SocketTimeoutException.class, failures.remove());
  }

  @Test
  void serverThatDoesNotAnswerTheHandshakeIsGivenUp() throws Exception {
    try (ServerSocketChannel silent = ServerSocketChannel.open()) {
      silent.bind(ANY);
      int port = ((InetSocketAddress) silent.getLocalAddress()).getPort();
      var e =
          assertThrows(
              SocketTimeoutException.class,
              () ->
                  TcpClient.connect(
                      "localhost",
                      port,
                      options -> options.tls(here).handshakeTimeout(Duration.ofMillis(20))));
      Running.assertSays("20ms", e);
    }
  }

  private static void upgrading(Connection connection, TaskGroup group) throws Exception {
    if ("STARTTLS".equals(connection.readLine())) {
      connection.write("go on\n");
      connection.flush();
      connection.startTls(here);
    }
    echo(connection, group);
  }

  private TcpServer openUpgrading() throws IOException {
    return TcpServer.open(
        ANY,
        defaults -> defaults.onFailure((_, failure) -> failures.add(failure)),
        TlsTest::upgrading);
  }

  @Test
  @Tag("TLS-03")
  void connectionGoesOnWithTls() throws Exception {
    try (TcpServer server = openUpgrading();
        Connection connection = TcpClient.connect(server.address())) {
      assertEquals("go on", ask(connection, "STARTTLS"));
      connection.startTls(here, "localhost");
      assertEquals("hello", ask(connection, "hello"));
      assertThrows(IllegalStateException.class, () -> connection.startTls(here, "localhost"));
      assertEquals("still there", ask(connection, "still there"));
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  @Tag("TLS-03")
  void upgradeVerifiesTheHost() throws Exception {
    try (TcpServer server = openUpgrading();
        Connection connection = TcpClient.connect(server.address())) {
      assertEquals("go on", ask(connection, "STARTTLS"));
      assertThrows(
          SSLHandshakeException.class, () -> connection.startTls(here, "elsewhere.example"));
      assertTrue(!connection.isOpen());
    }
  }

  @Test
  void whatWasSmuggledInBeforeAnUpgradeIsNotTrusted() throws Exception {
    try (TcpServer server = openUpgrading();
        Connection connection = TcpClient.connect(server.address())) {
      connection.write("STARTTLS\nsmuggled\n");
      connection.flush();
      Running.until(() -> !failures.isEmpty());
      Running.assertSays("9 bytes", failures.remove());
      connection.abort();
    }
  }

  @Test
  @Tag("TLS-07")
  void closeGivesUpAPeerThatDoesNotTakeTheEnd() throws Exception {
    Event enough = Event.create();
    try (TcpServer server = open((_, _) -> enough.await())) {
      Connection connection =
          TcpClient.connect(
              "localhost",
              server.port(),
              options -> options.tls(here).closeTimeout(Duration.ofMillis(20)));
      connection.write(new byte[10_000_000]);
      IOException e = assertThrows(IOException.class, connection::close);
      Running.assertSays("20ms", e);
      enough.set();
    }
  }

  @Test
  @Tag("TLS-04")
  void garbageFailsOnlyItsConnection() throws Exception {
    try (TcpServer server = open(TlsTest::echo);
        Connection good = connect(server, here);
        Connection bad = TcpClient.connect(server.address())) {
      bad.write("GET / HTTP/1.0\r\n\r\n");
      bad.flush();
      bad.readAll(); // an alert, and the end
      Running.until(() -> !failures.isEmpty());
      assertInstanceOf(SSLException.class, failures.remove());
      assertEquals("hello", ask(good, "hello"));
    }
  }

  @Test
  @Tag("TLS-05")
  void whatWasWrittenArrivesBeforeTheEndAndMoreMayFollowFromTheOtherSide() throws Exception {
    byte[] much = new byte[1 << 20];
    new Random(5).nextBytes(much);
    try (TcpServer server =
            open(
                (connection, _) -> {
                  byte[] all = connection.readAll();
                  connection.write(all); // after the other side's end
                });
        Connection connection = connect(server, here)) {
      connection.write(much);
      connection.closeOutput();
      connection.closeOutput();
      assertArrayEquals(much, connection.readAll());
      assertTrue(connection.atEnd());
      assertThrows(IOException.class, () -> connection.write("late"));
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  @Tag("TLS-06")
  void manyClientsSeeACleanEnd() throws Exception {
    try (TcpServer server =
        open((connection, _) -> connection.write(connection.readLine() + " to you\n"))) {
      TaskGroup.run(
          group -> {
            for (int i = 0; i < 25; i++) {
              String name = "good day " + i;
              group.fork(
                  () -> {
                    try (Connection connection = connect(server, here)) {
                      assertEquals(name + " to you", ask(connection, name));
                      assertNull(connection.readLine());
                    }
                  });
            }
          });
    }
    assertTrue(failures.isEmpty(), failures::toString);
  }

  @Test
  void connectionThatIsCutOffIsNoEnd() throws Exception {
    try (ServerSocketChannel relay = ServerSocketChannel.open();
        TcpServer server = open((connection, _) -> connection.readLine())) {
      relay.bind(ANY);
      int port = ((InetSocketAddress) relay.getLocalAddress()).getPort();
      var connecting =
          Running.of(() -> TcpClient.connect("localhost", port, options -> options.tls(here)));
      try (SocketChannel front = relay.accept();
          Connection back = TcpClient.connect(server.address())) {
        var there =
            Running.of(
                () -> {
                  java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocate(10_000);
                  while (front.read(buffer.clear()) >= 0) {
                    back.write(buffer.flip());
                    back.flush();
                  }
                  return true;
                });
        var backAgain =
            Running.of(
                () -> {
                  for (byte[] some = back.read(10_000); some.length > 0; some = back.read(10_000)) {
                    front.write(java.nio.ByteBuffer.wrap(some));
                  }
                  return true;
                });
        try (Connection connection = connecting.value()) {
          front.shutdownOutput();
          assertThrows(IOException.class, connection::readLine);
        }
        assertTrue(there.value());
        back.abort();
        assertInstanceOf(IOException.class, backAgain.failure());
      }
    }
  }

  @Test
  void cancelledReadsAndWritesLeaveTheConnectionUsable() throws Exception {
    int lines = 1_000;
    try (TcpServer server = open(TlsTest::echo);
        Connection connection = connect(server, here)) {
      List<String> got = new ArrayList<>();
      Random random = new Random(2);
      var writing =
          Running.of(
              () -> {
                for (int i = 0; i < lines; i++) {
                  connection.write("line " + i + "\n");
                }
                connection.closeOutput();
                return true;
              });
      int cancelled = 0;
      boolean ended = false;
      while (!ended) {
        var reading = Running.of(() -> readInto(connection, got));
        Running.letOthersRun(random.nextInt(2_000));
        reading.interrupt();
        try {
          ended = reading.value();
        } catch (ExecutionException e) {
          assertInstanceOf(InterruptedException.class, e.getCause());
          cancelled++;
        }
      }
      assertTrue(writing.value());
      assertTrue(cancelled > 0);
      assertEquals(lines, got.size());
      assertEquals("line 999", got.getLast());
    }
  }

  private static boolean readInto(Connection connection, List<String> lines) throws Exception {
    for (String line = connection.readLine(); line != null; line = connection.readLine()) {
      lines.add(line);
    }
    return true;
  }

  @Test
  void readMayHaveADeadline() throws Exception {
    try (TcpServer server = open(TlsTest::echo);
        Connection connection = connect(server, here)) {
      connection.write("be");
      assertTrue(!Deadline.moveOnAfter(Duration.ofMillis(30), () -> connection.readLine()));
      connection.write("gun\n".getBytes(UTF_8));
      assertEquals("begun", connection.readLine());
    }
  }

  @Test
  void unixDomainSocketHasNoHostToVerify() {
    var address = java.net.UnixDomainSocketAddress.of(folder.resolve("socket"));
    assertThrows(
        IllegalArgumentException.class,
        () -> TcpClient.connect(address, options -> options.tls(here)));
  }
}
