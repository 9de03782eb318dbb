package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command that starts a worker: this JVM's own `java`, class path and module path.
final class WorkerCommand {
  private static final String MODULE = "dev.selvedge.process";

  private WorkerCommand() {}

  static List<String> of(ProcessOptions options) {
    return of(options, WorkerMain.class);
  }

  static List<String> of(ProcessOptions options, Class<?> main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC"); // one task at a time: the smallest and quickest to start
    command.add("-XX:-UsePerfData");
    command.add("-Xlog:disable"); // the JVM's own messages go to stdout otherwise
    command.add("-Xlog:all=error:stderr");
    command.addAll(properties());
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

  private static String classPath(ProcessOptions options) {
    StringBuilder path = new StringBuilder();
    for (Path entry : options.classPath()) {
      path.append(entry.toAbsolutePath()).append(File.pathSeparator);
    }
    return path.append(System.getProperty("java.class.path", "")).toString();
  }
}
