package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.jr.ob.JSON;

/// `selvedge timeline` on files.
final class TimelineScriptTest {
  @TempDir private static Path folder;

  private static Script.Result timeline(Path recording, Path output, String... options)
      throws Exception {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("timeline", recording.toString(), "-o", output.toString()));
    line.addAll(List.of(options));
    return Script.onThisBuild(folder).run(line.toArray(String[]::new));
  }

  @Test
  void writesAPage() throws Exception {
    var output = folder.resolve("out.html");
    var result = timeline(RecordedFile.of(folder.resolve("a.jfr"), "a", "b"), output);
    assertEquals(List.of("selvedge: 2 tasks in " + output), result.errLines());
    assertEquals("", result.out());
    assertEquals(0, result.exitCode());
    assertTrue(Files.readString(output).startsWith("<!doctype html>"));
  }

  @Test
  void writesATrace() throws Exception {
    var output = folder.resolve("out.json");
    var result = timeline(RecordedFile.of(folder.resolve("b.jfr"), "a", "b"), output, "-q");
    assertEquals("", result.err());
    assertEquals(0, result.exitCode());
    assertTrue(JSON.std.mapFrom(Files.readString(output)).containsKey("traceEvents"));
  }

  @Test
  void anUnknownFormatIsOneLineAndExitCode2() throws Exception {
    var output = folder.resolve("out.svg");
    var result = timeline(folder.resolve("nowhere.jfr"), output);
    assertEquals(
        List.of(
            "selvedge timeline: what "
                + output
                + " shall be is not clear; end its name in .html or .json"),
        result.errLines());
    assertEquals(2, result.exitCode());
  }

  @Test
  void anUnreadableFileLeavesNoPage() throws Exception {
    var output = folder.resolve("none.html");
    var result = timeline(folder.resolve("nowhere.jfr"), output);
    assertTrue(result.err().contains("nowhere.jfr does not exist"), result.err());
    assertEquals(2, result.exitCode());
    assertFalse(Files.exists(output));
  }

  @Test
  void whatCannotBeWrittenIsOneLineAndExitCode2() throws Exception {
    var output = folder.resolve("no/such/folder/out.html");
    var result = timeline(RecordedFile.of(folder.resolve("c.jfr"), "a"), output);
    assertEquals(1, result.errLines().size(), result.err());
    assertTrue(result.err().startsWith("selvedge timeline: cannot write " + output), result.err());
    assertEquals(2, result.exitCode());
  }
}
