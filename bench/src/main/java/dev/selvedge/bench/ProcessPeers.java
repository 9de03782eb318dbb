package dev.selvedge.bench;

import dev.selvedge.bench.PeerTable.AtMost;
import dev.selvedge.bench.PeerTable.Faster;
import dev.selvedge.bench.PeerTable.Goal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures worker processes against Python's, and against what the machine can do without a pool.
///
/// Rounds of both sides alternate, as in [Pairs]. Each gives how many times as fast ours is: the
/// peer's time ÷ ours, so more is better.
///
/// `java -cp … dev.selvedge.bench.ProcessPeers [--rounds N] [--out FILE.json] [NAME]...`
public final class ProcessPeers {
  private static final int WARMUPS = 2;

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
    String python = PythonPeer.version();
    if (python.isEmpty()) {
      System.out.println(
          "*** There is no python3 here (or this is not the root of the repository): ONLY OURS is"
              + " measured, and nothing is compared with Python. ***");
    }
    PeerTable table = new PeerTable(ProcessPeers.class, 9, args);
    for (Subject subject : SUBJECTS) {
      if (table.wants(subject.name())) {
        measure(subject, table, !python.isEmpty());
      }
    }
    table.write(python);
  }

  private static void measure(Subject subject, PeerTable table, boolean python) throws Exception {
    int rounds = table.rounds();
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
    table.add(subject.name(), rounds, subject.goals(), values);
  }
}
