package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The command without a program: help, version, completion, and wrong usage.
final class CommandScriptTest {
  /// How fast the command answers after the first build.
  private static final Duration QUICK = Duration.ofMillis(400);

  @TempDir private static Path folder;

  /// The first use of a build makes the AOT cache.
  @BeforeAll
  static void makeTheAotCache() throws Exception {
    Script.onThisBuild(folder).run("--version");
  }

  private static Script.Result selvedge(String... arguments) throws Exception {
    return Script.onThisBuild(folder).run(arguments);
  }

  @Test
  void helpListsTheCommands() throws Exception {
    var result = selvedge("--help");
    assertEquals(0, result.exitCode());
    assertEquals("", result.err());
    assertTrue(result.out().contains("Usage: selvedge"), result.out());
    assertTrue(result.out().contains("  run "), result.out());
    assertTrue(result.out().contains("  completion "), result.out());
    assertTrue(!result.out().contains("train"), result.out());
  }

  @Test
  void versionNamesSelvedgeAndTheJdk() throws Exception {
    var result = selvedge("--version");
    assertEquals(0, result.exitCode());
    assertTrue(
        result.out().strip().matches("selvedge \\d+\\.\\d+\\.\\d+\\S* \\(JDK .+\\)"), result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rum         | selvedge: unknown command 'rum', did you mean 'run'?; see selvedge --help
          completoin  | selvedge: unknown command 'completoin', did you mean 'completion'?; see selvedge --help
          xyzzy       | selvedge: unknown command 'xyzzy'; see selvedge --help
          X.java      | selvedge: unknown command 'X.java', did you mean 'run X.java'?; see selvedge --help
          help xyzzy  | selvedge: unknown command 'xyzzy'; see selvedge --help
          --hlep      | selvedge: unknown option '--hlep', did you mean '--help'?; see selvedge --help
          run         | selvedge run: missing required parameter: 'FILE.java'; see selvedge run --help
          run --bogus X.java | selvedge run: unknown option '--bogus'; see selvedge run --help
          run --bogus X.java --help | selvedge run: unknown option '--bogus'; see selvedge run --help
          run -cp     | selvedge run: missing required parameter for option '--class-path' (PATH); see selvedge run --help
          """)
  void wrongUsageIsOneLineAndExitCode2(String line, String message) throws Exception {
    var result = selvedge(line.split(" ", -1));
    assertEquals(List.of(message), result.errLines());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }

  @Test
  void noCommandIsWrongUsage() throws Exception {
    var result = selvedge();
    assertEquals(2, result.exitCode());
    assertEquals(
        List.of("selvedge: missing required command; see selvedge --help"), result.errLines());
  }

  /// On a busy machine one run says little; the best of several says what the command itself costs.
  @ParameterizedTest
  @CsvSource({"--help, 0", "--version, 0", "xyzzy, 2"})
  void answersQuickly(String argument, int exitCode) throws Exception {
    var best = Long.MAX_VALUE;
    for (int run = 0; run < 20 && best >= QUICK.toNanos(); run++) {
      var started = System.nanoTime();
      assertEquals(exitCode, selvedge(argument).exitCode());
      best = Math.min(best, System.nanoTime() - started);
    }
    assertTrue(best < QUICK.toNanos(), "the best run took " + Duration.ofNanos(best));
  }

  @ParameterizedTest
  @CsvSource({"bash", "zsh"})
  void completionIsAScriptThatBashCanRead(String shell) throws Exception {
    var result = selvedge("completion", shell);
    assertEquals(0, result.exitCode());
    var script = Files.writeString(folder.resolve("completion." + shell), result.out());
    var bash = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
    assertEquals(0, bash.waitFor());
  }

  @Test
  void theAotCacheIsThereAndFits() throws Exception {
    try (var files = Files.list(Script.thisDist().resolve("cli"))) {
      var cache = files.filter(file -> file.toString().endsWith(".aot")).findFirst();
      assertTrue(Files.size(cache.orElseThrow()) > 0, "training failed");
    }
  }

  @Test
  void aBrokenAotCacheIsIgnored() throws Exception {
    var dist = copyOfDist();
    try (var files = Files.list(dist.resolve("cli"))) {
      for (var cache : files.filter(file -> file.toString().endsWith(".aot")).toList()) {
        Files.writeString(cache, "not a cache");
      }
    }
    var result = Script.onThisBuild(folder).with("SELVEDGE_DIST", dist.toString()).run("--version");
    assertEquals("", result.err());
    assertEquals(1, result.out().lines().count(), result.out());
    assertEquals(0, result.exitCode());
  }

  private static Path copyOfDist() throws Exception {
    var copy = folder.resolve("dist");
    var cp = new ProcessBuilder("cp", "-R", Script.thisDist().toString(), copy.toString()).start();
    assertEquals(0, cp.waitFor());
    return copy;
  }
}
