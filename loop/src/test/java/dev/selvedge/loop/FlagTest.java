package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlagTest {

  /// What the JVMs of this test run.
  static final class Program {
    public static void main(String[] args) throws Exception {
      if (EventLoop.current().isPresent()) {
        throw new AssertionError("there is no loop");
      }
      try (Pool pool = Pool.named("loop")) {
        System.out.println(pool.submit(() -> 6 * 7).await());
      }
    }
  }

  private static String run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @Test
  void withoutTheFlagTheMessageHasTheFlagAndTheLineOfTheManifest() throws Exception {
    String said = run();
    assertTrue(said.contains("IllegalStateException"), said);
    assertTrue(said.contains("--add-opens java.base/java.lang=ALL-UNNAMED"), said);
    assertTrue(said.contains("'Add-Opens: java.base/java.lang'"), said);
  }

  @Test
  void withTheFlagTheLoopHasAName() throws Exception {
    assertEquals("42", run("--add-opens", "java.base/java.lang=ALL-UNNAMED").strip());
  }
}
