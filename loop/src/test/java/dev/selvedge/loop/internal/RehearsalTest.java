package dev.selvedge.loop.internal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.loop.EventLoop;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class RehearsalTest {
  private static final int SLEEPERS = 200_000;

  /// All begin to sleep before the first one wakes up.
  static final class Program {
    public static void main(String[] args) throws Exception {
      Duration time = Duration.ofMillis(1_500);
      EventLoop.run(
          () ->
              TaskGroup.run(
                  group -> {
                    for (int i = 0; i < SLEEPERS / 2; i++) {
                      group.fork(() -> Thread.sleep(time));
                      group.fork(() -> Tasks.sleep(time));
                    }
                  }));
    }
  }

  @Test
  void theFirstCrowdOfSleepersIsNotDeoptimizedOneByOne() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xlog:deoptimization=debug",
                    "--add-opens",
                    "java.base/java.lang=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Program.class.getName()))
            .redirectErrorStream(true)
            .start();
    long trapped;
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      trapped = lines.lines().filter(line -> line.contains("unstable_if")).count();
    }
    assertTrue(process.waitFor() == 0, "exit code " + process.exitValue());
    assertTrue(trapped < SLEEPERS / 4, trapped + " frames fell into a trap");
  }
}
