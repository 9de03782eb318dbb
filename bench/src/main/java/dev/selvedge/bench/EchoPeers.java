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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Measures a TCP server on the event loop against those of Python's loops and of Netty: each a
/// process on the first core, with the same client on the last one.
///
/// All servers stay up; in each round each of them is measured for a moment, in an order that
/// turns. The scores are seconds for a message, and seconds of the server's processor for one. A
/// goal is how many times as fast ours is: the peer's ÷ ours. The table has the median of the
/// rounds and its 95 % interval; a target counts as met when the interval reaches it.
///
/// `taskset -c LAST java -cp … dev.selvedge.bench.EchoPeers [--rounds N] [--out FILE.json]
/// [NAME]...`
public final class EchoPeers {
  private static final Path SCRIPT = Path.of("bench", "peers", "echo.py");
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
  private static final int NO_PACKAGE = 3;
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
    System.out.println("| what | ours | against | median | interval | target | |");
    System.out.println("|---|---|---|---|---|---|---|");
    List<String> results = new ArrayList<>();
    for (Subject subject : SUBJECTS) {
      if (names.isEmpty() || names.stream().anyMatch(subject.name()::contains)) {
        results.add(measured(subject, rounds));
      }
    }
    String idle = IDLE + " idle connections";
    if (names.isEmpty() || names.stream().anyMatch(idle::contains)) {
      results.add(idle(idle));
    }
    if (out != null) {
      Files.writeString(out, ProcessPeers.page(results, "EchoPeers", args, PythonPeer.version()));
      System.out.println("written to " + out);
    }
  }

  // ---- throughput -----------------------------------------------------------------------------

  private static String measured(Subject subject, int rounds) throws Exception {
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
    return ProcessPeers.result(subject.name(), rounds, goals, values);
  }

  private static EchoLoad load(Server server, Subject subject) throws IOException {
    return new EchoLoad(server.port, subject.connections(), subject.size(), subject.depth());
  }

  private static void measure(
      Server server, Subject subject, int round, int rounds, Map<String, double[]> values)
      throws IOException {
    try (EchoLoad load = load(server, subject)) {
      load.run(SETTLE);
      Duration before = server.processorTime();
      double each = load.run(MEASURE);
      double used = server.processorTime().minus(before).toNanos() / 1e9;
      values.computeIfAbsent(server.kind, _ -> new double[rounds])[round] = each;
      values.computeIfAbsent(server.kind + CPU, _ -> new double[rounds])[round] =
          used / (MEASURE / each);
    }
  }

  // ---- memory ---------------------------------------------------------------------------------

  /// Connections that have exchanged one message, and then wait.
  private static String idle(String name) throws Exception {
    Map<String, double[]> values = new LinkedHashMap<>();
    for (String kind : IDLERS) {
      Optional<Server> started = Server.start(kind, "frames");
      if (started.isPresent()) {
        try (Server server = started.get()) {
          try (EchoLoad one = new EchoLoad(server.port, 100, 64, 1)) {
            one.run(0.5);
          }
          boolean isJvm = JVMS.contains(kind);
          long heap = isJvm ? server.heap() : 0;
          long resident = server.resident();
          try (EchoLoad many = new EchoLoad(server.port, IDLE, 64, 1)) {
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
    return ProcessPeers.result(name, 1, goals, values);
  }

  private static double[] perConnection(long bytes) {
    return new double[] {bytes / 1024.0 / IDLE};
  }

  // ---- servers --------------------------------------------------------------------------------

  /// A server process.
  private static final class Server implements AutoCloseable {
    final String kind;
    final int port;
    private final Process process;
    private final BufferedReader output;

    private Server(String kind, Process process, BufferedReader output, int port) {
      this.kind = kind;
      this.process = process;
      this.output = output;
      this.port = port;
    }

    /// Starts a server, or says loudly that it cannot.
    static Optional<Server> start(String kind, String work)
        throws IOException, InterruptedException {
      for (List<String> command : commands(kind, work)) {
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", "0"));
        pinned.addAll(command);
        Process process = new ProcessBuilder(pinned).redirectError(Redirect.INHERIT).start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line != null) {
          return Optional.of(new Server(kind, process, output, Integer.parseInt(line)));
        }
        int exit = process.waitFor();
        if (exit != NO_PACKAGE) {
          throw new IOException(pinned + " has failed with exit code " + exit);
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

    private static List<List<String>> commands(String kind, String work) {
      if (!JVMS.contains(kind)) {
        return PYTHONS.stream()
            .map(python -> List.of(python, SCRIPT.toString(), kind, work))
            .toList();
      }
      return List.of(
          List.of(
              ProcessHandle.current().info().command().orElse("java"),
              "-Xmx1g",
              "-XX:+UseSerialGC",
              "--add-opens=java.base/java.lang=ALL-UNNAMED",
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow", // Netty is faster with it
              "-Dio.netty.leakDetection.level=disabled",
              "-cp",
              System.getProperty("java.class.path"),
              EchoServers.class.getName(),
              kind,
              work));
    }

    Duration processorTime() {
      return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// {@return the bytes of memory that the process has}
    long resident() throws IOException {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }

    /// {@return the bytes of the heap that are in use, after a collection}
    long heap() throws IOException {
      process.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
      return Long.parseLong(output.readLine());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
