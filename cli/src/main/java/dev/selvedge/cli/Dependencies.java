package dev.selvedge.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The libraries that a program asks for in lines of its own, as in JBang: `//DEPS
/// com.example:library:1.2`.
///
/// Maven finds them, with what they need in turn, so that its settings, mirrors and local
/// repository hold here too. What it found is kept, since starting it takes seconds.
///
/// @param coordinates group, artifact and version of each, with colons between them
record Dependencies(List<String> coordinates) {
  private static final Pattern LINE = Pattern.compile("(?m)^// ?DEPS\\s+(.*)$");
  private static final Pattern COORDINATES = Pattern.compile("([\\w.-]+):([\\w.-]+):([\\w.-]+)");

  private static final String GOAL =
      "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath";

  /// Reads the lines of a source file.
  ///
  /// @throws CommandFailure if one names something else than a library and its version
  static Dependencies of(Path source) throws IOException, CommandFailure {
    var coordinates = new ArrayList<String>();
    var text = Files.readString(source, StandardCharsets.ISO_8859_1); // takes any bytes
    for (var line : LINE.matcher(text).results().toList()) {
      for (var word : line.group(1).strip().split("\\s+", -1)) {
        if (!COORDINATES.matcher(word).matches()) {
          throw CommandFailure.unusable(
              source + ": //DEPS takes group:artifact:version, and got '" + word + "'");
        }
        coordinates.add(word);
      }
    }
    return new Dependencies(List.copyOf(coordinates));
  }

  /// {@return the jars: from the cache if they are still there, otherwise as Maven finds them}
  ///
  /// @throws CommandFailure if it cannot find them
  ClassPath resolve(Path cache, PrintWriter err) throws IOException, CommandFailure {
    if (coordinates.isEmpty()) {
      return new ClassPath(List.of());
    }
    var hash = new ContentHash();
    coordinates.forEach(hash::text);
    var kept = cache.toAbsolutePath().resolve("dependencies").resolve(hash.value());
    if (Files.exists(kept)) {
      try {
        return ClassPath.parse(Files.readString(kept));
      } catch (CommandFailure gone) {
        // somebody has emptied the local repository
      }
    }
    err.println("selvedge run: asking Maven for " + String.join(", ", coordinates));
    err.flush();
    var found = askMaven();
    var classPath = ClassPath.parse(found);
    Files.createDirectories(kept.getParent());
    ProgramCache.write(kept, found);
    return classPath;
  }

  private String askMaven() throws IOException, CommandFailure {
    var folder = Files.createTempDirectory("selvedge-dependencies");
    try {
      var pom = Files.writeString(folder.resolve("pom.xml"), pom());
      var found = folder.resolve("class-path");
      var said = folder.resolve("said");
      var command =
          List.of("mvn", "-B", "-q", "-f", pom.toString(), GOAL, "-Dmdep.outputFile=" + found);
      var maven =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
      maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
      if (exitCode(maven) != 0) {
        throw CommandFailure.unusable("Maven says: " + reason(Files.readString(said)));
      }
      return Files.readString(found).strip();
    } finally {
      ProgramCache.delete(folder);
    }
  }

  private int exitCode(ProcessBuilder maven) throws CommandFailure {
    try {
      return maven.start().waitFor();
    } catch (IOException e) {
      throw CommandFailure.unusable(
          "needs Maven to find "
              + String.join(", ", coordinates)
              + ", and found no mvn on the PATH: install it, or take out the line //DEPS and name"
              + " the jars with -cp");
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts the only thread", e);
    }
  }

  /// {@return the first line in which Maven complains}
  private static String reason(String said) {
    return said.lines()
        .filter(line -> line.startsWith("[ERROR] "))
        .map(line -> line.substring("[ERROR] ".length()))
        .findFirst()
        .orElse(said.strip());
  }

  private String pom() {
    return coordinates.stream()
        .map(Dependencies::element)
        .collect(
            Collectors.joining(
                "\n",
                """
                <project>
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>selvedge</groupId>
                  <artifactId>program</artifactId>
                  <version>1</version>
                  <dependencies>
                """,
                """

                  </dependencies>
                </project>
                """));
  }

  private static String element(String coordinates) {
    var parts = COORDINATES.matcher(coordinates);
    if (!parts.matches()) {
      throw new AssertionError("checked when it was read");
    }
    return "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>"
        .formatted(parts.group(1), parts.group(2), parts.group(3));
  }
}
