package dev.selvedge.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/// What recordings cost: forking and joining a million trivial tasks without the hooks, with them
/// but nobody recording, and recorded.
///
/// The times are those that the process spends on its processors, so that other work of the machine
/// counts little. Those without hooks come from JVMs of their own, in turn with others that have
/// them; recorded and unrecorded rounds alternate in one JVM.
///
/// `java -cp … dev.selvedge.bench.RecordingMeasures [--rounds N]`
public final class RecordingMeasures {
  private static final int TASKS = 1_000_000;
  private static final int WARMUPS = 8;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final Call<Integer> CALL = () -> 1;

  private RecordingMeasures() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    int rounds = 15;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--rounds" -> rounds = Integer.parseInt(args[++i]);
        case "--child" -> {
          System.out.println(unrecorded());
          return;
        }
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    compareHooks(rounds);
    try (Pool virtual = Pool.virtual();
        Pool threads = Pool.threads(2)) {
      compareRecorded("virtual threads", virtual, rounds);
      compareRecorded("two platform threads", threads, rounds);
    }
  }

  private static void compareHooks(int rounds) throws IOException {
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      boolean hooksFirst = (round & 1) == 0;
      double first = child(hooksFirst);
      double second = child(!hooksFirst);
      ratios[round] = hooksFirst ? first / second : second / first;
    }
    print("hooks that are off ÷ no hooks", ratios, "");
  }

  private static double child(boolean hooks) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    if (!hooks) {
      command.add("-Dselvedge.tracing=never");
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            RecordingMeasures.class.getName(),
            "--child"));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return Double.parseDouble(
        new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
  }

  /// {@return the time of a task, in ns, the median of some rounds}
  private static double unrecorded() throws Exception {
    try (Pool pool = Pool.virtual()) {
      double[] times = new double[9];
      for (int round = -WARMUPS; round < times.length; round++) {
        double time = run(pool);
        if (round >= 0) {
          times[round] = time;
        }
      }
      return Pairs.median(times);
    }
  }

  private static void compareRecorded(String what, Pool pool, int rounds) throws Exception {
    double[] above = new double[rounds];
    double[] bytes = new double[rounds];
    for (int round = -WARMUPS; round < rounds; round++) {
      double off = run(pool);
      double on;
      Path file = Files.createTempFile("recording", ".jfr");
      try (Recording recording = new Recording()) {
        recording.enable("selvedge.TaskRun");
        recording.start();
        on = run(pool);
        recording.stop();
        recording.dump(file);
      }
      if (round >= 0) {
        above[round] = on - off;
        bytes[round] = Files.size(file) / (double) TASKS;
      }
      if (round == 0) {
        check(file);
      }
      Files.delete(file);
    }
    print("TaskRun on " + what + ", above unrecorded", above, " ns a task");
    print("TaskRun on " + what + ", on disk", bytes, " B a task");
  }

  private static void check(Path file) throws IOException {
    long recorded =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("selvedge.TaskRun"))
            .count();
    if (recorded != TASKS) {
      throw new AssertionError(recorded + " of " + TASKS + " tasks were recorded");
    }
  }

  /// {@return the processor time of a task, in ns}
  private static double run(Pool pool) throws Exception {
    System.gc();
    long before = SYSTEM.getProcessCpuTime();
    TaskGroup.run(
        options -> options.pool(pool),
        group -> {
          for (int i = 0; i < TASKS; i++) {
            group.fork(CALL);
          }
        });
    return (SYSTEM.getProcessCpuTime() - before) / (double) TASKS;
  }

  private static void print(String what, double[] values, String unit) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double[] interval = Pairs.medianInterval(sorted);
    System.out.printf(
        Locale.ROOT,
        "%-60s %.3f%s  [%.3f, %.3f]%n",
        what,
        Pairs.median(sorted),
        unit,
        interval[0],
        interval[1]);
  }
}
