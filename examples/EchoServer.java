import module dev.selvedge;
import module dev.selvedge.loop;

/// A server that sends back what it gets, and a client that measures such a server.
///
/// Both are plain blocking code, a coroutine for each connection: try `--pool loop`, where all of
/// them share one thread, against `--pool virtual`. The server is `echo` and `serve`; the rest is
/// measuring.
static final String USAGE =
    """
    Usage: EchoServer [--port N] [--limit N] [--pool NAME]
           EchoServer --load [--to HOST:PORT] [--connections N] [--size BYTES] [--rate N]
                             [--warm-up SECONDS] [--seconds N] [--pool NAME] [--json]
    Sends back what it gets, until Ctrl-C; or measures how fast that is.

      --port N            where to listen; 8007 by default, 0 for a port that is free
      --limit N           how many connections it serves at the same time; 10000 by default
      --pool NAME         loop (default): all connections on one thread; or virtual

      --load              measure: each connection sends a message, waits until it is back, and
                          sends the next one
      --to HOST:PORT      the server; by default one in this process, with a thread of its own
      --connections N     50 by default
      --size BYTES        of a message; 1024 by default
      --rate N            messages a second of all connections together, each timed from when it
                          was due: so a server that stalls cannot hide it by slowing its clients.
                          Without a rate as many as possible
      --warm-up SECONDS   not measured; 2 by default
      --seconds N         measured; 5 by default
      --json              print one line of JSON; times are in microseconds
      --help              print this
    """;

static final List<String> POOLS = List.of("loop", "virtual");
static final int CHUNK = 64 * 1024;
static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

record Options(
    boolean load,
    int port,
    int limit,
    String pool,
    Optional<InetSocketAddress> to,
    int connections,
    int size,
    int rate,
    int warmUp,
    int seconds,
    boolean json) {}

/// Wrong usage: one line, and exit code 2.
static class Unusable extends Exception {
  Unusable(String message) {
    super(message);
  }
}

void main(String[] args) throws Exception {
  try {
    if (List.of(args).contains("--help")) {
      IO.print(USAGE);
      return;
    }
    Options options = parse(args);
    if (options.load()) {
      load(options);
    } else {
      serve(options);
    }
  } catch (Unusable e) {
    System.err.println("EchoServer: " + e.getMessage());
    System.exit(2);
  } catch (IOException e) {
    System.err.println("EchoServer: " + e.getMessage());
    System.exit(1);
  }
}

static Options parse(String[] args) throws Unusable {
  boolean load = false;
  int port = 8007;
  int limit = 10_000;
  String pool = "loop";
  Optional<InetSocketAddress> to = Optional.empty();
  int connections = 50;
  int size = 1024;
  int rate = 0;
  int warmUp = 2;
  int seconds = 5;
  boolean json = false;
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--load" -> load = true;
      case "--json" -> json = true;
      case "--port" -> port = number(args, ++i, 0, 65_535);
      case "--limit" -> limit = number(args, ++i, 1, 1_000_000);
      case "--pool" -> pool = pool(args, ++i);
      case "--to" -> to = Optional.of(address(args, ++i));
      case "--connections" -> connections = number(args, ++i, 1, 100_000);
      case "--size" -> size = number(args, ++i, 1, 1 << 24);
      case "--rate" -> rate = number(args, ++i, 1, 10_000_000);
      case "--warm-up" -> warmUp = number(args, ++i, 0, 3600);
      case "--seconds" -> seconds = number(args, ++i, 1, 3600);
      default -> throw new Unusable("unknown option " + args[i] + "; see --help");
    }
  }
  return new Options(load, port, limit, pool, to, connections, size, rate, warmUp, seconds, json);
}

static String value(String[] args, int at) throws Unusable {
  if (at == args.length) {
    throw new Unusable(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

static int number(String[] args, int at, int least, int most) throws Unusable {
  String text = value(args, at);
  try {
    int number = Integer.parseInt(text);
    if (number >= least && number <= most) {
      return number;
    }
  } catch (NumberFormatException e) {
    // said below
  }
  throw new Unusable(
      "%s takes a number from %d to %d, and got '%s'".formatted(args[at - 1], least, most, text));
}

static String pool(String[] args, int at) throws Unusable {
  String name = value(args, at);
  if (!POOLS.contains(name)) {
    throw new Unusable(
        "--pool takes one of " + String.join(", ", POOLS) + ", and got '" + name + "'");
  }
  return name;
}

static InetSocketAddress address(String[] args, int at) throws Unusable {
  var parts = Pattern.compile("(.+):(\\d{1,5})").matcher(value(args, at));
  if (!parts.matches() || Integer.parseInt(parts.group(2)) > 65_535) {
    throw new Unusable("--to takes HOST:PORT, and got '" + args[at] + "'");
  }
  return InetSocketAddress.createUnresolved(parts.group(1), Integer.parseInt(parts.group(2)));
}

// ---- the server -------------------------------------------------------------------------------

static void echo(Connection connection) throws IOException, InterruptedException {
  for (byte[] bytes = connection.read(CHUNK); bytes.length > 0; bytes = connection.read(CHUNK)) {
    connection.write(bytes);
  }
}

static void serve(Options options) throws Exception {
  try (Pool pool = Pool.named(options.pool());
      TcpServer server =
          TcpServer.open(
              options.port(),
              defaults -> defaults.name("echo").pool(pool).limit(options.limit()),
              (connection, _) -> echo(connection))) {
    IO.println("echo on port %d, pool %s".formatted(server.port(), options.pool()));
    server.join();
  }
}

// ---- the load ---------------------------------------------------------------------------------

/// When what is measured begins and ends, in terms of [System#nanoTime()].
record Span(long from, long to) {
  static Span of(Options options) {
    long from = System.nanoTime() + options.warmUp() * 1_000_000_000L;
    return new Span(from, from + options.seconds() * 1_000_000_000L);
  }
}

/// Times of one connection in nanoseconds, each as it was: so percentiles are exact.
static class Times {
  private long[] times = new long[1024];
  private int count;

  void add(long nanos) {
    if (count == times.length) {
      times = Arrays.copyOf(times, 2 * count);
    }
    times[count++] = nanos;
  }

  static long[] sorted(List<Times> all) {
    return all.stream().flatMapToLong(t -> Arrays.stream(t.times, 0, t.count)).sorted().toArray();
  }
}

static void load(Options options) throws Exception {
  if (options.to().isPresent()) {
    report(options, measure(options, options.to().get()));
    return;
  }
  try (Pool pool = Pool.named(options.pool());
      TcpServer server =
          TcpServer.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              defaults -> defaults.name("echo").pool(pool),
              (connection, _) -> echo(connection))) {
    report(options, measure(options, server.address()));
  }
}

/// {@return the time that each message took, the shortest first}
static long[] measure(Options options, SocketAddress server) throws Exception {
  List<Times> times = Stream.generate(Times::new).limit(options.connections()).toList();
  try (Pool pool = Pool.named(options.pool());
      Progress progress = Progress.of(options.warmUp() + options.seconds(), "seconds")) {
    Span span = Span.of(options);
    TaskGroup.run(
        defaults -> defaults.pool(pool),
        group -> {
          for (int i = 0; i < options.connections(); i++) {
            int number = i;
            group.fork(
                "connection " + i,
                () -> converse(options, server, number, span, times.get(number)));
          }
          group.background(() -> tick(progress));
        });
  } catch (TaskFailedException e) {
    throw e.getCause() instanceof IOException cause ? cause : e;
  }
  return Times.sorted(times);
}

static void tick(Progress progress) throws InterruptedException {
  while (true) {
    Tasks.sleep(Duration.ofSeconds(1));
    progress.step();
  }
}

static void converse(Options options, SocketAddress server, int number, Span span, Times times)
    throws IOException, InterruptedException {
  byte[] message = new byte[options.size()];
  new Random(number).nextBytes(message);
  long due = System.nanoTime();
  try (Connection connection = TcpClient.connect(server)) {
    while (due < span.to()) {
      connection.write(message);
      if (!Arrays.equals(message, connection.readExactly(message.length))) {
        throw new IOException(server + " sends back something else than it got");
      }
      long now = System.nanoTime();
      if (due >= span.from()) {
        times.add(now - due);
      }
      due = options.rate() == 0 ? now : next(due, options);
    }
  }
}

/// Waits until the next message is due. If that has passed already, it is late, and counts so.
static long next(long due, Options options) throws InterruptedException {
  long next = due + 1_000_000_000L * options.connections() / options.rate();
  long pause = next - System.nanoTime();
  if (pause > 0) {
    Tasks.sleep(Duration.ofNanos(pause));
  }
  return next;
}

// ---- the figures ------------------------------------------------------------------------------

static void report(Options options, long[] times) throws IOException {
  if (times.length == 0) {
    throw new IOException("no message came back in " + options.seconds() + " s");
  }
  double perSecond = (double) times.length / options.seconds();
  if (options.json()) {
    String latencies =
        Arrays.stream(PERCENTILES)
            .mapToObj(p -> "\"%s\":%.1f".formatted(name(p), micros(times, p)))
            .collect(Collectors.joining(","));
    IO.println(
        "{\"messages\":%d,\"perSecond\":%.0f,\"latency\":{%s},\"connections\":%d,\"size\":%d,\"pool\":\"%s\"}"
            .formatted(
                times.length,
                perSecond,
                latencies,
                options.connections(),
                options.size(),
                options.pool()));
    return;
  }
  IO.println(
      "%,d messages of %,d bytes, there and back, on %,d connections, pool %s"
          .formatted(times.length, options.size(), options.connections(), options.pool()));
  IO.println(
      "%,.0f a second, %.1f MiB/s each way"
          .formatted(perSecond, perSecond * options.size() / (1 << 20)));
  for (double p : PERCENTILES) {
    IO.println("%8s %,10.1f µs".formatted(name(p), micros(times, p)));
  }
}

static String name(double percentile) {
  return percentile == 100 ? "max" : "p" + (percentile + "").replace(".0", "");
}

/// By nearest rank: the smallest time that so many percent do not exceed.
static double micros(long[] sorted, double percentile) {
  int rank = (int) Math.ceil(percentile / 100 * sorted.length);
  return sorted[Math.max(0, rank - 1)] / 1e3;
}
