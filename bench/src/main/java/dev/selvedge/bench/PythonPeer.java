package dev.selvedge.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's side of a comparison: `bench/peers/processes.py`, one run for each round.
final class PythonPeer {
  private static final Path SCRIPT = Path.of("bench", "peers", "processes.py");
  private static final Pattern LINE =
      Pattern.compile("\\{\"peer\": \"(?<peer>[^\"]+)\", \"value\": (?<value>[-+.0-9e]+), .*");

  private PythonPeer() {}

  /// {@return what `python3` says it is, or nothing if there is none}
  static String version() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("python3", "--version").start();
      String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 && Files.exists(SCRIPT) ? version.strip() : "";
    } catch (IOException e) {
      return "";
    }
  }

  /// {@return a value for each peer}
  ///
  /// @param arguments what to measure, and how often, as the script wants it
  static Map<String, Double> run(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString()));
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Map<String, Double> values = new LinkedHashMap<>();
    for (String line : process.inputReader(StandardCharsets.UTF_8).lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new IOException("'" + line + "' is no measurement of " + command);
      }
      values.put(matcher.group("peer"), Double.valueOf(matcher.group("value")));
    }
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IOException(command + " has failed with exit code " + exit);
    }
    return values;
  }
}
