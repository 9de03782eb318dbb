package dev.selvedge.examples;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// One of the programs in `examples/`, run as a user would: `./selvedge run examples/NAME.java`.
final class Example {
  private static final long PATIENCE_SECONDS = 120;

  private final Path source;
  private final List<String> flags;

  private Example(Path source, List<String> flags) {
    this.source = source;
    this.flags = flags;
  }

  /// {@return the example in `examples/NAME.java`}
  static Example named(String name) {
    return new Example(folder().resolve(name + ".java"), List.of());
  }

  /// {@return this example, run with flags of `selvedge run`, such as `-J-Xmx256m`}
  Example with(String... flags) {
    return new Example(source, List.of(flags));
  }

  /// {@return the folder with all examples}
  static Path folder() {
    return Path.of("").toAbsolutePath();
  }

  /// What a run came to.
  record Result(int exitCode, String out, String err) {}

  /// Runs the example to its end; its output is complete then.
  Result run(String... arguments) throws IOException, InterruptedException {
    var command = command(arguments);
    return run(command, PATIENCE_SECONDS)
        .orElseThrow(() -> new AssertionError(command + " did not end"));
  }

  /// {@return what a run comes to if it ends in time; if not, it is killed}
  Optional<Result> runFor(int seconds, String... arguments)
      throws IOException, InterruptedException {
    return run(command(arguments), seconds);
  }

  /// Starts the example, for a program that goes on until it is killed.
  ///
  /// @return the process; what it says on standard error appears on this one's
  Process start(String... arguments) throws IOException {
    return new ProcessBuilder(command(arguments))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Runs another command of `selvedge`, for instance to look into an example.
  static Result selvedge(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Objects.requireNonNull(System.getProperty("selvedge.script")));
    command.addAll(List.of(arguments));
    return run(command, PATIENCE_SECONDS)
        .orElseThrow(() -> new AssertionError(command + " did not end"));
  }

  private List<String> command(String... arguments) {
    var command = new ArrayList<String>();
    command.add(Objects.requireNonNull(System.getProperty("selvedge.script")));
    command.add("run");
    command.addAll(flags);
    command.add(source.toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static Optional<Result> run(List<String> command, long seconds)
      throws IOException, InterruptedException {
    var out = Files.createTempFile("example", ".out");
    var err = Files.createTempFile("example", ".err");
    try {
      var process =
          new ProcessBuilder(command)
              .directory(new File(System.getProperty("java.io.tmpdir"))) // for crash reports
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        return Optional.empty();
      }
      return Optional.of(
          new Result(process.exitValue(), Files.readString(out), Files.readString(err)));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }
}
