package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.jr.ob.JSON;

/// `selvedge report` on files.
final class ReportScriptTest {
  @TempDir private static Path folder;

  private static Script.Result report(Object... arguments) throws Exception {
    var line =
        Stream.concat(Stream.of("report"), Stream.of(arguments).map(String::valueOf))
            .toArray(String[]::new);
    return Script.onThisBuild(folder).run(line);
  }

  @Test
  void hasALineForEachPattern() throws Exception {
    var file =
        RecordedFile.of(folder.resolve("pages.jfr"), "page-1", "page-2", "index", "\u001b[2J");
    var result = report(file, "--sort", "name");
    assertEquals("", result.err());
    assertEquals(0, result.exitCode());
    var lines = result.out().lines().toList();
    assertTrue(
        lines.getFirst().matches(".*pages.jfr: 4 tasks in .*, in one process"), result.out());
    assertTrue(lines.get(2).matches("TASKS +count +queued +running .*"), result.out());
    assertTrue(lines.get(3).matches("\\\\u001b\\[\\*J +1 .* 1 +-"), result.out());
    assertTrue(lines.get(4).startsWith("index "), result.out());
    assertTrue(lines.get(5).matches("page-\\* +2 .*"), result.out());
    assertTrue(lines.get(7).startsWith("CRITICAL PATH"), result.out());
  }

  @Test
  void saysHowMuchIsLeftOut() throws Exception {
    var file = RecordedFile.of(folder.resolve("more.jfr"), "a", "b", "c");
    assertTrue(report(file, "--top", 1).out().contains("and 2 more names; --top 0 shows all"));
  }

  @Test
  void printsJson() throws Exception {
    var file = RecordedFile.of(folder.resolve("json.jfr"), "page-1", "</script>");
    var json = JSON.std.mapFrom(report(file, "--json", "--sort", "failed").out());
    assertEquals("selvedge.report/1", json.get("schema"));
    assertEquals(2, json.get("tasks"));
    var first = (Map<?, ?>) ((List<?>) Objects.requireNonNull(json.get("sums"))).getFirst();
    assertEquals("</script>", first.get("name"));
    assertEquals(1, first.get("failed"));
  }

  @Test
  void anUnreadableFileIsOneLineAndExitCode2() throws Exception {
    var file = Files.writeString(folder.resolve("text.jfr"), "text");
    var result = report(file);
    assertEquals(
        List.of(
            "selvedge report: "
                + file
                + " is not a Flight Recorder file; record one with 'selvedge run --record FILE.jfr"
                + " PROGRAM.java'"),
        result.errLines());
    assertEquals(2, result.exitCode());
    assertEquals("", result.out());
  }

  @Test
  void whatCouldNotBeReadIsSaidUnlessQuiet() throws Exception {
    var whole = Files.readAllBytes(RecordedFile.of(folder.resolve("whole.jfr"), "a"));
    var file = folder.resolve("more-behind.jfr");
    Files.write(file, Arrays.copyOf(whole, whole.length + 10));
    assertEquals(
        List.of(
            "selvedge: "
                + file
                + ": the 10 bytes from byte "
                + whole.length
                + " on are no part of a recording"),
        report(file).errLines());
    assertEquals(List.of(), report(file, "-q").errLines());
  }
}
