package dev.selvedge.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Measures worker processes against Python's, and against what the machine can do without a pool.
///
/// Rounds of both sides alternate, as in [Pairs]. Each gives how many times as fast ours is: the
/// peer's time ÷ ours, so more is better. The table has the median of these and its 95 % interval;
/// a target counts as met when the interval reaches it.
///
/// `java -cp … dev.selvedge.bench.ProcessPeers [--rounds N] [--out FILE.json] [NAME]...`
public final class ProcessPeers {
  private static final int WARMUPS = 2;

  /// What a measure is for.
  sealed interface Goal {}

  /// Ours takes at most the peer's time ÷ `times`; if that is 0, any.
  record Faster(String ours, String peer, double times) implements Goal {}

  /// Ours is at most so much.
  record AtMost(String ours, double most, String unit) implements Goal {}

  /// One thing that both sides measure.
  ///
  /// @param script the peer's arguments, or none
  private record Subject(String name, String script, WorkerMeasures.Maker ours, List<Goal> goals) {}

  private static final String RINGS = WorkerMeasures.RINGS;
  private static final String SOCKETS = WorkerMeasures.SOCKETS;
  private static final String EXECUTOR = "ProcessPoolExecutor";

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject(
              "submit and get, 64 bytes",
              "submit 2000",
              () -> WorkerMeasures.submit(5000),
              List.of(
                  new Faster(RINGS, EXECUTOR, 8),
                  new Faster(RINGS, "Pool", 5),
                  new Faster(SOCKETS, EXECUTOR, 0),
                  new Faster(SOCKETS, "Pool", 0))),
          ints(1, 4_000, 10),
          ints(10, 100_000, 0),
          ints(100, 100_000, 0),
          ints(1000, 300_000, 0),
          new Subject(
              "map strings by 100",
              "strings 3 100 50000",
              () -> WorkerMeasures.strings(5, 100, 50_000),
              List.of(
                  new Faster(RINGS, "Pool", 1.5),
                  new Faster(RINGS, EXECUTOR, 0),
                  new Faster(SOCKETS, "Pool", 0))),
          new Subject(
              "map records by 100",
              "records 3 100 30000",
              () -> WorkerMeasures.records(5, 100, 30_000),
              List.of(
                  new Faster(RINGS, "Pool, namedtuple", 1.5),
                  new Faster(RINGS, "Pool, dataclass", 1.5),
                  new Faster(RINGS, EXECUTOR + ", namedtuple", 0),
                  new Faster(SOCKETS, "Pool, namedtuple", 0))),
          new Subject(
              "hand over 256 MiB of doubles",
              "bulk 1",
              WorkerMeasures::bulk,
              List.of(
                  new Faster("shared array", "memcpy", 0.9),
                  new Faster("shared array", "Pool, array", 10),
                  new Faster("shared array", "Pool, bytes", 10),
                  new Faster("shared array", "Pool, numpy", 10),
                  new Faster("an argument", "memcpy", 0),
                  new Faster("an argument", "Pool, array", 0),
                  new Faster("an argument", "Pool, bytes", 0),
                  new Faster("an argument", "Pool, numpy", 0),
                  new Faster("new shared array", "memcpy", 0),
                  new Faster("new shared array", "Pool, numpy", 0))),
          new Subject(
              "start to first answer",
              "start 3",
              WorkerMeasures::start,
              List.of(
                  new Faster(RINGS, "Pool, spawn", 0.5), new Faster(SOCKETS, "Pool, spawn", 0))),
          new Subject(
              "compute on two workers",
              "cpu 1 8 1500000",
              () -> WorkerMeasures.cpu(8, 60_000_000),
              List.of(
                  new Faster(RINGS, "two bare JVMs", 0.95),
                  new Faster("Pool", "two bare Python processes", 0))),
          new Subject(
              "resident memory of an idle worker",
              "memory 1",
              WorkerMeasures::memory,
              List.of(
                  new AtMost("default options", 55, "MiB"),
                  new AtMost("a heap of 64m", 55, "MiB"),
                  new AtMost("default options, its share", Double.NaN, "MiB"),
                  new AtMost("Pool, spawn", Double.NaN, "MiB"))),
          new Subject(
              "replacement while a spare is ready",
              "",
              WorkerMeasures::replacement,
              List.of(
                  new AtMost("from its end to the next task", 0.003, "s"),
                  new AtMost("from the kill to the next task", Double.NaN, "s"))));

  private ProcessPeers() {}

  private static Subject ints(int chunk, int count, double againstExecutor) {
    return new Subject(
        "map ints by " + chunk,
        "ints 3 " + chunk + " " + count,
        () -> WorkerMeasures.ints(7, chunk, count),
        List.of(
            new Faster(RINGS, EXECUTOR, againstExecutor),
            new Faster(RINGS, "Pool", 2.5),
            new Faster(SOCKETS, "Pool", 0)));
  }

  /// The command.
  public static void main(String[] args) throws Exception {
    int rounds = 9;
    Path out = null;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--rounds" -> rounds = Integer.parseInt(args[++i]);
        case "--out" -> out = Path.of(args[++i]);
        default -> names.add(args[i]);
      }
    }
    String python = PythonPeer.version();
    if (python.isEmpty()) {
      System.out.println(
          "*** There is no python3 here (or this is not the root of the repository): ONLY OURS is"
              + " measured, and nothing is compared with Python. ***");
    }
    System.out.println("| what | ours | against | median | interval | target | |");
    System.out.println("|---|---|---|---|---|---|---|");
    List<String> results = new ArrayList<>();
    for (Subject subject : SUBJECTS) {
      if (names.isEmpty() || names.stream().anyMatch(subject.name()::contains)) {
        results.add(measured(subject, rounds, !python.isEmpty()));
      }
    }
    if (out != null) {
      Files.writeString(out, page(results, "ProcessPeers", args, python));
      System.out.println("written to " + out);
    }
  }

  private static String measured(Subject subject, int rounds, boolean python) throws Exception {
    System.gc();
    boolean alone = !python || subject.script().isEmpty();
    Map<String, double[]> values = new LinkedHashMap<>();
    try (WorkerMeasures.Measure ours = subject.ours().open()) {
      for (int round = -WARMUPS; round < rounds; round++) {
        boolean oursFirst = (round & 1) == 0;
        Map<String, Double> all = new LinkedHashMap<>();
        if (oursFirst) {
          all.putAll(ours.round());
        }
        if (!alone) {
          all.putAll(PythonPeer.run(subject.script()));
        }
        if (!oursFirst) {
          all.putAll(ours.round());
        }
        if (round >= 0) {
          for (var value : all.entrySet()) {
            values.computeIfAbsent(value.getKey(), _ -> new double[rounds])[round] =
                value.getValue();
          }
        }
      }
    }
    return result(subject.name(), rounds, subject.goals(), values);
  }

  /// Prints how far the goals are reached, and returns that and all scores for the page.
  static String result(String name, int rounds, List<Goal> goals, Map<String, double[]> values) {
    List<String> lines = new ArrayList<>();
    for (Goal goal : goals) {
      lines.addAll(line(name, goal, values));
    }
    String scores =
        values.entrySet().stream()
            .map(each -> "      \"" + each.getKey() + "\": " + Pairs.json(each.getValue()))
            .collect(Collectors.joining(",\n"));
    return "    {\"name\": \""
        + name
        + "\", \"rounds\": "
        + rounds
        + ", \"goals\": [\n"
        + String.join(",\n", lines)
        + "],\n     \"scores\": {\n"
        + scores
        + "}}";
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
    boolean met = hasTarget && (atLeast ? interval[1] >= target : interval[0] <= target);
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
        hasTarget ? met ? "met" : "**not met**" : "");
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

  static String page(List<String> results, String command, String[] args, String python) {
    return "{\n  \"date\": \""
        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
        + "\",\n  \"command\": \"dev.selvedge.bench."
        + command
        + " "
        + String.join(" ", args)
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
        + String.join(",\n", results)
        + "\n  ]\n}\n";
  }
}
