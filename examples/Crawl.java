import module dev.selvedge;
import module dev.selvedge.loop;
import module java.net.http;
import module jdk.httpserver;

import java.net.http.HttpResponse.BodyHandlers;

/// Fetches every page that is linked from a first one, politely, and names the links that lead
/// nowhere.
///
/// Each page is a task of one group, forks those that it links to, and is plain blocking code with
/// the JDK's own HTTP client. All tasks are coroutines on one event loop, so what they share is
/// plain maps without a lock. The group has the limit and the deadline; each host has a limit, a
/// rate and a robots.txt of its own; each request is tried again if that may help.
static final String USAGE =
    """
    Usage: Crawl [--limit N] [--per-host N] [--delay MILLIS] [--deadline SECONDS] [--attempts N]
                 [--pages N] [--also HOST[:PORT]]... [--save FOLDER] [--site FOLDER] [URL]
    Fetches the page at URL and all that it leads to on the same host, each once.

      --limit N            pages at the same time; 32 by default
      --per-host N         requests to one host at the same time; 4 by default
      --delay MILLIS       from one request to a host to the next, unless its robots.txt asks for
                           more; 500 by default, 1 for the site that this program serves itself
      --deadline SECONDS   for all of it; 300 by default
      --attempts N         for each page, after failures that may pass; 4 by default
      --pages N            at most; 10000 by default
      --also HOST[:PORT]   follow links to this host, too
      --save FOLDER        write each page to a file in FOLDER/HOST/
      --site FOLDER        without URL: the site, beginning with README.md
      --help               print this

    Without URL it serves a site on loopback, the pages of this project or those in FOLDER, and
    checks each page against its file. That site is busy now and then, and does not want its
    CHANGELOG.md to be crawled.

    Exit code 1: a link leads nowhere, a page could not be had, or the deadline has passed.
    """;

static final String AGENT = "selvedge-crawl";
static final int LARGEST_PAGE = 16 << 20;
static final Duration PATIENCE = Duration.ofSeconds(30); // for one answer
static final Duration LONGEST_PAUSE = Duration.ofSeconds(30); // that a busy server may ask for
static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

record Options(
    int limit,
    int perHost,
    Duration delay,
    Duration deadline,
    int attempts,
    int pages,
    Set<String> also,
    Optional<Path> save,
    Optional<Path> site,
    Optional<URI> start) {}

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
    boolean whole =
        options.start().isPresent()
            ? crawl(options, options.start().get()).report()
            : crawlOwnSite(options);
    if (!whole) {
      System.exit(1);
    }
  } catch (Unusable e) {
    System.err.println("Crawl: " + e.getMessage());
    System.exit(2);
  }
}

static Options parse(String[] args) throws Unusable {
  int limit = 32;
  int perHost = 4;
  OptionalInt delay = OptionalInt.empty();
  int deadline = 300;
  int attempts = 4;
  int pages = 10_000;
  Set<String> also = new HashSet<>();
  Optional<Path> save = Optional.empty();
  Optional<Path> site = Optional.empty();
  Optional<URI> start = Optional.empty();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--limit" -> limit = number(args, ++i);
      case "--per-host" -> perHost = number(args, ++i);
      case "--delay" -> delay = OptionalInt.of(number(args, ++i));
      case "--deadline" -> deadline = number(args, ++i);
      case "--attempts" -> attempts = number(args, ++i);
      case "--pages" -> pages = number(args, ++i);
      case "--also" -> also.add(value(args, ++i));
      case "--save" -> save = Optional.of(Path.of(value(args, ++i)));
      case "--site" -> site = Optional.of(Path.of(value(args, ++i)));
      case String option when option.startsWith("-") ->
          throw new Unusable("unknown option " + option + "; see --help");
      case String url -> start = Optional.of(page(url));
    }
  }
  return new Options(
      limit,
      perHost,
      Duration.ofMillis(delay.orElse(start.isPresent() ? 500 : 1)),
      Duration.ofSeconds(deadline),
      attempts,
      pages,
      also,
      save,
      site,
      start);
}

static String value(String[] args, int at) throws Unusable {
  if (at == args.length) {
    throw new Unusable(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

static int number(String[] args, int at) throws Unusable {
  String text = value(args, at);
  try {
    int number = Integer.parseInt(text);
    if (number >= 1) {
      return number;
    }
  } catch (NumberFormatException e) {
    // said below
  }
  throw new Unusable("%s takes a number from 1 on, and got '%s'".formatted(args[at - 1], text));
}

static URI page(String url) throws Unusable {
  return link(URI.create("http://localhost/"), url)
      .filter(uri -> url.startsWith("http"))
      .orElseThrow(() -> new Unusable("cannot crawl " + url + ": give a URL with http or https"));
}

// ---- the crawl --------------------------------------------------------------------------------

enum State {
  WAITING,
  FETCHED,
  MOVED,
  FORBIDDEN,
  BROKEN
}

/// What is known of a page.
static class Page {
  final URI uri;
  final SortedSet<String> linkedFrom = new TreeSet<>();
  State state = State.WAITING;
  String why = "not fetched before the end";
  byte[] digest = {};

  Page(URI uri) {
    this.uri = uri;
  }
}

/// A host, and what all requests to it have to pass.
static class Host {
  final Limit limit;
  Rate rate;
  Task<Robots> robots;
  String failure = ""; // why there is no robots.txt

  Host(Options options) {
    limit = Limit.of(options.perHost());
    rate = Rate.of(1, options.delay());
  }
}

/// An answer other than the one that was asked for.
static class Refused extends IOException {
  final int status;

  Refused(int status) {
    super("status " + status);
    this.status = status;
  }

  boolean mayPass() {
    return PASSING.contains(status);
  }

  boolean isMissing() {
    return status / 100 == 4 && !mayPass();
  }
}

static Crawler crawl(Options options, URI start) throws Exception {
  try (HttpClient client =
          HttpClient.newBuilder().connectTimeout(PATIENCE).build(); // follows no redirects
      Progress progress = Progress.of(0, "pages")) {
    Crawler crawler = new Crawler(options, client, progress, start);
    EventLoop.run(crawler::run);
    return crawler;
  }
}

/// Everything here is touched by the coroutines of one loop only, and so needs no lock.
static class Crawler {
  private final Options options;
  private final HttpClient client;
  private final Progress progress;
  private final URI start;
  private final Retry retry;
  private final Map<URI, Page> pages = new LinkedHashMap<>();
  private final Map<String, Host> hosts = new HashMap<>();
  private final long began = System.nanoTime();
  private long bytes;
  private int requests;
  private int elsewhere;
  private boolean late;

  Crawler(Options options, HttpClient client, Progress progress, URI start) {
    this.options = options;
    this.client = client;
    this.progress = progress;
    this.start = start;
    this.retry =
        Retry.times(options.attempts())
            .on(IOException.class, DeadlineExceededException.class)
            .when(e -> !(e instanceof Refused refused) || refused.mayPass());
  }

  void run() throws Exception {
    try {
      TaskGroup.run(
          group -> group.name("crawl").limit(options.limit()).deadline(options.deadline()),
          group -> visit(group, start, "the command line"));
    } catch (DeadlineExceededException e) {
      late = true;
    }
  }

  private void visit(TaskGroup group, URI uri, String from) {
    Page known = pages.get(uri);
    if (known != null) {
      known.linkedFrom.add(from);
    } else if (pages.size() < options.pages()) {
      Page page = new Page(uri);
      page.linkedFrom.add(from);
      pages.put(uri, page);
      progress.expect(1);
      group.fork(uri.toString(), () -> fetch(group, page));
    }
  }

  private void fetch(TaskGroup group, Page page) throws InterruptedException {
    try {
      Host host = host(group, page.uri);
      Robots robots = host.robots.await();
      if (!host.failure.isEmpty()) {
        throw new IOException("cannot get the robots.txt: " + host.failure);
      }
      if (!robots.allows(page.uri)) {
        page.state = State.FORBIDDEN;
        return;
      }
      follow(group, page, retry.call(() -> get(host, page.uri)));
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      page.state = State.BROKEN;
      page.why = reason(e);
    } finally {
      progress.step();
    }
  }

  private void follow(TaskGroup group, Page page, HttpResponse<byte[]> response) throws Exception {
    if (response.statusCode() / 100 == 3) {
      page.state = State.MOVED;
      String to = response.headers().firstValue("Location").orElse("");
      link(page.uri, to).ifPresent(uri -> visitIfOurs(group, uri, page.uri.toString()));
      return;
    }
    byte[] body = response.body();
    bytes += body.length;
    if (options.save().isPresent()) {
      Path file = file(options.save().get(), page.uri);
      EventLoop.offload(() -> write(file, body)); // the disk would hold up the loop
    }
    page.digest = digest(body);
    page.state = State.FETCHED;
    for (String link : links(response.headers().firstValue("Content-Type").orElse(""), body)) {
      link(page.uri, link).ifPresent(uri -> visitIfOurs(group, uri, page.uri.toString()));
    }
  }

  private void visitIfOurs(TaskGroup group, URI uri, String from) {
    String host = uri.getAuthority();
    if (host.equals(start.getAuthority()) || options.also().contains(host)) {
      visit(group, uri, from);
    } else {
      elsewhere++;
    }
  }

  /// The first page of a host forks the task that gets its robots.txt, and all wait for that.
  private Host host(TaskGroup group, URI uri) {
    Host known = hosts.get(uri.getAuthority());
    if (known != null) {
      return known;
    }
    Host host = new Host(options);
    hosts.put(uri.getAuthority(), host);
    host.robots = group.fork(uri.resolve("/robots.txt").toString(), () -> robots(host, uri));
    return host;
  }

  /// As RFC 9309 says: what is not there forbids nothing, what cannot be had forbids everything.
  private Robots robots(Host host, URI uri) throws InterruptedException {
    try {
      // The client would look the name up on this thread; so it finds it in the JDK's cache.
      EventLoop.offload(() -> InetAddress.getByName(uri.getHost()));
      byte[] body = retry.call(() -> get(host, uri.resolve("/robots.txt"))).body();
      Robots robots = Robots.parse(new String(body, StandardCharsets.UTF_8));
      if (robots.delay().compareTo(options.delay()) > 0) {
        host.rate = Rate.of(1, robots.delay());
      }
      return robots;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (!(e instanceof Refused refused) || !refused.isMissing()) {
        host.failure = reason(e);
      }
      return Robots.NONE;
    }
  }

  /// Sends one request, in its turn. A wait for the turn is no part of the answer's time.
  private HttpResponse<byte[]> get(Host host, URI uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).header("User-Agent", AGENT).build();
    try (var _ = host.limit.hold()) {
      host.rate.acquire();
      requests++;
      HttpResponse<byte[]> response =
          Deadline.within(
              PATIENCE,
              () ->
                  client.send(
                      request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_PAGE)));
      int status = response.statusCode();
      if (status != 200 && status / 100 != 3) {
        Tasks.sleep(askedPause(response)); // in the turn, so that others wait, too
        throw new Refused(status);
      }
      return response;
    }
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private static Duration askedPause(HttpResponse<?> response) {
    Duration asked =
        response
            .headers()
            .firstValue("Retry-After")
            .filter(text -> text.matches("\\d{1,9}"))
            .map(text -> Duration.ofSeconds(Long.parseLong(text)))
            .orElse(Duration.ZERO);
    return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
  }

  private List<Page> in(State... states) {
    return pages.values().stream().filter(page -> List.of(states).contains(page.state)).toList();
  }

  /// {@return whether every page could be had}
  boolean report() {
    List<Page> failed = in(State.BROKEN, State.WAITING);
    for (Page page : failed) {
      IO.println(
          "broken %s: %s; linked from %s"
              .formatted(page.uri, page.why, String.join(", ", page.linkedFrom)));
    }
    IO.println(
        "%,d pages, %,d bytes, %,d requests, %.2f s"
            .formatted(
                in(State.FETCHED).size(), bytes, requests, (System.nanoTime() - began) / 1e9));
    IO.println(
        "%,d broken, %,d moved, %,d forbidden by robots.txt, %,d links to other hosts"
            .formatted(
                failed.size(), in(State.MOVED).size(), in(State.FORBIDDEN).size(), elsewhere));
    if (late) {
      IO.println("stopped by the deadline of " + options.deadline().toSeconds() + " s");
    }
    return failed.isEmpty() && !late;
  }
}

// ---- links and files --------------------------------------------------------------------------

static final Pattern HTML_LINK = Pattern.compile("(?i)\\b(?:href|src)\\s*=\\s*[\"']([^\"']+)");
static final Pattern MARKDOWN_LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
static final Pattern MARKDOWN_CODE = Pattern.compile("(?ms)^```.*?^```");

static Set<String> links(String contentType, byte[] body) {
  String text = new String(body, StandardCharsets.UTF_8);
  Matcher links =
      contentType.startsWith("text/html")
          ? HTML_LINK.matcher(text)
          : contentType.startsWith("text/markdown")
              ? MARKDOWN_LINK.matcher(MARKDOWN_CODE.matcher(text).replaceAll(""))
              : HTML_LINK.matcher("");
  return links.results().map(link -> link.group(1)).collect(Collectors.toSet());
}

/// {@return the address that a link in a page means, always spelled in the same way; empty if it is
/// not one of a page}
static Optional<URI> link(URI page, String text) {
  try {
    URI uri = page.resolve(text.replace("&amp;", "&").strip()).normalize();
    if (uri.getHost() == null || !Set.of("http", "https").contains(uri.getScheme())) {
      return Optional.empty();
    }
    String path = uri.getRawPath().replaceFirst("^(/\\.\\.)+", "");
    return Optional.of(
        URI.create(
            uri.getScheme()
                + "://"
                + uri.getRawAuthority().toLowerCase(Locale.ROOT)
                + (path.isEmpty() ? "/" : path)
                + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())));
  } catch (IllegalArgumentException e) {
    return Optional.empty();
  }
}

static Path file(Path folder, URI uri) {
  String name = uri.toString().substring(uri.getScheme().length() + "://".length());
  return Path.of(folder.toString(), name.endsWith("/") ? name + "index.html" : name);
}

static Path write(Path file, byte[] body) throws IOException {
  Files.createDirectories(file.getParent());
  return Files.write(file, body);
}

static byte[] digest(byte[] body) {
  try {
    return MessageDigest.getInstance("SHA-256").digest(body);
  } catch (NoSuchAlgorithmException e) {
    throw new AssertionError("every JDK has it", e);
  }
}

// ---- robots.txt -------------------------------------------------------------------------------

/// What a host asks of robots like this one.
///
/// @param rules which paths it allows or not; the longest that fits decides
/// @param delay from one request to the next
record Robots(List<Rule> rules, Duration delay) {
  static final Robots NONE = new Robots(List.of(), Duration.ZERO);

  record Rule(boolean allow, int length, Pattern pattern) {
    /// In a rule `*` is any text, and `$` at its end the end of the path.
    static Rule of(boolean allow, String rule) {
      boolean whole = rule.endsWith("$");
      String path = whole ? rule.substring(0, rule.length() - 1) : rule;
      String regex =
          Arrays.stream(path.split("\\*", -1))
              .map(Pattern::quote)
              .collect(Collectors.joining(".*"));
      return new Rule(allow, rule.length(), Pattern.compile(regex + (whole ? "" : ".*")));
    }
  }

  boolean allows(URI uri) {
    String path = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    return rules.stream()
        .filter(rule -> rule.pattern().matcher(path).matches())
        .max(Comparator.comparingInt(Rule::length).thenComparing(Rule::allow))
        .map(Rule::allow)
        .orElse(true);
  }

  /// Reads the group for this robot, or that for all.
  static Robots parse(String text) {
    Map<String, List<Rule>> rules = new HashMap<>();
    Map<String, Duration> delays = new HashMap<>();
    List<String> agents = new ArrayList<>();
    boolean naming = true; // several agents may share the rules behind them
    for (String line : text.lines().toList()) {
      String[] parts = line.replaceFirst("#.*", "").split(":", 2);
      String key = parts[0].strip().toLowerCase(Locale.ROOT);
      String value = parts.length == 2 ? parts[1].strip() : "";
      if (key.equals("user-agent")) {
        if (!naming) {
          agents.clear();
        }
        naming = true;
        agents.add(value.toLowerCase(Locale.ROOT));
        rules.putIfAbsent(agents.getLast(), new ArrayList<>());
        continue;
      }
      naming &= !Set.of("allow", "disallow", "crawl-delay").contains(key);
      for (String agent : agents) {
        if (key.equals("crawl-delay") && value.matches("\\d{1,6}(\\.\\d+)?")) {
          delays.put(agent, Duration.ofMillis(Math.round(1000 * Double.parseDouble(value))));
        } else if (!value.isEmpty() && (key.equals("allow") || key.equals("disallow"))) {
          rules.get(agent).add(Rule.of(key.equals("allow"), value));
        }
      }
    }
    String mine = rules.containsKey(AGENT) ? AGENT : "*";
    return new Robots(
        rules.getOrDefault(mine, List.of()), delays.getOrDefault(mine, Duration.ZERO));
  }
}

// ---- the own site -----------------------------------------------------------------------------

static final String OWN_ROBOTS =
    """
    User-agent: *
    Disallow: /CHANGELOG.md
    Crawl-delay: 0.002
    """;

/// A folder on loopback, which is busy now and then and counts its answers.
static class Site implements AutoCloseable {
  private final Path root;
  private final HttpServer server;
  private final Pool pool = Pool.virtual();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> answered = new ConcurrentHashMap<>();

  Site(Path root) throws IOException {
    this.root = root;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(pool);
    server.createContext("/", this::answer);
    server.createContext("/robots.txt", exchange -> send(exchange, 200, OWN_ROBOTS.getBytes()));
    server.start();
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + server.getAddress().getPort() + path);
  }

  Path file(URI uri) {
    return Path.of(root.toString(), uri.getPath());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Path file = file(exchange.getRequestURI()).normalize();
    boolean busy = asked.add(path) && path.length() % 10 == 0;
    if (busy) {
      send(exchange, 503, new byte[0]);
    } else if (!file.startsWith(root) || !Files.isRegularFile(file)) {
      send(exchange, 404, new byte[0]);
    } else {
      answered.merge(path, 1, Integer::sum);
      String type = URLConnection.guessContentTypeFromName(file.toString());
      exchange.getResponseHeaders().set("Content-Type", type == null ? "text/plain" : type);
      send(exchange, 200, Files.readAllBytes(file));
    }
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /// {@return whether each page is what its file says, and was sent once}
  boolean isMirroredBy(Crawler crawler) throws IOException {
    int wrong = 0;
    for (Page page : crawler.in(State.FETCHED)) {
      int times = answered.get(page.uri.getPath());
      if (times != 1 || !Arrays.equals(page.digest, digest(Files.readAllBytes(file(page.uri))))) {
        IO.println(
            "wrong %s: differs from its file, or was sent %d times".formatted(page.uri, times));
        wrong++;
      }
    }
    IO.println(
        wrong == 0 ? "each page is what its file says, and was fetched once" : wrong + " wrong");
    return wrong == 0;
  }

  @Override
  public void close() {
    server.stop(0);
    pool.close();
  }
}

static boolean crawlOwnSite(Options options) throws Exception {
  Path root = options.site().isPresent() ? options.site().get() : projectFolder();
  if (!Files.isReadable(root.resolve("README.md"))) {
    throw new Unusable("cannot read " + root.resolve("README.md") + ", where the site begins");
  }
  try (Site site = new Site(root.toAbsolutePath().normalize())) {
    Crawler crawler = crawl(options, site.uri("/README.md"));
    return crawler.report() & site.isMirroredBy(crawler);
  }
}

/// {@return the folder of this project, in which the library lies somewhere}
static Path projectFolder() throws Unusable {
  URI library =
      ModuleLayer.boot()
          .configuration()
          .findModule("dev.selvedge")
          .flatMap(module -> module.reference().location())
          .orElseThrow();
  for (Path folder = Path.of(library); folder != null; folder = folder.getParent()) {
    if (Files.isRegularFile(folder.resolve("docs/guide/README.md"))) {
      return folder;
    }
  }
  throw new Unusable("the pages of this project are not there; give --site FOLDER or a URL");
}
