package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelsTest {
  private static final Pattern MODEL =
      Pattern.compile(
          "\\{\"model\":\"([^\"]+)\",\"error\":([^,]+),\"worst\":([^,]+),\"r2\":([^}]+)\\}");

  private final Example models = Example.named("Models");

  /// Java prints a double with as many digits as tell it from all others; so equal text means equal
  /// bits.
  @ParameterizedTest
  @ValueSource(strings = {"threads:2", "virtual"})
  void givesTheSameBitsOnThreadsAsInProcesses(String pool) throws Exception {
    assertEquals(json("processes:2", 300, 15), json(pool, 300, 15));
  }

  @Test
  void findsModelsThatForetellAndPutsTheBestFirst() throws Exception {
    List<Score> scores = scores(json("threads:2", 1_000, 9));
    assertEquals(9, scores.stream().map(Score::model).distinct().count());
    for (int i = 0; i < scores.size(); i++) {
      var score = scores.get(i);
      assertTrue(i == 0 || score.error() >= scores.get(i - 1).error(), score.toString());
      assertTrue(score.worst() >= score.error(), score.toString());
      assertTrue(score.r2() > 0.9 && score.r2() < 1, score.toString());
    }
    // Of the same family, products of features tell more than the features alone.
    assertTrue(
        error(scores, "quadratic ridge, penalty 0.001")
            < error(scores, "linear ridge, penalty 0.001"),
        scores.toString());
  }

  @Test
  void printsATableOfTheBest() throws Exception {
    var result = models.run("--rows", "200", "--models", "30", "--pool", "threads:2");
    assertEquals(0, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertEquals(12, lines.size(), result.out());
    assertEquals("   error    worst       R²  model", lines.getFirst());
    assertTrue(
        lines
            .getLast()
            .matches(
                "30 models, 150 fits, 200 rows of 13 numbers in 20 KiB of shared memory, "
                    + ".* s, pool threads:2"),
        lines.getLast());
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    assertRefused("unknown option --jsno; see --help", "--jsno");
    assertRefused("--rows needs a value; see --help", "--rows");
    assertRefused("--models takes a number from 1 to 60, and got '61'", "--models", "61");
    assertRefused(
        "there is no pool 'nonsense'; there are virtual, threads:N, loop[:portable], loops,"
            + " processes:N",
        "--pool",
        "nonsense");
  }

  private void assertRefused(String message, String... arguments) throws Exception {
    var result = models.run(arguments);
    assertEquals(List.of("Models: " + message), result.err().lines().toList());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }

  /// {@return what it prints up to the time that it took}
  private String json(String pool, int rows, int count) throws Exception {
    var result = models.run("--json", "--pool", pool, "--rows", "" + rows, "--models", "" + count);
    assertEquals(0, result.exitCode(), result.err());
    var end = ",\"elapsedMillis\":\\d+,\"pool\":\"" + pool + "\"\\}\n";
    assertTrue(result.out().matches(".*" + end), result.out());
    return result.out().replaceFirst(end, "");
  }

  private record Score(String model, double error, double worst, double r2) {}

  private static List<Score> scores(String json) {
    return MODEL
        .matcher(json)
        .results()
        .map(
            found ->
                new Score(
                    found.group(1),
                    Double.parseDouble(found.group(2)),
                    Double.parseDouble(found.group(3)),
                    Double.parseDouble(found.group(4))))
        .toList();
  }

  private static double error(List<Score> scores, String model) {
    return scores.stream().filter(s -> s.model().equals(model)).findFirst().orElseThrow().error();
  }
}
