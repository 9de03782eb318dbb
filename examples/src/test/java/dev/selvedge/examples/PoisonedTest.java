package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PoisonedTest {
  private final Example poisoned = Example.named("Poisoned");

  @Test
  void namesTheThreeCulpritsAndCountsTheRest() throws Exception {
    var result = poisoned.run("--limit", "2");
    assertEquals(0, result.exitCode(), result.err());
    List<String> lines = result.out().lines().filter(line -> !line.startsWith("[worker-")).toList();
    assertEquals(4, lines.size(), result.out());
    assertTrue(lines.get(0).startsWith("997 results, "), result.out());
    assertTrue(has(lines, "took more than 2 s, and was killed"), result.out());
    assertTrue(has(lines, "java.lang.OutOfMemoryError: Java heap space"), result.out());
    assertTrue(has(lines, "its worker ended by signal 6 (SIGABRT)"), result.out());
  }

  private static boolean has(List<String> lines, String end) {
    return lines.stream().anyMatch(line -> line.startsWith("culprit ") && line.endsWith(end));
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    var result = poisoned.run("--nonsense");
    assertEquals("Poisoned: unknown option --nonsense; see --help\n", result.err());
    assertEquals(2, result.exitCode());
  }
}
