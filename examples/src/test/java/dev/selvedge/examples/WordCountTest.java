package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WordCountTest {
  private final Example wordCount = Example.named("WordCount");

  @ParameterizedTest
  @ValueSource(strings = {"virtual", "threads:2"})
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
  void refusesWhatIsNotThere(@TempDir Path folder) throws Exception {
    var result = wordCount.run(folder.resolve("nothing").toString());
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result.err());
  }
}
