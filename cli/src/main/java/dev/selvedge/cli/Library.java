package dev.selvedge.cli;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// The module jars that every program sees.
///
/// @param folder where they lie; nothing else lies there
/// @param jars the jars, sorted
record Library(Path folder, List<Path> jars) {

  static Library in(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return new Library(
          folder, files.filter(file -> file.toString().endsWith(".jar")).sorted().toList());
    }
  }

  /// {@return the options, the same for `javac` and `java`, that make the library visible}
  List<String> options() {
    return List.of("-p", folder.toString(), "--add-modules", moduleNames());
  }

  private String moduleNames() {
    return ModuleFinder.of(folder).findAll().stream()
        .map(module -> module.descriptor().name())
        .sorted()
        .collect(Collectors.joining(","));
  }
}
