package dev.selvedge.verify.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The files of this repository. Tests run in their module's folder.
final class Repository {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Repository() {}

  /// {@return the text of each source of each module}
  static Map<Path, String> sources() {
    Map<Path, String> sources = new TreeMap<>();
    for (Path module : list(ROOT)) {
      Path folder = module.resolve("src");
      if (Files.isDirectory(folder)) {
        walk(folder).stream()
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> sources.put(file, read(file)));
      }
    }
    return sources;
  }

  /// {@return the pages for people: those at the root and all below `docs/`}
  static List<Path> pages() {
    return Stream.concat(list(ROOT).stream(), walk(ROOT.resolve("docs")).stream())
        .filter(file -> file.toString().endsWith(".md"))
        .collect(Collectors.toList());
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> walk(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
