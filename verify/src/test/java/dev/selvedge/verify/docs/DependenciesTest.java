package dev.selvedge.verify.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/dependencies.md` has each dependency and plugin of the root POM, and each library that an
/// example names, in its version.
final class DependenciesTest {
  private static final Pattern ARTIFACT =
      Pattern.compile("<artifactId>([^<]+)</artifactId>\\s*<version>([^<]+)</version>");
  private static final Pattern LIBRARY = Pattern.compile("(?m)^// ?DEPS \\S+:(\\S+):(\\S+)$");
  private static final Pattern PROPERTY = Pattern.compile("<([\\w.-]+)>([^<]*)</\\1>");

  @Test
  void hasEachDependencyAndPluginInItsVersion() {
    var pom = Repository.read(Repository.ROOT.resolve("pom.xml"));
    var page = Repository.read(Repository.ROOT.resolve("docs/dependencies.md"));
    Map<String, String> properties = new TreeMap<>();
    PROPERTY.matcher(pom).results().forEach(p -> properties.put(p.group(1), p.group(2)));
    List<String> missing =
        ARTIFACT
            .matcher(pom)
            .results()
            .filter(found -> !found.group(1).startsWith("selvedge-"))
            .map(found -> new String[] {name(found.group(1)), value(found.group(2), properties)})
            .filter(found -> page.lines().noneMatch(line -> isRow(line, found[0], found[1])))
            .map(found -> found[0] + " " + found[1])
            .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  void hasEachLibraryOfAnExampleInItsVersion() throws IOException {
    var page = Repository.read(Repository.ROOT.resolve("docs/dependencies.md"));
    try (Stream<Path> examples = Files.list(Repository.ROOT.resolve("examples"))) {
      List<String> libraries =
          examples
              .filter(file -> file.toString().endsWith(".java"))
              .flatMap(file -> LIBRARY.matcher(Repository.read(file)).results())
              .filter(
                  found ->
                      page.lines().noneMatch(line -> isRow(line, found.group(1), found.group(2))))
              .map(found -> found.group())
              .toList();
      assertEquals(List.of(), libraries);
    }
  }

  /// The page says which of JUnit's modules is used, the POM imports their BOM.
  private static String name(String artifact) {
    return artifact.equals("junit-bom") ? "junit-jupiter" : artifact;
  }

  private static String value(String version, Map<String, String> properties) {
    return version.startsWith("${")
        ? properties.getOrDefault(version.substring(2, version.length() - 1), version)
        : version;
  }

  private static boolean isRow(String line, String artifact, String version) {
    return line.startsWith("| ")
        && Pattern.compile("[:`]" + Pattern.quote(artifact) + "`").matcher(line).find()
        && line.contains("| " + version + " |");
  }
}
