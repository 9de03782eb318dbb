package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a JVM ends while there is work, seen from outside.
@Timeout(90)
final class JvmEndTest {
  private static final int PATIENCE_SECONDS = 30;

  @TempDir private Path folder;

  private record Run(int exitCode, String out, String err) {}

  @Test
  @Tag("THREAD-13")
  void workInTheBackgroundNeitherHoldsTheExitUpNorChangesIt() throws Exception {
    assertEquals(new Run(3, "", ""), run("busy-background", folder.toString()));
  }

  @Test
  @Tag("HOOK-01")
  void aFailureThatNobodyCanWaitForIsPrintedOnce() throws Exception {
    Run run = run("nobody-waits");
    assertEquals("closed normally\n", run.out);
    assertEquals(0, run.exitCode);
    List<String> lines = run.err.lines().toList();
    assertTrue(
        lines.getFirst().matches("Exception in task \"task-\\d+\" on .+ " + failure()), run.err);
    assertEquals(1, lines.stream().filter(line -> line.contains("nobody asks")).count(), run.err);
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("\tat dev.selvedge.verify")), run.err);
  }

  /// A task that fills the heap ends with the heap still full, and so does whoever waits for it.
  @ParameterizedTest
  @ValueSource(strings = {"threads", "virtual"})
  @Tag("EXEC-02")
  void aFullHeapCostsTheTaskThatFilledItAndNothingElse(String pool) throws Exception {
    Run run = run("full-heap", pool);
    assertEquals("FAILED true\nFAILED true\nusable\n", run.out, run.err);
    assertEquals(0, run.exitCode, run.err);
  }

  private static String failure() {
    return "java\\.lang\\.IllegalArgumentException: nobody asks for this";
  }

  private Run run(String... arguments) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx48m"));
    command.add("-cp");
    command.add(place(Pool.class) + File.pathSeparator + place(JvmEndProgram.class));
    command.add(JvmEndProgram.class.getName());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertTrue(ended, () -> List.of(arguments) + " does not end");
    return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static String place(Class<?> type) throws Exception {
    var source = Objects.requireNonNull(type.getProtectionDomain().getCodeSource());
    return Path.of(source.getLocation().toURI()).toString();
  }
}
