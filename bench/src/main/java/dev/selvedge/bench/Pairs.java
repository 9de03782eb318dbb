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
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs JMH benchmarks side by side: ours, the peer, ours, the peer …, so that whatever else the
/// machine does hits both.
///
/// Each pair gives one ratio, ours ÷ peer; the page gives their median and its 95 % interval (by
/// order statistics, which assume nothing of the distribution). A target counts as met when the
/// median reaches it. Where only the interval does, the line says so.
///
/// `java -cp … dev.selvedge.bench.Pairs [--rounds N] [--out FILE.json] [NAME]...`
public final class Pairs {

  /// A comparison: the ratio of `ours` to `peer` should be at most `target`. If forked, each score
  /// comes from a JVM of its own, and the peer's has no hooks.
  record Comparison(String name, String ours, String peer, double target, boolean forked) {}

  private static final List<Comparison> COMPARISONS =
      List.of(
          new Comparison(
              "fork-join against raw threads",
              "ForkJoinBenchmark.taskGroup",
              "ForkJoinBenchmark.rawThreads",
              1.3,
              false),
          new Comparison(
              "fork-join against StructuredTaskScope",
              "ForkJoinBenchmark.taskGroup",
              "ForkJoinBenchmark.structuredTaskScope",
              1.0,
              false),
          new Comparison(
              "map on virtual threads against Gatherers.mapConcurrent",
              "MapBenchmark.virtualPool",
              "MapBenchmark.gatherers",
              1.0,
              false),
          new Comparison(
              "map on two threads against Gatherers.mapConcurrent",
              "MapBenchmark.threadPool",
              "MapBenchmark.gatherers",
              1.0,
              false),
          new Comparison(
              "buffered channel against ArrayBlockingQueue",
              "ChanBenchmark.bufferedChan",
              "ChanBenchmark.arrayBlockingQueue",
              1.0,
              false),
          new Comparison(
              "buffered channel against Jox",
              "ChanBenchmark.bufferedChan",
              "ChanBenchmark.bufferedJox",
              1.0,
              false),
          new Comparison(
              "rendezvous against SynchronousQueue",
              "ChanBenchmark.rendezvousChan",
              "ChanBenchmark.synchronousQueue",
              1.0,
              false),
          new Comparison(
              "rendezvous against Jox",
              "ChanBenchmark.rendezvousChan",
              "ChanBenchmark.rendezvousJox",
              1.0,
              false),
          new Comparison(
              "hooks that are off against no hooks",
              "HooksBenchmark.submitted",
              "HooksBenchmark.submitted",
              1.02,
              true));

  private Pairs() {}

  /// The command.
  public static void main(String[] args) throws RunnerException, IOException {
    int rounds = 15;
    Path out = null;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--rounds" -> rounds = Integer.parseInt(args[++i]);
        case "--out" -> out = Path.of(args[++i]);
        default -> names.add(args[i]);
      }
    }
    List<String> results = new ArrayList<>();
    for (Comparison comparison : COMPARISONS) {
      if (names.isEmpty() || names.stream().anyMatch(comparison.name()::contains)) {
        results.add(compare(comparison, rounds));
      }
    }
    String page = page(results, args);
    if (out != null) {
      Files.writeString(out, page);
      System.out.println("written to " + out);
    }
  }

  private static String compare(Comparison comparison, int rounds) throws RunnerException {
    int warmups = comparison.forked() ? 0 : 5;
    double[] ours = new double[rounds];
    double[] peer = new double[rounds];
    for (int round = -warmups; round < rounds; round++) {
      boolean oursFirst = (round & 1) == 0;
      double first = score(comparison, oursFirst);
      double second = score(comparison, !oursFirst);
      if (round >= 0) {
        ours[round] = oursFirst ? first : second;
        peer[round] = oursFirst ? second : first;
      }
    }
    double[] ratios = new double[rounds];
    Arrays.setAll(ratios, i -> ours[i] / peer[i]);
    Arrays.sort(ratios);
    double[] interval = medianInterval(ratios);
    boolean met = median(ratios) <= comparison.target();
    System.out.printf(
        Locale.ROOT,
        "%-60s ratio %.3f  [%.3f, %.3f]  target %.2f  %s   (ours %.4g, peer %.4g)%n",
        comparison.name(),
        median(ratios),
        interval[0],
        interval[1],
        comparison.target(),
        verdict(met, interval[0] <= comparison.target()),
        median(ours),
        median(peer));
    return String.format(
        Locale.ROOT,
        "    {\"name\": \"%s\", \"ours\": \"%s\", \"peer\": \"%s\", \"rounds\": %d, \"target\":"
            + " %.3f, \"medianRatio\": %.4f, \"interval95\": [%.4f, %.4f], \"met\": %b,\n"
            + "     \"oursScores\": %s,\n"
            + "     \"peerScores\": %s}",
        comparison.name(),
        comparison.ours(),
        comparison.peer(),
        rounds,
        comparison.target(),
        median(ratios),
        interval[0],
        interval[1],
        met,
        json(ours),
        json(peer));
  }

  private static double score(Comparison comparison, boolean ours) throws RunnerException {
    System.gc();
    String benchmark = ours ? comparison.ours() : comparison.peer();
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\." + benchmark.replace(".", "\\.") + "$")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    if (comparison.forked()) {
      options.forks(1);
      if (!ours) {
        options.jvmArgsAppend("-Dselvedge.tracing=never");
      }
    } else {
      options.forks(0).warmupIterations(0).measurementIterations(1);
    }
    return new Runner(options.build())
        .runSingle()
        .getPrimaryResult()
        .getStatistics()
        .getPercentile(50);
  }

  static String verdict(boolean byMedian, boolean byInterval) {
    return byMedian ? "met" : byInterval ? "within the interval" : "**not met**";
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// The order statistics between which the median lies with at least 95 %.
  static double[] medianInterval(double[] sorted) {
    int n = sorted.length;
    int low = 0;
    double tail = 0;
    for (int k = 0; k < n / 2; k++) {
      tail += binomial(n, k) * Math.pow(0.5, n);
      if (tail > 0.025) {
        break;
      }
      low = k + 1;
    }
    int from = Math.max(0, low - 1);
    return new double[] {sorted[from], sorted[n - 1 - from]};
  }

  private static double binomial(int n, int k) {
    double result = 1;
    for (int i = 1; i <= k; i++) {
      result = result * (n - k + i) / i;
    }
    return result;
  }

  static String json(double[] values) {
    return DoubleStream.of(values)
        .mapToObj(v -> String.format(Locale.ROOT, "%.4g", v))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String page(List<String> results, String[] args) {
    return "{\n  \"date\": \""
        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
        + "\",\n  \"command\": \"dev.selvedge.bench.Pairs "
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
        + "\",\n  \"flags\": \""
        + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments())
        + "\",\n  \"comparisons\": [\n"
        + String.join(",\n", results)
        + "\n  ]\n}\n";
  }
}
