package dev.selvedge.verify.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// `docs/curriculum.md` has each promise once, and what it refers to exists.
final class CurriculumTest {
  private static final int PROMISES = 43;
  private static final String NOT_YET = "not yet";
  private static final Pattern TEST = Pattern.compile("`(\\w+Test|\\w+Contract)(?:\\.(\\w+))?`");
  private static final Pattern PATH =
      Pattern.compile("`((?:examples|docs|tools|verify)/[\\w./-]+)`");

  private final List<String[]> rows =
      Repository.read(Repository.ROOT.resolve("docs/curriculum.md"))
          .lines()
          .filter(line -> line.startsWith("| C"))
          .map(line -> line.substring(1, line.length() - 1).split("\\|"))
          .map(cells -> Arrays.stream(cells).map(String::strip).toArray(String[]::new))
          .toList();

  @Test
  void hasEachPromiseOnceAndInOrder() {
    assertEquals(
        IntStream.rangeClosed(1, PROMISES).mapToObj("C%02d"::formatted).toList(),
        rows.stream().map(row -> row[0]).toList());
  }

  @Test
  void saysOfEachWhatShowsItOrNotYet() {
    for (String[] row : rows) {
      assertEquals(5, row.length, () -> row[0] + ": id, promise, example, test, chapter");
      for (String cell : row) {
        assertEquals(false, cell.isEmpty(), () -> row[0] + " has an empty cell");
      }
      assertEquals(
          row[3].equals(NOT_YET) || TEST.matcher(row[3]).find(),
          true,
          () -> row[0] + " names a test or says 'not yet': " + row[3]);
      assertEquals(
          row[4].equals(NOT_YET) || row[4].contains("](guide/"),
          true,
          () -> row[0] + " links to a chapter or says 'not yet': " + row[4]);
    }
  }

  @Test
  void everyTestThatItNamesExists() {
    Map<String, String> texts = new TreeMap<>();
    Repository.sources()
        .forEach(
            (file, text) -> texts.put(file.getFileName().toString().replace(".java", ""), text));
    List<String> missing = new ArrayList<>();
    for (String[] row : rows) {
      TEST.matcher(row[3])
          .results()
          .filter(
              test ->
                  !texts.containsKey(test.group(1))
                      || (test.group(2) != null
                          && !texts.get(test.group(1)).contains(" " + test.group(2) + "(")))
          .forEach(test -> missing.add(row[0] + ": " + test.group()));
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void everyFileThatItNamesExists() {
    List<String> missing = new ArrayList<>();
    for (String[] row : rows) {
      for (String cell : row) {
        PATH.matcher(cell)
            .results()
            .filter(path -> !Files.exists(Repository.ROOT.resolve(path.group(1))))
            .forEach(path -> missing.add(row[0] + ": " + path.group()));
      }
    }
    assertEquals(List.of(), missing);
  }
}
