package dev.selvedge.process.internal;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What Linux says of a process, or of one of its threads, in `/proc/…/stat`.
///
/// @param state the letter of its state
/// @param flags the kernel's own flags
/// @param start when it started, in ticks since the machine did
record ProcessStat(char state, long flags, long start) {
  /// The kernel's flag of a thread that has begun to exit: it will never run user code again.
  private static final long EXITING = 0x4;

  /// Longer than any line there.
  private static final int LINE = 1024;

  private static final int FLAGS = 6; // field 9; the third, the state, is number 0 here
  private static final int START = 19; // field 22

  /// {@return what is said of this process, or null where there is no `/proc`}
  static @Nullable ProcessStat own() {
    try {
      return read(Path.of("/proc/self/stat"));
    } catch (IOException e) {
      return null;
    }
  }

  /// {@return what is said of a process}
  ///
  /// @throws IOException if there is no such process, or it cannot be read
  static ProcessStat of(long pid) throws IOException {
    return read(folder(pid).resolve("stat"));
  }

  /// {@return whether a process is known not to exist} A failed [#of] alone does not say so: there
  /// may have been too many open files.
  static boolean isAbsent(long pid) {
    return Files.notExists(folder(pid));
  }

  /// {@return the memory of a process that is in RAM, in bytes, or 0 if it is not known}
  static long residentBytes(long pid) {
    try (Stream<String> lines = Files.lines(folder(pid).resolve("status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1_024)
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  /// {@return whether this process or thread will not run user code again}
  boolean isEnding() {
    return (flags & EXITING) != 0 || state == 'Z' || state == 'X';
  }

  /// {@return whether all threads of a process will not run user code again}
  ///
  /// That is some milliseconds before a killed JVM becomes a zombie, as its memory is taken down
  /// first. The first thread alone would not do: it may have ended by itself while others go on.
  static boolean areAllThreadsEnding(long pid) throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(folder(pid).resolve("task"))) {
      for (Path thread : threads) {
        if (!isThreadEnding(thread)) {
          return false;
        }
      }
      return true;
    } catch (NotDirectoryException e) {
      return true;
    }
  }

  private static boolean isThreadEnding(Path thread) throws IOException {
    try {
      return read(thread.resolve("stat")).isEnding();
    } catch (IOException e) {
      if (Files.notExists(thread)) {
        return true;
      }
      throw e;
    }
  }

  private static Path folder(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }

  private static ProcessStat read(Path file) throws IOException {
    byte[] line = new byte[LINE];
    int length;
    try (InputStream in = new FileInputStream(file.toFile())) {
      length = in.readNBytes(line, 0, LINE);
    }
    return parse(new String(line, 0, length, StandardCharsets.ISO_8859_1));
  }

  /// The second field is the command in brackets, in which there may be anything.
  private static ProcessStat parse(String line) throws IOException {
    String[] fields = line.substring(line.lastIndexOf(')') + 1).trim().split(" ", START + 2);
    if (fields.length <= START) {
      throw new IOException("not the line of a process: " + line);
    }
    return new ProcessStat(
        fields[0].charAt(0), Long.parseLong(fields[FLAGS]), Long.parseLong(fields[START]));
  }
}
