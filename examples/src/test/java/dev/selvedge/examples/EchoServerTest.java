package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EchoServerTest {
  private static final Pattern FIGURES =
      Pattern.compile(
          "\\{\"messages\":(\\d+),\"perSecond\":(\\d+),\"latency\":\\{\"p50\":([\\d.]+),"
              + "\"p90\":([\\d.]+),\"p99\":([\\d.]+),\"p99.9\":([\\d.]+),\"max\":([\\d.]+)\\},"
              + "\"connections\":4,\"size\":100,\"pool\":\"(loop|virtual)\"\\}\n");

  private final Example echo = Example.named("EchoServer");

  @Test
  void sendsBackWhatAnyClientSendsAndCanBeMeasured() throws Exception {
    var server = echo.start("--port", "0", "--pool", "virtual");
    try (var lines = server.inputReader()) {
      var said = lines.readLine();
      assertTrue(said.matches("echo on port \\d+, pool virtual"), said);
      var port = said.replaceAll("\\D", "");
      assertEchoes(Integer.parseInt(port));
      var figures = measure("--pool", "virtual", "--to", "127.0.0.1:" + port);
      assertTrue(Integer.parseInt(figures.group(1)) > 100, figures.group());
      for (int i = 4; i <= 7; i++) {
        assertTrue(number(figures, i) >= number(figures, i - 1), figures.group());
      }
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void assertEchoes(int port) throws IOException {
    var sent = new byte[200_000];
    new Random(1).nextBytes(sent);
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket.getOutputStream().write(sent);
                  socket.shutdownOutput();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertArrayEquals(sent, socket.getInputStream().readAllBytes());
    }
  }

  /// Two messages in a second on each connection: the first at once, the second after half of it.
  @Test
  void keepsToTheRateThatItIsGiven() throws Exception {
    var figures = measure("--pool", "loop", "--rate", "8");
    assertEquals(8, Integer.parseInt(figures.group(1)), figures.group());
    assertEquals(8, Integer.parseInt(figures.group(2)), figures.group());
  }

  private MatchResult measure(String... more) throws Exception {
    var fixed =
        ("--load --json --warm-up 0 --seconds 1 --connections 4 --size 100 "
                + String.join(" ", more))
            .split(" ", -1);
    var result = echo.run(fixed);
    assertEquals(0, result.exitCode(), result.err());
    var figures = FIGURES.matcher(result.out());
    assertTrue(figures.matches(), result.out());
    return figures.toMatchResult();
  }

  private static double number(MatchResult figures, int group) {
    return Double.parseDouble(figures.group(group));
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    assertFails(2, "--pool takes one of loop, virtual, and got 'threads:2'", "--pool", "threads:2");
    assertFails(
        1,
        "cannot connect to localhost/127.0.0.1:1: Connection refused",
        "--load",
        "--to",
        "localhost:1");
  }

  private void assertFails(int exitCode, String message, String... arguments) throws Exception {
    var result = echo.run(arguments);
    assertEquals(List.of("EchoServer: " + message), result.err().lines().toList());
    assertEquals("", result.out());
    assertEquals(exitCode, result.exitCode());
  }
}
