package dev.selvedge.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What holds for every example, whatever it does.
final class ExamplesTest {
  /// {@return a test for each source file in the folder of examples}
  @TestFactory
  Stream<DynamicTest> hasHelp() throws IOException {
    try (var files = Files.list(Example.folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .sorted()
          .map(name -> DynamicTest.dynamicTest(name, () -> assertHasHelp(name)))
          .toList()
          .stream();
    }
  }

  private static void assertHasHelp(String name) throws Exception {
    var result = Example.named(name).run("--help");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(!result.out().isBlank(), "--help says nothing");
  }
}
