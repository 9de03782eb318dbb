package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.selvedge.Task;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A program of the tests in a JVM of its own, which is killed at the end.
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  private ChildJvm(Process process) {
    this.process = process;
    this.out = process.inputReader();
  }

  /// Starts a program and waits until it prints `ready`.
  static ChildJvm start(Class<?> program, String... arguments) throws IOException {
    return start(List.of(), program, arguments);
  }

  static ChildJvm start(List<String> flags, Class<?> program, String... arguments)
      throws IOException {
    return start(flags, place(program) + ":" + place(Task.class), program, arguments);
  }

  /// Starts a program that does not have Selvedge on its class path.
  static ChildJvm withoutSelvedge(Class<?> program, String... arguments) throws IOException {
    return start(List.of(), place(program), program, arguments);
  }

  private static ChildJvm start(
      List<String> flags, String classPath, Class<?> program, String... arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, program.getName()));
    command.addAll(List.of(arguments));
    var jvm =
        new ChildJvm(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    assertEquals("ready", jvm.out.readLine());
    return jvm;
  }

  private static String place(Class<?> program) {
    return program.getProtectionDomain().getCodeSource().getLocation().getPath();
  }

  String pid() {
    return Long.toString(process.pid());
  }

  /// {@return whether it has printed anything after `ready`}
  boolean hasPrinted() throws IOException {
    return out.ready();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
