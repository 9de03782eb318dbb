package dev.selvedge.bench;

import dev.selvedge.bench.ProcessPeers.AtMost;
import dev.selvedge.bench.ProcessPeers.Faster;
import dev.selvedge.bench.ProcessPeers.Goal;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
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
/// ours. The table has the median of the rounds and its 95 % interval; a target counts as met when
/// the interval reaches it.
///
/// `java -cp … dev.selvedge.bench.LoopPeers [--rounds N] [--out FILE.json] [NAME]...`
public final class LoopPeers {
  private static final Path SCRIPT = Path.of("bench", "peers", "loops.py");
  private static final Path KOTLIN = Path.of("bench", "kotlin", "target");
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
  private static final int NO_PACKAGE = 3;
  private static final int WARM_UPS = 3;
  private static final String OURS = "selvedge";
  private static final List<String> JVMS = List.of(OURS, "group", "virtual", "jox");

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
                  new Faster(OURS, "jox", 0))),
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
    System.out.println("| what | ours | against | median | interval | target | |");
    System.out.println("|---|---|---|---|---|---|---|");
    List<String> results = new ArrayList<>();
    for (Subject subject : SUBJECTS) {
      if (names.isEmpty() || names.stream().anyMatch(subject.name()::contains)) {
        results.add(measured(subject, rounds));
      }
    }
    if (out != null) {
      Files.writeString(out, ProcessPeers.page(results, "LoopPeers", args, PythonPeer.version()));
      System.out.println("written to " + out);
    }
  }

  private static String measured(Subject subject, int rounds) throws Exception {
    Map<String, double[]> values = new LinkedHashMap<>();
    Map<String, Peer> peers = new LinkedHashMap<>();
    try {
      for (String kind : kinds(subject)) {
        Peer.start(kind).ifPresent(peer -> peers.put(kind, peer));
      }
      List<String> order = new ArrayList<>(peers.keySet());
      for (int round = subject.fresh() ? 0 : -WARM_UPS; round < rounds; round++) {
        Collections.rotate(order, 1);
        for (String kind : order) {
          boolean isPython = !JVMS.contains(kind) && !kind.equals("kotlin");
          if (round < 0 && isPython) {
            continue; // nothing to warm up, and slow
          }
          Peer peer = Objects.requireNonNull(peers.get(kind));
          double taken = peer.run(subject.work(), subject.count());
          if (round >= 0) {
            values.computeIfAbsent(kind, _ -> new double[rounds])[round] = taken;
          }
          if (subject.fresh()) {
            peer.close();
            peers.put(kind, Peer.start(kind).orElseThrow());
          }
        }
      }
    } finally {
      peers.values().forEach(Peer::close);
    }
    return ProcessPeers.result(subject.name(), rounds, subject.goals(), values);
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

  /// A process that does works when it is told to.
  private static final class Peer implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private Peer(Process process, BufferedReader output) {
      this.process = process;
      this.output = output;
    }

    /// Starts one, or says loudly that it cannot.
    static Optional<Peer> start(String kind) throws IOException, InterruptedException {
      if (kind.equals("kotlin") && !Files.exists(KOTLIN.resolve("lib"))) {
        System.out.println(
            "*** NOT MEASURED: kotlin. Build it: mvn -f bench/kotlin/pom.xml package ***");
        return Optional.empty();
      }
      for (List<String> command : commands(kind)) {
        Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        if (output.readLine() != null) {
          return Optional.of(new Peer(process, output));
        }
        int exit = process.waitFor();
        if (exit != NO_PACKAGE) {
          throw new IOException(command + " has failed with exit code " + exit);
        }
      }
      System.out.println(
          "*** NOT MEASURED: "
              + kind
              + ". Neither of "
              + PYTHONS
              + " has its package; on Debian,"
              + " `apt-get install python3-uvloop python3-gevent` brings it. ***");
      return Optional.empty();
    }

    private static List<List<String>> commands(String kind) {
      if (JVMS.contains(kind)) {
        return List.of(
            java(System.getProperty("java.class.path"), LoopWorks.class.getName(), kind));
      }
      if (kind.equals("kotlin")) {
        String classPath = KOTLIN.resolve("classes") + ":" + KOTLIN.resolve("lib") + "/*";
        return List.of(java(classPath, "dev.selvedge.bench.kotlin.LoopsKt"));
      }
      return PYTHONS.stream().map(python -> List.of(python, SCRIPT.toString(), kind)).toList();
    }

    private static List<String> java(String classPath, String... main) {
      List<String> command = new ArrayList<>();
      command.add(ProcessHandle.current().info().command().orElse("java"));
      command.addAll(
          List.of(
              "-Xms3g",
              "-Xmx3g",
              "-XX:+UseSerialGC",
              "--add-opens=java.base/java.lang=ALL-UNNAMED"));
      command.addAll(List.of("-cp", classPath));
      command.addAll(List.of(main));
      return command;
    }

    /// {@return the seconds that it took}
    double run(String work, int count) throws IOException {
      process.outputWriter(StandardCharsets.UTF_8).append(work + " " + count + "\n").flush();
      String answer = output.readLine();
      if (answer == null) {
        throw new IOException("a peer has ended at its work '" + work + "'");
      }
      return Double.parseDouble(answer);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
