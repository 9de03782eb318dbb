package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FibonacciFilesTest {
  private final Example fibonacci = Example.named("FibonacciFiles");

  /// The program computes by fast doubling, this test by adding up.
  @ParameterizedTest
  @CsvSource({"processes:2,virtual,virtual", "threads:2,processes:2,threads:1"})
  void writesEachNumberAndOneLineForIt(
      String compute, String write, String read, @TempDir Path folder) throws Exception {
    var result =
        fibonacci.run(
            "--compute", compute, "--write", write, "--read", read, "--count", "50", "" + folder);
    assertEquals(0, result.exitCode(), result.err());
    var lines = new ArrayList<>(List.of("ordinal,digits,first,last,crc32"));
    for (int ordinal : IntStream.range(0, 50).map(k -> 10_000 + 97 * k).toArray()) {
      var digits = byAdding(ordinal).toString();
      assertEquals(digits + "\n", Files.readString(folder.resolve("F" + ordinal + ".txt")));
      lines.add(line(ordinal, digits));
    }
    assertEquals(lines, Files.readAllLines(folder.resolve("fibonacci.csv")));
    assertEquals(51, count(folder));
    var said = result.out().lines().toList();
    assertTrue(
        said.get(0).matches("computed on " + compute + " and written on " + write + " in .* s"),
        result.out());
    assertTrue(said.get(1).matches("read on " + read + " in .* s"), result.out());
    assertTrue(
        said.get(2).matches("50 numbers, .* s: \\Q" + folder + "\\E/fibonacci.csv"), result.out());
  }

  private static BigInteger byAdding(int ordinal) {
    var current = BigInteger.ZERO;
    var next = BigInteger.ONE;
    for (int i = 0; i < ordinal; i++) {
      var sum = current.add(next);
      current = next;
      next = sum;
    }
    return current;
  }

  private static String line(int ordinal, String digits) {
    var crc = new CRC32();
    digits.chars().forEach(crc::update);
    return "%d,%d,%s,%s,%08x"
        .formatted(
            ordinal,
            digits.length(),
            digits.substring(0, 10),
            digits.substring(digits.length() - 10),
            crc.getValue());
  }

  private static long count(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void makesAFolderOfItsOwnAndKnowsTheSmallest() throws Exception {
    var result =
        fibonacci.run("--compute", "virtual", "--first", "0", "--step", "1", "--count", "13");
    assertEquals(0, result.exitCode(), result.err());
    var table = Path.of(result.out().strip().replaceFirst("(?s).* s: ", ""));
    var lines = Files.readAllLines(table);
    assertEquals(14, lines.size());
    assertTrue(lines.get(1).startsWith("0,1,0,0,"), lines.get(1));
    assertTrue(lines.get(13).startsWith("12,3,144,144,"), lines.get(13));
    for (int ordinal = 0; ordinal < 13; ordinal++) {
      Files.delete(table.resolveSibling("F" + ordinal + ".txt"));
    }
    Files.delete(table);
    Files.delete(table.getParent());
  }

  @Test
  void leavesWhatExistsAlone(@TempDir Path folder) throws Exception {
    var mine = Files.writeString(folder.resolve("F10097.txt"), "mine");
    assertRefused(
        mine + " exists, and is not overwritten; remove it or name another folder",
        folder.toString());
    assertEquals("mine", Files.readString(mine));
    assertEquals(1, count(folder));
  }

  @Test
  void namesTheNumberThatItCannotReadAndTablesTheRest(@TempDir Path folder) throws Exception {
    var broken = Files.writeString(folder.resolve("F7.txt"), "thirteen");
    var result = fibonacci.run("--compute", "threads:1", "--count", "3", folder.toString());
    assertEquals(
        "FibonacciFiles: F(7): java.io.IOException: "
            + broken
            + " has something else than a number in it\n",
        result.err());
    assertEquals(1, result.exitCode());
    assertEquals(4, Files.readAllLines(folder.resolve("fibonacci.csv")).size());
  }

  @Test
  void namesTheNumbersThatItCannotWrite() throws Exception {
    var nowhere = Path.of("/proc");
    assumeTrue(Files.isDirectory(nowhere), "not Linux");
    var result = fibonacci.run("--compute", "threads:1", "--count", "12", nowhere.toString());
    var lines = result.err().lines().toList();
    assertEquals(12, lines.size(), result.err());
    assertTrue(lines.get(0).startsWith("FibonacciFiles: F(10000): "), result.err());
    assertTrue(lines.get(9).startsWith("FibonacciFiles: F(10873): "), result.err());
    assertEquals("FibonacciFiles: and 2 more numbers failed", lines.get(10));
    assertTrue(lines.get(11).endsWith(": /proc/fibonacci.csv"), result.err());
    assertEquals(1, result.exitCode());
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    assertRefused("unknown option --nonsense; see --help", "--nonsense");
    assertRefused("--count takes a number from 1 on, and got 'many'", "--count", "many");
    assertRefused(
        "F(10000097) has too many digits; ordinals go to 10000000, so choose other --first, --step"
            + " and --count",
        "--first",
        "10000000",
        "--count",
        "2");
    assertRefused(
        "there is no pool 'nonsense'; there are virtual, threads:N, loop[:portable], loops,"
            + " processes:N",
        "--read",
        "nonsense");
  }

  private void assertRefused(String message, String... arguments) throws Exception {
    var result = fibonacci.run(arguments);
    assertEquals(List.of("FibonacciFiles: " + message), result.err().lines().toList());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }
}
