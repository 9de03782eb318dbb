package dev.selvedge.cli;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The module jars that every program sees.
///
/// @param folder where they lie; nothing else lies there
/// @param jars the jars, sorted
record Library(Path folder, List<Path> jars) {

  private static final String NATIVE = "dev.selvedge.process";
  private static final String LOOP = "dev.selvedge.loop";

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

  /// {@return the options for `java`} What processes share is faster with native calls, and the
  /// event loop schedules virtual threads itself.
  List<String> launchOptions() {
    List<String> options = new ArrayList<>(options());
    if (names().anyMatch(NATIVE::equals)) {
      options.add("--enable-native-access=" + NATIVE);
    }
    if (names().anyMatch(LOOP::equals)) {
      options.addAll(List.of("--add-opens", "java.base/java.lang=" + LOOP));
    }
    return options;
  }

  private String moduleNames() {
    return names().sorted().collect(Collectors.joining(","));
  }

  private Stream<String> names() {
    return ModuleFinder.of(folder).findAll().stream().map(module -> module.descriptor().name());
  }
}
