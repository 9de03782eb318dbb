package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PoisonedTest {
  private final Example poisoned = Example.named("Poisoned");

  @Test
  void namesTheThreeCulpritsAndCountsTheRest() throws Exception {
    var result = poisoned.run("--pool", "processes:2");
    assertEquals(0, result.exitCode(), result.err());
    List<String> lines = result.out().lines().filter(line -> !line.startsWith("[worker-")).toList();
    assertEquals(4, lines.size(), result.out());
    assertTrue(lines.get(0).startsWith("997 results, "), result.out());
    assertTrue(has(lines, "took more than 3 s, and was killed"), result.out());
    assertTrue(has(lines, "java.lang.OutOfMemoryError: Java heap space"), result.out());
    assertTrue(has(lines, "its worker ended by signal 6 (SIGABRT)"), result.out());
    assertEquals(inReadme(), sameOnEveryJdk(lines.stream()));
  }

  private static boolean has(List<String> lines, String end) {
    return lines.stream().anyMatch(line -> line.startsWith("culprit ") && line.endsWith(end));
  }

  /// {@return what the README says that the same command prints}
  private static List<String> inReadme() throws IOException {
    try (var lines = Files.lines(Example.folder().resolveSibling("README.md"))) {
      return sameOnEveryJdk(lines.filter(line -> line.matches("(\\d+ results, |culprit ).*")));
    }
  }

  /// The sources differ from one JDK to another, and so do the number of words and the culprits.
  private static List<String> sameOnEveryJdk(Stream<String> lines) {
    return lines
        .map(line -> line.replaceAll("[\\d,.]+ words", "… words"))
        .map(line -> line.replaceAll("culprit \\S+:", "culprit …:"))
        .sorted()
        .toList();
  }

  /// Nothing in one JVM can stop the regular expression, so it cannot end in order.
  @Test
  void hangsOrDiesOnThreads(@TempDir Path folder) throws Exception {
    var result =
        poisoned
            .with("-J-Xmx256m", "-J-XX:ErrorFile=" + folder.resolve("crash.log"))
            .runFor(6, "--pool", "threads:2");
    assertNotEquals(Optional.of(0), result.map(Example.Result::exitCode));
  }

  @Test
  void refusesWhatItDoesNotKnow() throws Exception {
    var result = poisoned.run("--nonsense");
    assertEquals("Poisoned: unknown option --nonsense; see --help\n", result.err());
    assertEquals(2, result.exitCode());
  }
}
