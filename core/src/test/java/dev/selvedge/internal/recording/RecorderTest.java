package dev.selvedge.internal.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.selvedge.TaskGroup;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RecorderTest {

  /// Has a group, a task, and a cancellation.
  static final class Program {
    public static void main(String[] args) throws Exception {
      TaskGroup.run(
          group -> {
            group.fork(() -> 1).await();
            group.cancel("enough");
          });
    }
  }

  /// It would take a tenth of a second of each program.
  @Test
  void withoutARecordingNoEventIsMadeReady() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                placeOf(TaskGroup.class) + File.pathSeparator + placeOf(Program.class),
                Program.class.getName())
            .redirectErrorStream(true)
            .start();
    List<String> events;
    try (var lines = process.inputReader()) {
      events =
          lines
              .lines()
              .filter(line -> line.contains(" dev.selvedge.internal.recording."))
              .map(line -> line.replaceFirst(".*recording\\.(\\S+).*", "$1"))
              .filter(name -> !name.startsWith("RecorderTest"))
              .toList();
    }
    assertEquals(0, process.waitFor());
    assertEquals(List.of("Recorder"), events);
  }

  private static Path placeOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
