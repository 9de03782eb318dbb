package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
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
              + "\"connections\":4,\"size\":100,\"pool\":\"virtual\"\\}\n");

  private final Example echo = Example.named("EchoServer");

  @Test
  void sendsBackWhatAnyClientSends() throws Exception {
    var server = echo.start("--port", "0", "--pool", "loop");
    try (var lines = server.inputReader()) {
      var said = lines.readLine();
      assertTrue(said.matches("echo on port \\d+, pool loop"), said);
      assertEchoes(Integer.parseInt(said.replaceAll("\\D", "")));
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
  void measuresAtTheRateThatItIsGiven() throws Exception {
    var result =
        echo.run(
            ("--load --json --warm-up 0 --seconds 1 --connections 4 --size 100 --rate 8"
                    + " --pool virtual")
                .split(" ", -1));
    assertEquals(0, result.exitCode(), result.err());
    var figures = FIGURES.matcher(result.out());
    assertTrue(figures.matches(), result.out());
    assertEquals("8", figures.group(1), result.out());
    assertEquals("8", figures.group(2), result.out());
    assertTrue(number(figures, 3) > 0, result.out());
    for (int i = 4; i <= 7; i++) {
      assertTrue(number(figures, i) >= number(figures, i - 1), result.out());
    }
  }

  private static double number(MatchResult figures, int group) {
    return Double.parseDouble(figures.group(group));
  }

  @Test
  void saysWhomItCannotConnectTo() throws Exception {
    var result = echo.run("--load", "--to", "localhost:1");
    assertEquals(
        "EchoServer: cannot connect to localhost/127.0.0.1:1: Connection refused\n", result.err());
    assertEquals("", result.out());
    assertEquals(1, result.exitCode());
  }
}
