package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command that starts a worker: this JVM's own `java`, class path and module path.
final class WorkerCommand {
  private static final String MODULE = "dev.selvedge.process";

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

  static List<String> of(ProcessOptions options) {
    return of(options, WorkerMain.class);
  }

  /// {@return the command that starts another program of this library}
  static List<String> of(ProcessOptions options, Class<?> main) {
    List<String> command = new ArrayList<>(DEAF);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC"); // one task at a time: the smallest and quickest to start
    command.add("-XX:-UsePerfData");
    command.add("-Xlog:disable"); // the JVM's own messages go to stdout otherwise
    command.add("-Xlog:all=error:stderr");
    command.addAll(options.jvmOptions());
    String modules = System.getProperty("jdk.module.path", "");
    boolean modular = WorkerCommand.class.getModule().isNamed();
    command.add("--enable-native-access=" + (modular ? MODULE : "ALL-UNNAMED"));
    if (!modules.isEmpty()) {
      command.add("--module-path=" + modules);
      command.add("--add-modules=ALL-MODULE-PATH");
    }
    command.add("--class-path");
    command.add(classPath(options));
    if (modular) {
      command.add("--module");
      command.add(MODULE + "/" + main.getName());
    } else {
      command.add(main.getName());
    }
    return command;
  }

  private static String classPath(ProcessOptions options) {
    StringBuilder path = new StringBuilder();
    for (Path entry : options.classPath()) {
      path.append(entry.toAbsolutePath()).append(File.pathSeparator);
    }
    return path.append(System.getProperty("java.class.path", "")).toString();
  }
}
