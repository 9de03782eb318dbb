package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs the real script, as a user would, in a folder of the test and with a cache of its own.
final class Script {
  private static final long PATIENCE_SECONDS = 60;

  /// All that the script calls, but for Java and Maven.
  private static final List<String> TOOLS =
      List.of(
          ("bash cat cksum cp env find flock grep head ln mkdir mktemp mv readlink rm sed sh"
                  + " sha256sum shasum sleep tail touch")
              .split(" ", -1));

  private final Path script;
  private final Path folder;
  private final Map<String, String> environment = new LinkedHashMap<>();

  private Script(Path script, Path folder) {
    this.script = script;
    this.folder = folder;
    environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
  }

  /// The script of this checkout on the jars that this build has made.
  static Script onThisBuild(Path folder) {
    return new Script(Path.of(property("selvedge.script")), folder);
  }

  /// A script somewhere else, which has to build for itself.
  static Script at(Path script, Path folder) {
    return new Script(script, folder).with("SELVEDGE_DIST", "");
  }

  static Path thisScript() {
    return Path.of(property("selvedge.script"));
  }

  static Path thisDist() {
    return Path.of(Objects.requireNonNull(System.getenv("SELVEDGE_DIST")));
  }

  /// Makes a folder with the tools that the script uses, save one, and without any Java or Maven.
  ///
  /// @return the folder, as a PATH
  static String pathWithout(String missing, Path folder) throws IOException {
    for (var tool : TOOLS) {
      var found = onPath(tool);
      if (found.isPresent() && !tool.equals(missing)) {
        executable(folder.resolve(tool), "#!/bin/sh\nexec '" + found.get() + "' \"$@\"\n");
      }
    }
    return folder.toString();
  }

  static Optional<Path> onPath(String tool) {
    return Stream.of(Objects.requireNonNull(System.getenv("PATH")).split(":", -1))
        .map(place -> Path.of(place, tool))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Writes a script; its folder is made if need be.
  static Path executable(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertTrue(file.toFile().setExecutable(true));
    return file;
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }

  Script with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /// What a run of the script came to.
  record Result(long pid, int exitCode, String out, String err) {
    List<String> errLines() {
      return err.lines().toList();
    }
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(script.toString());
    command.addAll(List.of(arguments));
    var out = Files.createTempFile(folder, "out", ".txt");
    var err = Files.createTempFile(folder, "err", ".txt");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    var process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " hangs; so far it said:\n" + Files.readString(err));
    }
    return new Result(
        process.pid(), process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
