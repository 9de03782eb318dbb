package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class UnmodifiedTest {
  private static final int PAGES = 12;
  private static final Pattern SWITCHES =
      Pattern.compile(
          "on 1 thread, where another page went on in (\\d+) of (\\d+) waits for HTTP"
              + " and in (\\d+) of (\\d+) waits for JDBC");

  private final Example unmodified = Example.named("Unmodified");

  @TempDir private Path folder;

  /// Each page links to all pages before it, and to another host.
  @BeforeEach
  void writePages() throws Exception {
    var links = new StringBuilder("[x](https://example.org/)");
    for (int page = 0; page < PAGES; page++) {
      Files.writeString(folder.resolve("page%02d.md".formatted(page)), links);
      links.append(" [p](page%02d.md)".formatted(page));
    }
  }

  /// With `--pool threads:1` both numbers are 0.
  @Test
  void jdbcAndHttpSwitchOnTheLoop() throws Exception {
    var result = unmodified.run("--latency", "20", folder.toString());
    assertEquals(0, result.exitCode(), result.err());
    var lines = result.out().lines().toList();
    assertTrue(
        lines.get(0).matches("12 pages, 66 links, .* taken together, pool loop"), lines.get(0));
    assertEquals(
        List.of(
            "      11  page00.md",
            "      10  page01.md",
            "       9  page02.md",
            "       8  page03.md",
            "       7  page04.md"),
        lines.subList(2, lines.size()));
    var found = SWITCHES.matcher(lines.get(1));
    assertTrue(found.matches(), lines.get(1));
    assertEquals(PAGES, number(found, 2));
    assertEquals(
        PAGES + 66, number(found, 4)); // a connection for each page, an insert for each link
    assertTrue(number(found, 1) > 0, lines.get(1));
    assertTrue(number(found, 3) > 0, lines.get(1));
  }

  private static int number(Matcher found, int group) {
    return Integer.parseInt(found.group(group));
  }
}
