package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `selvedge record` on JVMs that know nothing of Selvedge.
final class RecordScriptTest {
  @TempDir private Path folder;

  private Script.Result record(String... arguments) throws Exception {
    var all = new String[arguments.length + 1];
    all[0] = "record";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Script.onThisBuild(folder).run(all);
  }

  private void assertRecorded(String pid) throws Exception {
    assertTrue(
        RecordingFile.readAllEvents(folder.resolve("out.jfr")).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.JVMInformation"))
            .anyMatch(event -> pid.equals(Long.toString(event.getLong("pid")))));
  }

  @Test
  void recordsForAWhile() throws Exception {
    try (var jvm = ChildJvm.start(Stuck.class, "virtual")) {
      var result = record(jvm.pid(), "--for", "200ms", "-o", "out.jfr");
      assertEquals(0, result.exitCode(), result.err());
      assertEquals("", result.out());
      var lines = result.errLines();
      assertEquals(12, lines.size(), result.err());
      assertEquals(
          "selvedge: recording " + jvm.pid() + " for 0.2s; Ctrl-C ends it earlier",
          lines.getFirst());
      assertEquals("selvedge: 50 % of 0.2s recorded", lines.get(5));
      assertTrue(lines.getLast().startsWith("selvedge: recorded to out.jfr; "), lines.getLast());
      assertRecorded(jvm.pid());
    }
  }

  @Test
  void anInterruptKeepsWhatThereIs() throws Exception {
    try (var jvm = ChildJvm.start(Stuck.class, "virtual")) {
      var builder =
          new ProcessBuilder(
                  Script.thisScript().toString(), "record", jvm.pid(), "--for=1h", "-o", "out.jfr")
              .directory(folder.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      var process = builder.start();
      try (BufferedReader err = process.errorReader()) {
        assertTrue(err.readLine().startsWith("selvedge: recording " + jvm.pid()));
        var kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        assertEquals(0, kill.waitFor());
        assertTrue(err.readLine().startsWith("selvedge: recorded to out.jfr; "));
        assertEquals(130, process.waitFor());
      }
      assertRecorded(jvm.pid());
    }
  }

  @Test
  void saysInOneLineWhyItCannot() throws Exception {
    var gone = record("999999999");
    assertEquals(3, gone.exitCode());
    assertEquals(1, gone.errLines().size(), gone.err());
    var nowhere = record("999999999", "-o", "nowhere/out.jfr");
    assertEquals(2, nowhere.exitCode());
    assertEquals(
        List.of(
            "selvedge record: cannot write to 'nowhere/out.jfr'; name a file in a folder that is"
                + " there and can be written"),
        nowhere.errLines());
    assertEquals(2, record("1", "--for", "a while").exitCode());
    assertTrue(Files.notExists(folder.resolve("nowhere")));
  }
}
