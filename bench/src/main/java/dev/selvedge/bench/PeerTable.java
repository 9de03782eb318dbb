package dev.selvedge.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The table of a comparison with peers, and the command line by which it is asked for: `[--rounds
/// N] [--out FILE.json] [NAME]...`.
///
/// A row has the median of a goal's rounds and its 95 % interval; a target counts as met when the
/// median reaches it. Where only the interval does, the row says so.
final class PeerTable {
  /// What a measure is for.
  sealed interface Goal {}

  /// Ours takes at most the peer's time ÷ `times`; if that is 0, any.
  record Faster(String ours, String peer, double times) implements Goal {}

  /// Ours is at most so much.
  record AtMost(String ours, double most, String unit) implements Goal {}

  private final String command;
  private final String[] arguments;
  private final List<String> names = new ArrayList<>();
  private final List<String> subjects = new ArrayList<>();
  private int rounds;
  private @Nullable Path out;

  /// Begins a table.
  ///
  /// @param command the class that measures
  /// @param rounds how many by default
  PeerTable(Class<?> command, int rounds, String[] arguments) {
    this.command = command.getSimpleName();
    this.arguments = arguments.clone();
    this.rounds = rounds;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--rounds" -> this.rounds = Integer.parseInt(arguments[++i]);
        case "--out" -> this.out = Path.of(arguments[++i]);
        default -> names.add(arguments[i]);
      }
    }
    System.out.println("| what | ours | against | median | interval | target | |");
    System.out.println("|---|---|---|---|---|---|---|");
  }

  /// {@return how many rounds are asked for}
  int rounds() {
    return rounds;
  }

  /// {@return whether a subject is asked for: by a part of its name, or all are}
  boolean wants(String subject) {
    return names.isEmpty() || names.stream().anyMatch(subject::contains);
  }

  /// Writes the page, if that was asked for.
  ///
  /// @param python what Python's side was, or nothing
  void write(String python) throws IOException {
    if (out != null) {
      Files.writeString(out, page(python));
      System.out.println("written to " + out);
    }
  }

  /// Prints how far the goals of a subject are reached, and keeps that and all scores for the page.
  ///
  /// @param measured how many scores there are of each
  void add(String name, int measured, List<Goal> goals, Map<String, double[]> values) {
    List<String> lines = new ArrayList<>();
    for (Goal goal : goals) {
      lines.addAll(line(name, goal, values));
    }
    String scores =
        values.entrySet().stream()
            .map(each -> "      \"" + each.getKey() + "\": " + Pairs.json(each.getValue()))
            .collect(Collectors.joining(",\n"));
    subjects.add(
        "    {\"name\": \""
            + name
            + "\", \"rounds\": "
            + measured
            + ", \"goals\": [\n"
            + String.join(",\n", lines)
            + "],\n     \"scores\": {\n"
            + scores
            + "}}");
  }

  /// {@return the line for the page, or none if one side was not measured}
  private static List<String> line(String name, Goal goal, Map<String, double[]> values) {
    return switch (goal) {
      case Faster(String ours, String peer, double times) -> {
        double[] mine = values.get(ours);
        double[] others = values.get(peer);
        if (mine == null || others == null) {
          yield List.of();
        }
        double[] ratios = new double[mine.length];
        Arrays.setAll(ratios, i -> others[i] / mine[i]);
        yield List.of(line(name, ours, peer, ratios, times == 0 ? Double.NaN : times, true));
      }
      case AtMost(String ours, double most, String unit) -> {
        double[] mine = values.get(ours);
        yield mine == null ? List.of() : List.of(line(name, ours, unit, mine.clone(), most, false));
      }
    };
  }

  private static String line(
      String name, String ours, String against, double[] values, double target, boolean atLeast) {
    Arrays.sort(values);
    double[] interval = Pairs.medianInterval(values);
    double median = Pairs.median(values);
    boolean hasTarget = !Double.isNaN(target);
    boolean met = hasTarget && (atLeast ? median >= target : median <= target);
    boolean maybe = hasTarget && (atLeast ? interval[1] >= target : interval[0] <= target);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %.3g | %.3g to %.3g | %s | %s |%n",
        name,
        ours,
        against,
        median,
        interval[0],
        interval[1],
        hasTarget ? String.format(Locale.ROOT, "%.3g", target) : "",
        hasTarget ? Pairs.verdict(met, maybe) : "");
    return String.format(
        Locale.ROOT,
        "      {\"ours\": \"%s\", \"%s\": \"%s\", \"median\": %.4g, \"interval95\": [%.4g,"
            + " %.4g]%s}",
        ours,
        atLeast ? "peer" : "unit",
        against,
        median,
        interval[0],
        interval[1],
        hasTarget
            ? String.format(Locale.ROOT, ", \"target\": %.4g, \"met\": %b", target, met)
            : "");
  }

  private String page(String python) {
    return "{\n  \"date\": \""
        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
        + "\",\n  \"command\": \"dev.selvedge.bench."
        + command
        + " "
        + String.join(" ", arguments)
        + "\",\n  \"machine\": \""
        + Runtime.getRuntime().availableProcessors()
        + " cores, "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", "
        + System.getProperty("java.vm.name")
        + " "
        + Runtime.version()
        + ", "
        + (python.isEmpty() ? "no Python" : python)
        + "\",\n  \"load\": "
        + String.format(
            Locale.ROOT,
            "%.2f",
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage())
        + ",\n  \"flags\": \""
        + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments())
        + "\",\n  \"subjects\": [\n"
        + String.join(",\n", subjects)
        + "\n  ]\n}\n";
  }
}
