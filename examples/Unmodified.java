// DEPS com.h2database:h2:2.4.240

import module dev.selvedge;
import module dev.selvedge.loop;
import module java.net.http;
import module jdk.httpserver;

import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.h2.tools.Server;

/// Plain JDBC and plain `java.net.http` on an event loop: neither knows of it, both switch by
/// themselves.
///
/// `store` gets a page by HTTP and puts its links into a database, as any blocking code does. Here
/// every call of it is a coroutine, all on one thread; where one waits for a socket, another one
/// goes on. The program counts how often, and for how long all of them have waited. Compare with
/// `--pool threads:1`: the same code on one thread that does not switch.
static final String USAGE =
    """
    Usage: Unmodified [--pool NAME] [--limit N] [--latency MILLIS] [--pages N] [FOLDER]
    Stores the links of Markdown pages, which it serves on loopback, in an H2 server in this process,
    and asks that for the pages that are linked most.

      --pool NAME        where the coroutines run: loop (default), virtual or threads:N
      --limit N          how many at the same time; 16 by default
      --latency MILLIS   that each page takes at least; 50 by default
      --pages N          at most; 1000 by default
      --help             print this

    Without FOLDER the pages of this project are taken.
    """;

static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
static final int MOST_LINKED = 5;

record Options(String pool, int limit, int latency, int pages, Optional<Path> folder) {}

/// Wrong usage or an unreadable folder: one line, and exit code 2.
static class Unusable extends Exception {
  Unusable(String message) {
    super(message);
  }
}

void main(String[] args) throws Exception {
  try {
    if (List.of(args).contains("--help")) {
      IO.print(USAGE);
    } else {
      run(parse(args));
    }
  } catch (Unusable e) {
    System.err.println("Unmodified: " + e.getMessage());
    System.exit(2);
  }
}

static Options parse(String[] args) throws Unusable {
  String pool = "loop";
  int limit = 16;
  int latency = 50;
  int pages = 1000;
  Optional<Path> folder = Optional.empty();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--pool" -> pool = value(args, ++i);
      case "--limit" -> limit = number(args, ++i, 1);
      case "--latency" -> latency = number(args, ++i, 0);
      case "--pages" -> pages = number(args, ++i, 1);
      case String option when option.startsWith("-") ->
          throw new Unusable("unknown option " + option + "; see --help");
      case String path -> folder = Optional.of(Path.of(path));
    }
  }
  return new Options(pool, limit, latency, pages, folder);
}

static String value(String[] args, int at) throws Unusable {
  if (at == args.length) {
    throw new Unusable(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

static int number(String[] args, int at, int least) throws Unusable {
  String text = value(args, at);
  try {
    int number = Integer.parseInt(text);
    if (number >= least) {
      return number;
    }
  } catch (NumberFormatException e) {
    // said below
  }
  throw new Unusable(
      "%s takes a number from %d on, and got '%s'".formatted(args[at - 1], least, text));
}

static Pool open(String name) throws Unusable {
  try {
    return Pool.named(name);
  } catch (IllegalArgumentException e) {
    throw new Unusable(e.getMessage());
  }
}

// ---- plain blocking code ----------------------------------------------------------------------

/// Gets pages by HTTP, and stores their links by JDBC.
record Store(HttpClient http, URI site, String database, Steps steps) {

  static final String TABLE = "CREATE TABLE link(page VARCHAR NOT NULL, target VARCHAR NOT NULL)";

  static final String TOP =
      """
      SELECT target, COUNT(DISTINCT page) AS pages FROM link
      GROUP BY target ORDER BY pages DESC, target LIMIT ?
      """;

  int store(String page) throws IOException, InterruptedException, SQLException {
    steps.after(Wait.NONE, page);
    URI uri = site.resolve("/" + page);
    String text = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    steps.after(Wait.HTTP, page);
    Set<String> targets =
        LINK.matcher(text)
            .results()
            .map(link -> uri.resolve(link.group(1)).normalize())
            .filter(target -> site.getAuthority().equals(target.getAuthority()))
            .map(target -> target.getPath().substring(1))
            .collect(Collectors.toCollection(TreeSet::new));
    try (Connection connection = DriverManager.getConnection(database);
        PreparedStatement insert = connection.prepareStatement("INSERT INTO link VALUES (?, ?)")) {
      steps.after(Wait.JDBC, page);
      for (String target : targets) {
        insert.setString(1, page);
        insert.setString(2, target);
        insert.executeUpdate();
        steps.after(Wait.JDBC, page);
      }
    }
    return targets.size();
  }

  List<String> mostLinked() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(database);
        PreparedStatement query = connection.prepareStatement(TOP)) {
      query.setInt(1, MOST_LINKED);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          rows.add("%,8d  %s".formatted(row.getInt("pages"), row.getString("target")));
        }
      }
    }
    return rows;
  }
}

// ---- what can be seen of it -------------------------------------------------------------------

enum Wait {
  NONE,
  HTTP,
  JDBC
}

/// Which page made a step, in order, and after which kind of wait.
static class Steps {
  private record Step(Wait kind, String page) {}

  private final List<Step> all = Collections.synchronizedList(new ArrayList<>()); // for other pools
  private final Set<String> threads = ConcurrentHashMap.newKeySet();

  void after(Wait kind, String page) {
    all.add(new Step(kind, page));
    threads.add(carrier());
  }

  /// {@return the thread of the operating system that this code runs on} The JDK tells it of a
  /// virtual thread only behind the `@` in its text.
  private static String carrier() {
    Thread thread = Thread.currentThread();
    return thread.isVirtual() ? thread.toString().replaceFirst(".*@", "") : thread.getName();
  }

  /// {@return in how many of the waits another page made a step}
  String used(Wait kind) {
    List<Integer> steps =
        IntStream.range(0, all.size()).filter(i -> all.get(i).kind() == kind).boxed().toList();
    long used =
        steps.stream().filter(i -> !all.get(i - 1).page().equals(all.get(i).page())).count();
    return "%,d of %,d waits for %s".formatted(used, steps.size(), kind);
  }

  @Override
  public String toString() {
    return "on %d thread%s, where another page went on in %s and in %s"
        .formatted(
            threads.size(), threads.size() == 1 ? "" : "s", used(Wait.HTTP), used(Wait.JDBC));
  }
}

// ---- both servers, and the coroutines ---------------------------------------------------------

static void run(Options options) throws Exception {
  Path folder = options.folder().isPresent() ? options.folder().get() : docs();
  List<String> pages = pages(folder).stream().limit(options.pages()).toList();
  Server h2 = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
  try (Pool servers = Pool.virtual();
      Pool pool = open(options.pool());
      HttpClient client = HttpClient.newHttpClient()) {
    String database = "jdbc:h2:tcp://localhost:" + h2.getPort() + "/mem:pages;DB_CLOSE_DELAY=-1";
    try (Connection connection = DriverManager.getConnection(database)) {
      connection.createStatement().execute(Store.TABLE);
    }
    HttpServer site = site(folder, options.latency(), servers);
    try {
      URI address = URI.create("http://localhost:" + site.getAddress().getPort());
      Store store = new Store(client, address, database, new Steps());
      storeAll(options, pool, store, pages);
      store.mostLinked().forEach(IO::println);
    } finally {
      site.stop(0);
    }
  } finally {
    h2.stop();
  }
}

static void storeAll(Options options, Pool pool, Store store, List<String> pages) throws Exception {
  LongAdder nanos = new LongAdder();
  long start = System.nanoTime();
  int links = 0;
  try (Progress progress = Progress.of(pages.size(), "pages")) {
    links =
        TaskGroup.call(
            group -> group.pool(pool).limit(options.limit()),
            group ->
                group
                    .map(
                        pages,
                        page -> {
                          long began = System.nanoTime();
                          int stored = store.store(page);
                          nanos.add(System.nanoTime() - began);
                          progress.step();
                          return stored;
                        })
                    .toList()
                    .stream()
                    .mapToInt(n -> n)
                    .sum());
  }
  double seconds = (System.nanoTime() - start) / 1e9;
  IO.println(
      "%,d pages, %,d links, %.2f s for what took %.2f s taken together, pool %s"
          .formatted(pages.size(), links, seconds, nanos.sum() / 1e9, options.pool()));
  IO.println(store.steps());
}

static HttpServer site(Path folder, int latency, Executor executor) throws IOException {
  HttpServer site =
      HttpServer.create(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          0,
          "/",
          SimpleFileServer.createFileHandler(folder.toAbsolutePath().normalize()),
          Filter.beforeHandler(
              "latency", exchange -> LockSupport.parkNanos(Duration.ofMillis(latency).toNanos())));
  site.setExecutor(executor);
  site.start();
  return site;
}

static List<String> pages(Path folder) throws Unusable {
  try (Stream<Path> files = Files.walk(folder)) {
    return files
        .filter(file -> file.toString().endsWith(".md"))
        .map(file -> folder.relativize(file).toString().replace('\\', '/'))
        .sorted()
        .toList();
  } catch (IOException | UncheckedIOException e) {
    throw new Unusable("cannot read " + folder + ": " + e.getMessage());
  }
}

/// {@return the pages of this project, in whose folder the library lies somewhere}
static Path docs() throws Unusable {
  URI library =
      ModuleLayer.boot()
          .configuration()
          .findModule("dev.selvedge")
          .flatMap(module -> module.reference().location())
          .orElseThrow();
  for (Path folder = Path.of(library); folder != null; folder = folder.getParent()) {
    if (Files.isRegularFile(folder.resolve("docs/guide/README.md"))) {
      return folder.resolve("docs");
    }
  }
  throw new Unusable("the pages of this project are not there; give FOLDER");
}
