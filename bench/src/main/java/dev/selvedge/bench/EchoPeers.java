package dev.selvedge.bench;

import dev.selvedge.bench.PeerTable.AtMost;
import dev.selvedge.bench.PeerTable.Faster;
import dev.selvedge.bench.PeerTable.Goal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Measures a TCP server on the event loop against those of Python's loops and of Netty: each a
/// process on the first core, with the same client on the last one.
///
/// All servers stay up; in each round each of them is measured for a moment, in an order that
/// turns. The scores are seconds for a message, and seconds of the server's processor for one. A
/// goal is how many times as fast ours is: the peer's ÷ ours.
///
/// `taskset -c LAST java -cp … dev.selvedge.bench.EchoPeers [--rounds N] [--out FILE.json]
/// [NAME]...`
public final class EchoPeers {
  private static final Path SCRIPT = Path.of("bench", "peers", "echo.py");
  private static final List<String> PINNED = List.of("taskset", "-c", "0");
  private static final List<String> FLAGS =
      List.of(
          "-Xmx1g",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow", // Netty is faster with it
          "-Dio.netty.leakDetection.level=disabled");
  private static final double WARM_UP = 4; // seconds, once for each server
  private static final double SETTLE = 0.1; // in each round
  private static final double MEASURE = 0.6;
  private static final int IDLE = 10_000;
  private static final String CPU = ", processor";

  private static final String OURS = "selvedge";
  private static final List<String> JVMS = List.of(OURS, "netty", "netty-epoll");

  /// What is sent.
  private record Subject(
      String name, String work, int connections, int size, int depth, List<Goal> goals) {}

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject(
              "echo of 1 KiB on 50 connections",
              "echo",
              50,
              1024,
              1,
              List.of(
                  new Faster(OURS, "uvloop-protocol", 1.05),
                  new Faster(OURS, "asyncio-streams", 1.5),
                  new Faster(OURS, "gevent", 2),
                  new Faster(OURS, "netty", 0.95),
                  new Faster(OURS, "netty-epoll", 0))),
          new Subject(
              "frames of 64 bytes, 32 under way on each of 50 connections",
              "frames",
              50,
              64,
              32,
              List.of(
                  new Faster(OURS, "uvloop-streams", 3),
                  new Faster(OURS, "uvloop-protocol", 1.2))));

  private static final List<String> IDLERS =
      List.of(OURS, "netty", "uvloop-protocol", "asyncio-streams", "gevent");

  private EchoPeers() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    PeerTable table = new PeerTable(EchoPeers.class, 15, args);
    for (Subject subject : SUBJECTS) {
      if (table.wants(subject.name())) {
        measure(subject, table);
      }
    }
    String idle = IDLE + " idle connections";
    if (table.wants(idle)) {
      measureIdle(idle, table);
    }
    table.write(PythonPeer.version());
  }

  // ---- throughput -----------------------------------------------------------------------------

  private static void measure(Subject subject, PeerTable table) throws Exception {
    int rounds = table.rounds();
    List<Server> servers = new ArrayList<>();
    Map<String, double[]> values = new LinkedHashMap<>();
    try {
      List<String> kinds = new ArrayList<>(List.of(OURS));
      for (Goal goal : subject.goals()) {
        if (goal instanceof Faster(String _, String peer, double _)) {
          kinds.add(peer);
        }
      }
      for (String kind : kinds) {
        Server.start(kind, subject.work()).ifPresent(servers::add);
      }
      for (Server server : servers) {
        try (EchoLoad load = load(server, subject)) {
          load.run(WARM_UP);
        }
      }
      for (int round = 0; round < rounds; round++) {
        Collections.rotate(servers, 1);
        for (Server server : servers) {
          measure(server, subject, round, rounds, values);
        }
      }
    } finally {
      servers.forEach(Server::close);
    }
    List<Goal> goals = new ArrayList<>(subject.goals());
    for (Goal goal : subject.goals()) {
      if (goal instanceof Faster(String ours, String peer, double _)) {
        goals.add(new Faster(ours + CPU, peer + CPU, 0));
      }
    }
    table.add(subject.name(), rounds, goals, values);
  }

  private static EchoLoad load(Server server, Subject subject) throws IOException {
    return new EchoLoad(server.port(), subject.connections(), subject.size(), subject.depth());
  }

  private static void measure(
      Server server, Subject subject, int round, int rounds, Map<String, double[]> values)
      throws IOException {
    try (EchoLoad load = load(server, subject)) {
      load.run(SETTLE);
      Duration before = server.processorTime();
      double each = load.run(MEASURE);
      double used = server.processorTime().minus(before).toNanos() / 1e9;
      values.computeIfAbsent(server.kind(), _ -> new double[rounds])[round] = each;
      values.computeIfAbsent(server.kind() + CPU, _ -> new double[rounds])[round] =
          used / (MEASURE / each);
    }
  }

  // ---- memory ---------------------------------------------------------------------------------

  /// Connections that have exchanged one message, and then wait.
  private static void measureIdle(String name, PeerTable table) throws Exception {
    Map<String, double[]> values = new LinkedHashMap<>();
    for (String kind : IDLERS) {
      Optional<Server> started = Server.start(kind, "frames");
      if (started.isPresent()) {
        try (Server server = started.get()) {
          try (EchoLoad one = new EchoLoad(server.port(), 100, 64, 1)) {
            one.run(0.5);
          }
          boolean isJvm = JVMS.contains(kind);
          long heap = isJvm ? server.heap() : 0;
          long resident = server.resident();
          try (EchoLoad many = new EchoLoad(server.port(), IDLE, 64, 1)) {
            many.drain();
            if (isJvm) {
              values.put(kind + ", heap", perConnection(server.heap() - heap));
            }
            values.put(kind + ", resident", perConnection(server.resident() - resident));
          }
        }
      }
    }
    List<Goal> goals = new ArrayList<>();
    values.keySet().forEach(key -> goals.add(new AtMost(key, Double.NaN, "KiB each")));
    table.add(name, 1, goals, values);
  }

  private static double[] perConnection(long bytes) {
    return new double[] {bytes / 1024.0 / IDLE};
  }

  // ---- servers --------------------------------------------------------------------------------

  /// A server process on the first core.
  ///
  /// @param peer the process, which has said its port
  private record Server(String kind, PeerProcess peer) implements AutoCloseable {
    static Optional<Server> start(String kind, String work)
        throws IOException, InterruptedException {
      List<List<String>> pinned =
          commands(kind, work).stream()
              .map(command -> Stream.concat(PINNED.stream(), command.stream()).toList())
              .toList();
      return PeerProcess.start(kind, pinned).map(peer -> new Server(kind, peer));
    }

    private static List<List<String>> commands(String kind, String work) {
      if (!JVMS.contains(kind)) {
        return PeerProcess.python(SCRIPT, kind, work);
      }
      String classPath = System.getProperty("java.class.path");
      return List.of(PeerProcess.java(FLAGS, classPath, EchoServers.class.getName(), kind, work));
    }

    int port() {
      return Integer.parseInt(peer.ready());
    }

    Duration processorTime() {
      return peer.process().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// {@return the bytes of memory that the process has}
    long resident() throws IOException {
      return Files.readAllLines(Path.of("/proc/" + peer.process().pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }

    /// {@return the bytes of the heap that are in use, after a collection}
    long heap() throws IOException {
      return Long.parseLong(peer.ask(""));
    }

    @Override
    public void close() {
      peer.close();
    }
  }
}
