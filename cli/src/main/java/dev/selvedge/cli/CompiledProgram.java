package dev.selvedge.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A program whose classes are ready.
///
/// @param folder the program's folder in the cache
/// @param mainClass the binary name of the class with the `main` method
/// @param sources the absolute paths of all sources that went into it
record CompiledProgram(Path folder, String mainClass, Set<Path> sources) {

  /// {@return where the classes of a program lie, given its folder}
  static Path classesIn(Path folder) {
    return folder.resolve("classes");
  }

  /// {@return the arguments of `java` that run this program}
  Launch launch(Library library, ClassPath classPath) {
    var arguments = new ArrayList<>(ProgramFlags.all());
    arguments.addAll(library.launchOptions());
    arguments.addAll(List.of("-cp", classPath.behind(classesIn(folder)), mainClass));
    return new Launch(folder, List.copyOf(arguments));
  }
}
