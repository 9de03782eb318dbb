package dev.selvedge.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// The compiled programs of one user, each in a folder named by its content, so that equal programs
/// share their classes and a changed program never disturbs one that runs.
///
/// ```
/// programs/KEY/classes/      the classes
/// programs/KEY/used          touched by each launch; a program not used for long is removed
/// programs/KEY/RECORD.sum    the checksums that the script checks before it repeats a launch
/// launches/RECORD            the launch to repeat, see Launch
/// ```
///
/// Any number of processes use the cache at the same time, without locks: everything is made under
/// a name of its own and renamed into place, and if another process was faster its result is as
/// good.
final class ProgramCache {
  /// Changes whenever the layout or the way of compiling changes.
  private static final String FORMAT = "1";

  private static final Duration KEPT = Duration.ofDays(90);
  private static final Duration UNFINISHED_KEPT = Duration.ofDays(1);

  /// A class path with more files than this is compiled against each time: checking it costs more.
  private static final int MAX_RECORDED_FILES = 2_000;

  /// How far the file system's clock may lag behind the one that we read.
  private static final Duration CLOCK_TICK = Duration.ofMillis(20);

  private static final int MAX_ATTEMPTS = 3;

  private final Path programs;

  ProgramCache(Path folder) {
    this.programs = folder.toAbsolutePath().resolve("programs");
  }

  /// Compiles the program and moves its classes to the folder of their key.
  CompiledProgram compile(Program program, Library library, PrintWriter err)
      throws IOException, CommandFailure {
    prune();
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      var fresh = createFresh();
      try {
        var started = Instant.now();
        var output =
            new ProgramCompiler(program, library, err).compile(CompiledProgram.classesIn(fresh));
        Files.createFile(fresh.resolve("used"));
        var key = key(program, library, output);
        if (!changedSince(started, output)) {
          var folder = moveIntoPlace(fresh, programs.resolve(key));
          return new CompiledProgram(folder, output.mainClass(), output.sources());
        }
      } finally {
        delete(fresh);
      }
    }
    throw CommandFailure.unusable(program.source() + " changes while it is being compiled");
  }

  /// Whether the compiler may have read another text than the one that the key was made of.
  private static boolean changedSince(Instant started, ProgramCompiler.Output output) {
    return output.sources().stream()
        .map(ProgramCache::lastModified)
        .anyMatch(time -> time == null || time.isAfter(started.minus(CLOCK_TICK)));
  }

  private Path createFresh() throws IOException, CommandFailure {
    try {
      Files.createDirectories(programs);
      var fresh = Files.createTempDirectory(programs, "new-");
      Files.createDirectory(CompiledProgram.classesIn(fresh));
      return fresh;
    } catch (IOException e) {
      throw CommandFailure.unusable(
          "cannot write to " + programs + "; set XDG_CACHE_HOME to a folder that can be written");
    }
  }

  private static String key(Program program, Library library, ProgramCompiler.Output output)
      throws IOException {
    var hash = new ContentHash();
    hash.text(FORMAT);
    hash.text(System.getProperty("java.runtime.version"));
    hash.text(program.preview() ? "preview" : "");
    hash.text(output.mainClass());
    hash.files(library.jars());
    hash.text(program.classPath().toString());
    hash.files(program.classPath().files());
    hash.files(output.sources());
    return hash.value();
  }

  private static Path moveIntoPlace(Path fresh, Path target) throws IOException {
    try {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.isDirectory(target)) {
        throw e;
      }
      Files.setLastModifiedTime(target.resolve("used"), FileTime.from(Instant.now()));
    }
    return target;
  }

  /// Records the launch at `record`, together with the checksums of all that was compiled, so that
  /// the script can tell whether it still holds.
  void record(Launch launch, CompiledProgram compiled, Program program, Path record)
      throws IOException {
    var inputs = new ArrayList<>(compiled.sources());
    inputs.addAll(program.classPath().files());
    // sha256sum -c reads neither of these characters as itself.
    var readable = inputs.stream().noneMatch(p -> p.toString().matches("(?s).*[\\\\\n].*"));
    if (!readable || inputs.size() > MAX_RECORDED_FILES) {
      return;
    }
    var lines = new StringBuilder();
    for (var input : inputs) {
      lines.append(ContentHash.of(input)).append("  ").append(input).append('\n');
    }
    write(compiled.folder().resolve(record.getFileName() + ".sum"), lines.toString());
    launch.writeTo(record);
  }

  /// Writes a text in one step: a reader sees all of it or what was there before.
  static void write(Path file, String text) throws IOException {
    var fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Removes what was not used for long. Another process may do the same at this moment, so a file
  /// that is gone already is no failure, and neither is one that cannot be removed.
  private void prune() throws IOException {
    if (!Files.isDirectory(programs)) {
      return;
    }
    var now = Instant.now();
    try (var folders = Files.list(programs)) {
      for (var folder : (Iterable<Path>) folders::iterator) {
        if (isOutdated(folder, now)) {
          delete(folder);
        }
      }
    }
  }

  private static boolean isOutdated(Path folder, Instant now) {
    var finished = Files.exists(folder.resolve("used"));
    var touched = lastModified(finished ? folder.resolve("used") : folder);
    return touched != null && touched.isBefore(now.minus(finished ? KEPT : UNFINISHED_KEPT));
  }

  private static @Nullable Instant lastModified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException e) {
      return null;
    }
  }

  /// Deletes a folder with all that is in it; it may be gone already.
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
