package dev.selvedge.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The arguments of `java` that run a compiled program, up to its main class; the script puts the
/// user's own JVM flags in front and the program's arguments behind.
///
/// @param program the program's folder in the cache
/// @param arguments flags, module path, class path and main class
record Launch(Path program, List<String> arguments) {

  /// Writes this launch in one step; the folder is made if need be.
  void writeTo(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    ProgramCache.write(file, text());
  }

  /// Each part ends with NUL, the one character that no argument can hold.
  private String text() {
    return Stream.concat(Stream.of(program.toString()), arguments.stream())
        .map(part -> part + "\0")
        .collect(Collectors.joining());
  }
}
