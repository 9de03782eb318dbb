package dev.selvedge.examples;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// One of the programs in `examples/`, run as a user would: `./selvedge run examples/NAME.java`.
final class Example {
  private static final long PATIENCE_SECONDS = 120;

  private final Path source;

  private Example(Path source) {
    this.source = source;
  }

  /// {@return the example in `examples/NAME.java`}
  static Example named(String name) {
    return new Example(folder().resolve(name + ".java"));
  }

  /// {@return the folder with all examples}
  static Path folder() {
    return Path.of("").toAbsolutePath();
  }

  /// What a run came to.
  record Result(int exitCode, String out, String err) {}

  /// Runs the example to its end; its output is complete then.
  Result run(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Objects.requireNonNull(System.getProperty("selvedge.script")));
    command.add("run");
    command.add(source.toString());
    command.addAll(List.of(arguments));
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
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " hangs; so far it said:\n" + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }
}
