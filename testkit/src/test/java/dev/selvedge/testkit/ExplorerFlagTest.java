package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How a JVM has to be started for exploring, and that it ends: in JVMs of their own.
@Timeout(60)
class ExplorerFlagTest {

  /// Explores a deadlock that no cancellation can end.
  static final class Program {
    public static void main(String[] args) throws Exception {
      try {
        Explorer.seeds(500).run(Program::deadlock);
      } catch (AssertionError e) {
        System.out.println(e.getMessage());
      }
      System.out.println("main returns");
    }

    private static void deadlock(Pool pool) throws Exception {
      var left = new ReentrantLock();
      var right = new ReentrantLock();
      TaskGroup.run(
          group -> {
            group.fork(() -> both(left, right));
            group.fork(() -> both(right, left));
          });
    }

    @SuppressWarnings("LockNotBeforeTry") // short
    private static void both(ReentrantLock one, ReentrantLock two) {
      one.lock();
      Kernel.current().step();
      two.lock();
      two.unlock();
      one.unlock();
    }
  }

  private static List<String> run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Path said = Files.createTempFile("said", ".txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it does not end");
      return Files.readAllLines(said);
    } finally {
      process.destroyForcibly();
      Files.delete(said);
    }
  }

  @Test
  void withoutTheFlagTheMessageSaysWhereToWriteIt() throws Exception {
    String said = String.join("\n", run());
    assertTrue(said.contains("IllegalStateException"), said);
    assertTrue(
        said.contains("<argLine>--add-opens java.base/java.lang=ALL-UNNAMED</argLine>"), said);
    assertTrue(
        said.contains("jvmArgs(\"--add-opens\", \"java.base/java.lang=ALL-UNNAMED\")"), said);
  }

  @Test
  void tasksThatNothingEndsDoNotHoldTheJvm() throws Exception {
    List<String> said = run("--add-opens", "java.base/java.lang=ALL-UNNAMED");
    assertTrue(said.getFirst().contains("deadlock"), said::toString);
    assertEquals("main returns", said.getLast());
  }
}
