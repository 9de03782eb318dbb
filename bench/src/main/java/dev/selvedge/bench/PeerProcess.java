package dev.selvedge.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A process to measure, which says in a line when it is ready, and answers lines by lines.
final class PeerProcess implements AutoCloseable {
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
  private static final int NO_PACKAGE = 3;

  private final Process process;
  private final BufferedReader output;
  private final String ready;

  private PeerProcess(Process process, BufferedReader output, String ready) {
    this.process = process;
    this.output = output;
    this.ready = ready;
  }

  /// Starts the first that can run, or says loudly that none can.
  ///
  /// @param kind what it is called
  /// @param commands those to try; one that lacks a package ends with exit code 3
  static Optional<PeerProcess> start(String kind, List<List<String>> commands)
      throws IOException, InterruptedException {
    for (List<String> command : commands) {
      Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      String ready = output.readLine();
      if (ready != null) {
        return Optional.of(new PeerProcess(process, output, ready));
      }
      int exit = process.waitFor();
      if (exit != NO_PACKAGE) {
        throw new IOException(command + " has failed with exit code " + exit);
      }
    }
    System.out.println(
        "*** NOT MEASURED: "
            + kind
            + ". Neither of "
            + PYTHONS
            + " has its package; on Debian,"
            + " `apt-get install python3-uvloop python3-gevent` brings it. ***");
    return Optional.empty();
  }

  /// {@return the commands of a Python script, one for each Python that may have its packages}
  static List<List<String>> python(Path script, String... arguments) {
    return PYTHONS.stream()
        .map(
            python -> {
              List<String> command = new ArrayList<>(List.of(python, script.toString()));
              command.addAll(List.of(arguments));
              return List.copyOf(command);
            })
        .toList();
  }

  /// {@return the command of a Java program, on this JDK}
  static List<String> java(List<String> flags, String classPath, String... main) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.add("-XX:+UseSerialGC");
    command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath));
    command.addAll(List.of(main));
    return command;
  }

  /// {@return the line that it has said when it was ready}
  String ready() {
    return ready;
  }

  /// {@return the process}
  Process process() {
    return process;
  }

  /// {@return its answer to a line}
  String ask(String line) throws IOException {
    process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
    String answer = output.readLine();
    if (answer == null) {
      throw new IOException("a peer has ended when it was asked '" + line + "'");
    }
    return answer;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
