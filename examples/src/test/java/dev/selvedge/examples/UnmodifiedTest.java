package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void jdbcAndHttpSwitchOnTheLoop() throws Exception {
    var found = run("loop");
    assertEquals(PAGES, found[1]);
    assertEquals(PAGES + PAGES * (PAGES - 1) / 2, found[3]);
    assertTrue(found[0] > PAGES / 2, found[0] + " of " + found[1]);
    assertTrue(found[2] > PAGES / 2, found[2] + " of " + found[3]);
  }

  @Test
  void onOnePlainThreadNothingSwitches() throws Exception {
    var found = run("threads:1");
    assertEquals(0, found[0]);
    assertEquals(0, found[2]);
  }

  private int[] run(String pool) throws Exception {
    var result = unmodified.run("--pool", pool, "--latency", "20", folder.toString());
    assertEquals(0, result.exitCode(), result.err());
    var lines = result.out().lines().toList();
    assertTrue(
        lines.get(0).matches("12 pages, 66 links, .* taken together, pool " + pool), lines.get(0));
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
    return new int[] {
      Integer.parseInt(found.group(1)),
      Integer.parseInt(found.group(2)),
      Integer.parseInt(found.group(3)),
      Integer.parseInt(found.group(4))
    };
  }
}
