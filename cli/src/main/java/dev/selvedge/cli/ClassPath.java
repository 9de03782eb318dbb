package dev.selvedge.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The jars and folders that a program needs beside Selvedge.
///
/// @param entries absolute, in order, all there
record ClassPath(List<Path> entries) {

  /// Reads a class path as `java` writes it: entries with the system's separator between them, of
  /// which `folder/*` stands for all jars in that folder.
  static ClassPath parse(String text) throws IOException, CommandFailure {
    var entries = new ArrayList<Path>();
    for (var entry : text.split(File.pathSeparator, -1)) {
      if (entry.equals("*") || entry.endsWith("/*")) {
        entries.addAll(jarsIn(existing(entry.substring(0, entry.length() - 1))));
      } else if (!entry.isEmpty()) {
        entries.add(existing(entry));
      }
    }
    return new ClassPath(List.copyOf(entries));
  }

  private static Path existing(String entry) throws CommandFailure {
    var path = Path.of(entry).toAbsolutePath().normalize();
    if (!Files.isReadable(path)) {
      throw CommandFailure.unusable("cannot read " + entry + ", which is on the class path");
    }
    return path;
  }

  private static List<Path> jarsIn(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /// {@return this path with `more` behind it}
  ClassPath and(ClassPath more) {
    return new ClassPath(Stream.concat(entries.stream(), more.entries.stream()).toList());
  }

  /// {@return every file on this path: the jars, and what is in the folders}
  List<Path> files() throws IOException {
    var files = new ArrayList<Path>();
    for (var entry : entries) {
      try (var below = Files.walk(entry)) {
        below.filter(Files::isRegularFile).sorted().forEach(files::add);
      }
    }
    return files;
  }

  /// {@return this path behind `first`, as `java` wants it}
  String behind(Path first) {
    return Stream.concat(Stream.of(first), entries.stream())
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Override
  public String toString() {
    return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }
}
