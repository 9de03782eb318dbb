package dev.selvedge.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ApodTest {
  private static final byte[] IMAGE = {0, 1, -1, 13, 10};

  private final Example apod = Example.named("Apod");

  /// What the stand-in does to a date follows from the day: the 13th is not there, the image of the
  /// 17th cannot be had, and days that end in 9 have none.
  @Test
  void getsWhatTheStandInHasAndNamesTheRest(@TempDir Path folder) throws Exception {
    var result = apod.run("--to", "2024-01-20", folder.toString());
    assertEquals(1, result.exitCode(), result.err());
    var lines = result.out().lines().toList();
    assertEquals(21, lines.size(), result.out());
    assertEquals("2024-01-09  The stars of 2024-01-09 (video)", lines.get(8));
    assertEquals(
        List.of(
            "2024-01-13  failed: /planetary/apod: status 404, No data available for date:"
                + " 2024-01-13",
            "2024-01-17  failed: /image/2024-01-17.ppm: status 500"),
        lines.subList(18, 20));
    assertTrue(
        lines.getLast().startsWith("20 dates: 18 fetched, 0 were there, 2 failed, "),
        lines.getLast());
    assertTrue(lines.getLast().endsWith(" s: " + folder), lines.getLast());
    var expected = new TreeSet<String>();
    IntStream.rangeClosed(1, 20)
        .filter(day -> day != 13 && day != 17)
        .forEach(
            day -> {
              expected.add("2024-01-%02d.json".formatted(day));
              if (day % 10 != 9) {
                expected.add("2024-01-%02d.ppm".formatted(day));
              }
            });
    assertEquals(expected, names(folder));
    var metadata = Files.readString(folder.resolve("2024-01-20.json"));
    assertTrue(metadata.contains("\"title\":\"The stars of 2024-01-20\""), metadata);
    var image = Files.readAllBytes(folder.resolve("2024-01-20.ppm"));
    assertTrue(new String(image, 0, 13, UTF_8).equals("P6 64 64 255\n"));
    assertEquals(13 + 64 * 64 * 3, image.length);
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /// Another API, which has no image at first: the second run gets what the first one could not.
  @Test
  void goesOnWhereItEnded(@TempDir Path folder) throws Exception {
    var asked = new TreeSet<String>();
    var api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (ExecutorService one = Executors.newSingleThreadExecutor()) {
      api.setExecutor(one);
      api.createContext(
          "/apod",
          exchange -> {
            var query = exchange.getRequestURI().getQuery();
            asked.add(query);
            var date = query.replaceFirst(".*date=", "");
            answer(
                exchange,
                200,
                ("{\"media_type\":\"image\",\"title\":\"é\",\"hdurl\":3,\"url\":\"i/"
                        + date
                        + ".jpg\"}")
                    .getBytes(UTF_8));
          });
      api.createContext("/i/2024-02-29.jpg", exchange -> answer(exchange, 200, IMAGE));
      api.start();
      var url = "http://localhost:" + api.getAddress().getPort() + "/apod";
      var arguments =
          new String[] {
            "--api", url, "--key", "mine", "--from", "2024-02-29", "--to", "2024-03-01", "" + folder
          };
      var first = apod.run(arguments);
      assertEquals(
          List.of("2024-02-29  é (5 bytes)", "2024-03-01  failed: /i/2024-03-01.jpg: status 404"),
          first.out().lines().limit(2).toList(),
          first.err());
      assertEquals(Set.of("2024-02-29.json", "2024-02-29.jpg"), names(folder));
      assertArrayEquals(IMAGE, Files.readAllBytes(folder.resolve("2024-02-29.jpg")));
      assertEquals(Set.of("api_key=mine&date=2024-02-29", "api_key=mine&date=2024-03-01"), asked);
      asked.clear();
      api.createContext("/i/2024-03-01.jpg", exchange -> answer(exchange, 200, IMAGE));
      var second = apod.run(arguments);
      assertTrue(second.out().contains("2 dates: 1 fetched, 1 were there, 0 failed"), second.out());
      assertEquals(0, second.exitCode(), second.err());
      assertEquals(Set.of("api_key=mine&date=2024-03-01"), asked);
    } finally {
      api.stop(0);
    }
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    var result = apod.run("--from", "2024-02-30");
    assertEquals(
        "Apod: --from takes a date such as 2024-01-31, and got '2024-02-30'",
        result.err().lines().toList().getLast());
    assertEquals(2, result.exitCode());
  }
}
