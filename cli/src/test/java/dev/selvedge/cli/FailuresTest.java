package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FailuresTest {
  @ParameterizedTest
  @CsvSource({
    "run,run",
    "rum,run",
    "rn,run",
    "urn,run",
    "completoin,completion",
    "complete,completion",
    "xyzzy,",
    "r,",
    "'',"
  })
  void suggestsTheWordThatWasProbablyMeant(String word, String meant) {
    assertEquals(
        Optional.ofNullable(meant), Failures.closest(word, Stream.of("run", "completion", "help")));
  }
}
