package dev.selvedge.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// A program as the user names it.
///
/// @param source the source file with the `main` method, as the user wrote it
/// @param classPath what it needs beside Selvedge
/// @param preview whether it may use the JDK's preview features
record Program(Path source, ClassPath classPath, boolean preview) {

  /// Refuses what cannot be a program's source, each with its own reason.
  static void requireReadable(Path source) throws CommandFailure {
    if (source.toString().isEmpty()) {
      throw CommandFailure.unusable("the name of the source file is empty");
    }
    if (!Files.exists(source)) {
      throw CommandFailure.unusable("cannot read " + source + ": there is no such file");
    }
    if (Files.isDirectory(source)) {
      throw CommandFailure.unusable("cannot run " + source + ": it is a folder, not a source file");
    }
    if (!source.toString().endsWith(".java")) {
      throw CommandFailure.unusable("cannot run " + source + ": its name does not end in .java");
    }
    if (!Files.isReadable(source)) {
      throw CommandFailure.unusable("cannot read " + source + ": permission denied");
    }
  }
}
