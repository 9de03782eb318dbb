package dev.selvedge.process.internal;

import dev.selvedge.Task;
import dev.selvedge.process.ProcessOptions;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The command that starts a worker: this JVM's own `java`, class path and module path.
///
/// **The order of the class path.** An AOT cache is taken only if the class path begins with the
/// jars that it was made with, and these must not be folders. So the library's own jars come first,
/// if they are jars; they are the ones of which most classes are loaded. With modules it is the
/// module path that counts.
final class WorkerCommand {
  private static final String MODULE = "dev.selvedge.process";
  private static final boolean MODULAR = WorkerCommand.class.getModule().isNamed();

  private static final Path SHELL = Path.of("/bin/sh");

  /// A key for the interrupt (Ctrl-C) in a terminal reaches all processes there, and would end the
  /// workers before this program can use them to end in order. A JVM leaves a signal ignored that
  /// was ignored when it started, and so do the programs that a worker starts.
  ///
  /// (Tried: `-Xrs` lets the interrupt kill the JVM, and takes the hooks of an end by SIGTERM away;
  /// a handler set by the worker comes when most of its start is over.)
  private static final List<String> DEAF =
      Files.isExecutable(SHELL)
          ? List.of(SHELL.toString(), "-c", "trap '' INT; exec \"$@\"", "worker")
          : List.of();

  private WorkerCommand() {}

  /// {@return the command}
  static List<String> of(ProcessOptions options) {
    return of(options, WorkerMain.class);
  }

  /// {@return the command that starts another program of this library}
  static List<String> of(ProcessOptions options, Class<?> main) {
    AotCache cache = cache(options);
    List<String> command = new ArrayList<>(DEAF);
    command.addAll(java(options));
    Path file = cache == null ? null : cache.file();
    if (file != null) {
      command.add("-XX:AOTCache=" + file);
    }
    List<Path> before = new ArrayList<>(MODULAR ? List.of() : jars());
    before.addAll(options.classPath());
    command.addAll(program(before, System.getProperty("java.class.path", ""), main));
    return command;
  }

  /// {@return the AOT cache for such workers, which may not exist yet, or null if there cannot be
  /// one}
  static @Nullable AotCache cache(ProcessOptions options) {
    List<Path> jars = MODULAR ? modules() : jars();
    if (jars.isEmpty() || !jars.stream().allMatch(jar -> jar.toString().endsWith(".jar"))) {
      return null;
    }
    List<String> training = java(options);
    training.addAll(program(MODULAR ? List.of() : jars, "", Training.class));
    return AotCache.of(training, jars);
  }

  private static List<String> java(ProcessOptions options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC"); // one task at a time: the smallest and quickest to start
    command.add("-XX:-UsePerfData");
    command.add("-XX:+DisplayVMOutputToStderr"); // so that it is known why one did not start
    command.add("-Xlog:disable"); // the JVM's own messages go to stdout otherwise
    command.add("-Xlog:all=error:stderr");
    command.addAll(properties());
    command.addAll(options.jvmOptions());
    command.add("--enable-native-access=" + (MODULAR ? MODULE : "ALL-UNNAMED"));
    List<Path> modules = modules();
    if (!modules.isEmpty()) {
      command.add("--module-path=" + joined(modules));
      command.add("--add-modules=ALL-MODULE-PATH");
    }
    return command;
  }

  /// Where to find what processes share, and how to wait, is the same for all.
  private static List<String> properties() {
    List<String> properties = new ArrayList<>();
    for (String name : List.of(UserFolder.PROPERTY, Native.PROPERTY)) {
      String value = System.getProperty(name);
      if (value != null) {
        properties.add("-D" + name + "=" + value);
      }
    }
    return properties;
  }

  private static List<String> program(List<Path> before, String classPath, Class<?> main) {
    StringBuilder path = new StringBuilder();
    for (Path entry : before) {
      path.append(entry.toAbsolutePath()).append(File.pathSeparator);
    }
    path.append(classPath);
    List<String> command = new ArrayList<>(List.of("--class-path", path.toString()));
    if (MODULAR) {
      command.add("--module");
    }
    command.add((MODULAR ? MODULE + "/" : "") + main.getName());
    return command;
  }

  private static String joined(List<Path> entries) {
    return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  /// {@return the entries of the module path, with the jars in place of a folder of jars}
  private static List<Path> modules() {
    return Stream.of(System.getProperty("jdk.module.path", "").split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty())
        .map(Path::of)
        .flatMap(entry -> jarsIn(entry).stream())
        .toList();
  }

  private static List<Path> jarsIn(Path entry) {
    try (Stream<Path> files = Files.list(entry)) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      return jars.isEmpty() ? List.of(entry) : jars;
    } catch (IOException e) {
      return List.of(entry); // a jar
    }
  }

  /// {@return the library's own jars or folders on the class path}
  private static List<Path> jars() {
    return Stream.of(WorkerMain.class, Task.class).map(WorkerCommand::origin).distinct().toList();
  }

  private static Path origin(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError("the place of " + type, e);
    }
  }
}
