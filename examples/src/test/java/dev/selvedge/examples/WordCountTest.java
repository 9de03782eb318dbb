package dev.selvedge.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WordCountTest {
  private final Example wordCount = Example.named("WordCount");

  @ParameterizedTest
  @ValueSource(strings = {"virtual", "threads:2", "loop", "processes:2"})
  void countsOnEveryPool(String pool, @TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("A.java"), "one two two 3three $_x");
    Files.writeString(folder.resolve("B.java"), "two\tthree.one");
    Files.writeString(folder.resolve("not-counted.txt"), "two two two");
    var result = wordCount.run("--json", "--pool", pool, folder.toString());
    assertEquals(0, result.exitCode(), result.err());
    var expected =
        "\\{\"files\":2,\"words\":8,\"top\":\\[\\{\"word\":\"two\",\"count\":3\\},"
            + "\\{\"word\":\"one\",\"count\":2\\},\\{\"word\":\"three\",\"count\":2\\},"
            + "\\{\"word\":\"\\$_x\",\"count\":1\\}\\],\"elapsedMillis\":\\d+,\"pool\":\".+\"\\}";
    assertTrue(result.out().strip().matches(expected), result.out());
  }

  @Test
  void countsTheEntriesOfAZip(@TempDir Path folder) throws Exception {
    var zip = folder.resolve("words.zip");
    try (var entries = new ZipOutputStream(Files.newOutputStream(zip))) {
      entries.putNextEntry(new ZipEntry("a/A.java"));
      entries.write("one two two".getBytes(UTF_8));
      entries.putNextEntry(new ZipEntry("not-counted.txt"));
      entries.write("two two two".getBytes(UTF_8));
    }
    var result = wordCount.run(zip.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().contains("1 files, 3 words"), result.out());
  }

  @Test
  void anEmptyFolderHasNoWords(@TempDir Path folder) throws Exception {
    var result = wordCount.run("--json", folder.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().startsWith("{\"files\":0,\"words\":0,\"top\":[],"), result.out());
  }

  @Test
  void refusesWhatItCannotRead(@TempDir Path folder) throws Exception {
    var missing = folder.resolve("nothing");
    assertRefused(
        "cannot read " + missing + ": there is no such file or folder", missing.toString());
    var broken = Files.writeString(folder.resolve("broken.zip"), "no zip");
    assertRefused("cannot read " + broken + ": zip END header not found", broken.toString());
    assertRefused(
        "there is no pool 'nonsense'; there are virtual, threads:N, loop[:portable], loops,"
            + " processes:N",
        "--pool=nonsense");
    assertRefused("unknown option --jsno; see --help", "--jsno");
  }

  /// A file that is there, may be read, and fails in the middle of it: reported by a task.
  @Test
  void namesTheFileThatFailsWhileItIsCounted() throws Exception {
    var file = Path.of("/proc/self/mem");
    assumeTrue(Files.isReadable(file), "not Linux");
    assertRefused("cannot read " + file + ": Input/output error", file.toString());
  }

  private void assertRefused(String message, String... arguments) throws Exception {
    var result = wordCount.run(arguments);
    assertEquals(List.of("WordCount: " + message), result.err().lines().toList());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }
}
