package dev.selvedge.bench;

import dev.selvedge.bench.PeerTable.AtMost;
import dev.selvedge.bench.PeerTable.Faster;
import dev.selvedge.bench.PeerTable.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Measures tasks, switches, queues and sleeps on the event loop against Python's loops, Kotlin's
/// coroutines, Jox and plain virtual threads: each in a process of its own.
///
/// The processes stay up; in each round each of them does the same work once, in an order that
/// turns, after some rounds to warm up. Only sleeps are measured in fresh processes, since they are
/// to be as fast from the first time on. A goal is how many times as fast ours is: the peer's ÷
/// ours.
///
/// `java -cp … dev.selvedge.bench.LoopPeers [--rounds N] [--out FILE.json] [NAME]...`
public final class LoopPeers {
  private static final Path SCRIPT = Path.of("bench", "peers", "loops.py");
  private static final Path KOTLIN = Path.of("bench", "kotlin", "target");
  private static final List<String> FLAGS = List.of("-Xms3g", "-Xmx3g", "-Xmn2g");
  private static final int WARM_UPS = 3;
  private static final String OURS = "selvedge";
  private static final List<String> JVMS = List.of(OURS, "group", "bare", "virtual", "jox");

  /// What is done.
  ///
  /// @param fresh whether each time in a new process
  private record Subject(String name, String work, int count, boolean fresh, List<Goal> goals) {}

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject(
              "spawn and join 1,000,000",
              "spawn",
              1_000_000,
              false,
              List.of(
                  new Faster(OURS, "asyncio", 50),
                  new Faster(OURS, "uvloop", 40),
                  new Faster(OURS, "gevent", 100),
                  new Faster(OURS, "virtual", 1.8),
                  new Faster(OURS, "kotlin", 0),
                  new Faster(OURS, "group", 0))),
          new Subject(
              "switch between two",
              "switch",
              1_000_000,
              false,
              List.of(
                  new Faster(OURS, "asyncio", 8),
                  new Faster(OURS, "uvloop", 5),
                  new Faster(OURS, "gevent", 8),
                  new Faster(OURS, "virtual", 0),
                  new Faster(OURS, "kotlin", 0))),
          new Subject(
              "round trip through two queues",
              "queue",
              300_000,
              false,
              List.of(
                  new Faster(OURS, "asyncio", 15),
                  new Faster(OURS, "uvloop", 12),
                  new Faster(OURS, "gevent", 14),
                  new Faster(OURS, "kotlin", 1),
                  new Faster(OURS, "jox", 0),
                  new Faster(OURS, "bare", 0))),
          new Subject(
              "1,000,000 sleeps over 2 s, the first time",
              "sleep",
              1_000_000,
              true,
              List.of(
                  new AtMost(OURS, 2.6, "s"),
                  new AtMost("virtual", Double.NaN, "s"),
                  new AtMost("kotlin", Double.NaN, "s"),
                  new AtMost("asyncio", Double.NaN, "s"))));

  private LoopPeers() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    PeerTable table = new PeerTable(LoopPeers.class, 9, args);
    for (Subject subject : SUBJECTS) {
      if (table.wants(subject.name())) {
        measure(subject, table);
      }
    }
    table.write(PythonPeer.version());
  }

  private static void measure(Subject subject, PeerTable table) throws Exception {
    int rounds = table.rounds();
    Map<String, double[]> values = new LinkedHashMap<>();
    Map<String, PeerProcess> peers = new LinkedHashMap<>();
    try {
      for (String kind : kinds(subject)) {
        start(kind).ifPresent(peer -> peers.put(kind, peer));
      }
      List<String> order = new ArrayList<>(peers.keySet());
      for (int round = subject.fresh() ? 0 : -WARM_UPS; round < rounds; round++) {
        Collections.rotate(order, 1);
        for (String kind : order) {
          boolean isPython = !JVMS.contains(kind) && !kind.equals("kotlin");
          if (round < 0 && isPython) {
            continue; // nothing to warm up, and slow
          }
          PeerProcess peer = Objects.requireNonNull(peers.get(kind));
          double taken = Double.parseDouble(peer.ask(subject.work() + " " + subject.count()));
          if (round >= 0) {
            values.computeIfAbsent(kind, _ -> new double[rounds])[round] = taken;
          }
          if (subject.fresh()) {
            peer.close();
            peers.put(kind, start(kind).orElseThrow());
          }
        }
      }
    } finally {
      peers.values().forEach(PeerProcess::close);
    }
    table.add(subject.name(), rounds, subject.goals(), values);
  }

  private static List<String> kinds(Subject subject) {
    List<String> kinds = new ArrayList<>(List.of(OURS));
    for (Goal goal : subject.goals()) {
      String kind =
          switch (goal) {
            case Faster(String _, String peer, double _) -> peer;
            case AtMost(String who, double _, String _) -> who;
          };
      if (!kinds.contains(kind)) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  private static Optional<PeerProcess> start(String kind) throws IOException, InterruptedException {
    if (kind.equals("kotlin") && !Files.exists(KOTLIN.resolve("lib"))) {
      System.out.println(
          "*** NOT MEASURED: kotlin. Build it: mvn -f bench/kotlin/pom.xml package ***");
      return Optional.empty();
    }
    return PeerProcess.start(kind, commands(kind));
  }

  private static List<List<String>> commands(String kind) {
    if (JVMS.contains(kind)) {
      String classPath = System.getProperty("java.class.path");
      return List.of(PeerProcess.java(FLAGS, classPath, LoopWorks.class.getName(), kind));
    }
    if (kind.equals("kotlin")) {
      String classPath = KOTLIN.resolve("classes") + ":" + KOTLIN.resolve("lib") + "/*";
      return List.of(PeerProcess.java(FLAGS, classPath, "dev.selvedge.bench.kotlin.LoopsKt"));
    }
    return PeerProcess.python(SCRIPT, kind);
  }
}
