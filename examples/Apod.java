// DEPS com.google.code.gson:gson:2.13.2

import module dev.selvedge;
import module dev.selvedge.loop;
import module java.net.http;
import module jdk.httpserver;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.net.http.HttpResponse.BodyHandlers;

/// Astronomy pictures of the day for a range of dates: what each is from NASA's API, and then the
/// image.
///
/// Each date is a coroutine on one event loop: plain blocking code, with the JDK's own HTTP client.
/// A rate and a limit keep the API content, another limit the host of the images; what may pass is
/// tried again, and what fails is kept by its date while the others go on.
static final String USAGE =
    """
    Usage: Apod [--from DATE] [--to DATE] [--api URL] [--key KEY] [--limit N] [--rate N]
                [--attempts N] [--pause MILLIS] [--deadline SECONDS] [FOLDER]
    Gets the metadata of each date into FOLDER/DATE.json, and the image into a file beside it.

      --from DATE          the first date; 2024-01-01 by default
      --to DATE            the last date; 2024-01-31 by default
      --api URL            the API: https://api.nasa.gov/planetary/apod is the real one. By default a
                           stand-in on loopback, which fails now and then, is slow for some dates,
                           and lacks others
      --key KEY            for the API; DEMO_KEY by default, which gets 30 answers an hour
      --limit N            images at the same time; 8 by default
      --rate N             requests to the API in a second; 100 by default, 5 with --api
      --attempts N         for each request, if what failed may pass; 4 by default
      --pause MILLIS       before the second attempt, growing later; 20 by default, 1000 with --api
      --deadline SECONDS   for all of it; 600 by default
      --help               print this

    Dates whose metadata is in FOLDER are done: run it again after a failure, and it goes on. Without
    FOLDER a new one is made, for temporary files. Exit code 1: a date failed.
    """;

static final int CALLS = 4; // of the API at the same time
static final Duration PATIENCE = Duration.ofSeconds(60); // for one answer
static final int LARGEST = 64 << 20;
static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);
static final Gson GSON = new Gson();

record Options(
    List<LocalDate> dates,
    Optional<URI> api,
    String key,
    int limit,
    int rate,
    Retry retry,
    Duration deadline,
    Optional<Path> folder) {}

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
    } else if (!run(parse(args))) {
      System.exit(1);
    }
  } catch (Unusable e) {
    System.err.println("Apod: " + e.getMessage());
    System.exit(2);
  }
}

static Options parse(String[] args) throws Unusable {
  LocalDate from = LocalDate.of(2024, 1, 1);
  LocalDate to = LocalDate.of(2024, 1, 31);
  Optional<URI> api = Optional.empty();
  String key = "DEMO_KEY";
  int limit = 8;
  OptionalInt rate = OptionalInt.empty();
  int attempts = 4;
  OptionalInt pause = OptionalInt.empty();
  int deadline = 600;
  Optional<Path> folder = Optional.empty();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--from" -> from = date(args, ++i);
      case "--to" -> to = date(args, ++i);
      case "--api" -> api = Optional.of(address(args, ++i));
      case "--key" -> key = value(args, ++i);
      case "--limit" -> limit = number(args, ++i);
      case "--rate" -> rate = OptionalInt.of(number(args, ++i));
      case "--attempts" -> attempts = number(args, ++i);
      case "--pause" -> pause = OptionalInt.of(number(args, ++i));
      case "--deadline" -> deadline = number(args, ++i);
      case String option when option.startsWith("-") ->
          throw new Unusable("unknown option " + option + "; see --help");
      case String path -> folder = Optional.of(Path.of(path));
    }
  }
  if (to.isBefore(from)) {
    throw new Unusable("there is no date from " + from + " to " + to);
  }
  return new Options(
      from.datesUntil(to.plusDays(1)).toList(),
      api,
      key,
      limit,
      rate.orElse(api.isPresent() ? 5 : 100),
      Retry.times(attempts)
          .backoff(Duration.ofMillis(pause.orElse(api.isPresent() ? 1000 : 20)))
          .on(IOException.class, DeadlineExceededException.class)
          .when(e -> !(e instanceof Refused refused) || PASSING.contains(refused.status)),
      Duration.ofSeconds(deadline),
      folder);
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

static LocalDate date(String[] args, int at) throws Unusable {
  try {
    return LocalDate.parse(value(args, at));
  } catch (DateTimeParseException e) {
    throw new Unusable(
        args[at - 1] + " takes a date such as 2024-01-31, and got '" + args[at] + "'");
  }
}

static URI address(String[] args, int at) throws Unusable {
  try {
    URI uri = URI.create(value(args, at));
    if (uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())) {
      return uri;
    }
  } catch (IllegalArgumentException e) {
    // said below
  }
  throw new Unusable("--api takes a URL with http or https, and got '" + args[at] + "'");
}

static Path folder(Options options) throws Unusable, IOException {
  if (options.folder().isEmpty()) {
    return Files.createTempDirectory("apod");
  }
  try {
    return Files.createDirectories(options.folder().get());
  } catch (IOException e) {
    throw new Unusable("cannot make the folder " + options.folder().get() + ": " + e);
  }
}

/// {@return whether all dates are there now}
static boolean run(Options options) throws Exception {
  Path folder = folder(options);
  if (options.api().isPresent()) {
    return run(options, options.api().get(), folder);
  }
  try (StandIn standIn = new StandIn()) {
    return run(options, standIn.uri(), folder);
  }
}

static boolean run(Options options, URI api, Path folder) throws Exception {
  long start = System.nanoTime();
  List<LocalDate> missing =
      options.dates().stream().filter(date -> Files.notExists(metadata(folder, date))).toList();
  SortedMap<LocalDate, String> done = new TreeMap<>();
  SortedMap<LocalDate, String> failed = new TreeMap<>();
  try (HttpClient client =
          HttpClient.newBuilder()
              .connectTimeout(PATIENCE)
              .followRedirects(HttpClient.Redirect.NORMAL)
              .build();
      EventLoop loop = EventLoop.open(defaults -> defaults.name("apod"));
      Progress progress = Progress.of(missing.size(), "dates")) {
    Source source = new Source(options, api, folder, client);
    Deadline.moveOnAfter(
        options.deadline(),
        () ->
            loop.asCompleted(missing, source::fetch)
                .forEach(
                    outcome -> {
                      switch (outcome) {
                        case Outcome.Success(var date, var what) -> done.put(date, what);
                        case Outcome.Failure(var date, var why) -> failed.put(date, reason(why));
                        case Outcome.Cancelled(var date, var why) ->
                            failed.put(date, why.describe());
                      }
                      progress.step();
                    }));
  }
  missing.stream()
      .filter(date -> !done.containsKey(date))
      .forEach(date -> failed.putIfAbsent(date, "not there before the deadline"));
  done.forEach((date, what) -> IO.println(date + "  " + what));
  failed.forEach((date, why) -> IO.println(date + "  failed: " + why));
  IO.println(
      "%,d dates: %,d fetched, %,d were there, %,d failed, %.2f s: %s"
          .formatted(
              options.dates().size(),
              done.size(),
              options.dates().size() - missing.size(),
              failed.size(),
              (System.nanoTime() - start) / 1e9,
              folder.toAbsolutePath()));
  return failed.isEmpty();
}

static Path metadata(Path folder, LocalDate date) {
  return folder.resolve(date + ".json");
}

static String reason(Throwable why) {
  return why.getMessage() == null ? why.toString() : why.getMessage();
}

// ---- one date ---------------------------------------------------------------------------------

/// What the API says of a date; the names are its own.
record Picture(String title, String media_type, String url) {}

/// What the API says instead: `msg` for a date, `error` about the key.
record Complaint(String msg, Complaint.Error error) {
  record Error(String message) {}

  static String in(byte[] body) {
    try {
      Complaint complaint =
          GSON.fromJson(new String(body, StandardCharsets.UTF_8), Complaint.class);
      if (complaint != null && complaint.msg != null) {
        return ", " + complaint.msg;
      }
      return complaint != null && complaint.error != null ? ", " + complaint.error.message : "";
    } catch (JsonParseException e) {
      return "";
    }
  }
}

/// An answer other than the one that was asked for.
static class Refused extends IOException {
  final int status;

  Refused(URI uri, HttpResponse<byte[]> response) {
    super(uri.getPath() + ": status " + response.statusCode() + Complaint.in(response.body()));
    this.status = response.statusCode();
  }
}

/// Where the pictures come from.
static class Source {
  private final Options options;
  private final URI api;
  private final Path folder;
  private final HttpClient client;
  private final Limit calls = Limit.of(CALLS);
  private final Rate rate;
  private final Limit images;

  Source(Options options, URI api, Path folder, HttpClient client) {
    this.options = options;
    this.api = api;
    this.folder = folder;
    this.client = client;
    this.rate = Rate.of(options.rate(), Duration.ofSeconds(1));
    this.images = Limit.of(options.limit());
  }

  /// {@return what there is now for a date, in words} The metadata is written last: where it is,
  /// the image is, too.
  String fetch(LocalDate date) throws Exception {
    URI uri = URI.create(api + "?api_key=" + options.key() + "&date=" + date);
    byte[] metadata =
        options
            .retry()
            .call(
                () ->
                    calls.call(
                        () -> {
                          rate.acquire();
                          return get(uri);
                        }));
    Picture picture = picture(metadata);
    if (!"image".equals(picture.media_type())) {
      EventLoop.offload(() -> write(metadata(folder, date), metadata));
      return picture.title() + " (" + picture.media_type() + ")";
    }
    URI at = api.resolve(picture.url());
    byte[] image = options.retry().call(() -> images.call(() -> get(at)));
    Path file = folder.resolve(date + extension(at));
    EventLoop.offload( // the disk would hold up the loop
        () -> {
          write(file, image);
          return write(metadata(folder, date), metadata);
        });
    return "%s (%,d bytes)".formatted(picture.title(), image.length);
  }

  private static Picture picture(byte[] metadata) throws IOException {
    try {
      Picture picture = GSON.fromJson(new String(metadata, StandardCharsets.UTF_8), Picture.class);
      if (picture != null && picture.title() != null && picture.media_type() != null) {
        return picture;
      }
    } catch (JsonParseException e) {
      // said below
    }
    throw new IOException("the API answers with something else than a picture");
  }

  private byte[] get(URI uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    HttpResponse<byte[]> response =
        Deadline.within(
            PATIENCE,
            () -> client.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST)));
    if (response.statusCode() != 200) {
      throw new Refused(uri, response);
    }
    return response.body();
  }

  private static String extension(URI uri) {
    int dot = uri.getPath().lastIndexOf('.');
    return dot > uri.getPath().lastIndexOf('/') ? uri.getPath().substring(dot) : ".image";
  }

  /// A file is whole or not there.
  private static Path write(Path file, byte[] bytes) throws IOException {
    Path fresh = Files.write(file.resolveSibling(file.getFileName() + ".part"), bytes);
    return Files.move(
        fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}

// ---- the stand-in -----------------------------------------------------------------------------

/// An API with its images on loopback. What it does to a date depends on the day of the month.
static class StandIn implements AutoCloseable {
  private static final int SIDE = 64;

  private final HttpServer server;
  private final Pool pool = Pool.virtual();
  private final Set<LocalDate> asked = ConcurrentHashMap.newKeySet();

  StandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(pool);
    server.createContext("/planetary/apod", this::metadata);
    server.createContext("/image/", this::image);
    server.start();
  }

  URI uri() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/planetary/apod");
  }

  private void metadata(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    LocalDate date = LocalDate.parse(query.replaceFirst(".*date=", ""));
    int day = date.getDayOfMonth();
    if (day == 13) {
      send(exchange, 404, "{\"code\":404,\"msg\":\"No data available for date: " + date + "\"}");
    } else if (day % 5 == 0 && asked.add(date)) {
      send(exchange, 503, "busy, ask again");
    } else {
      String type = day % 10 == 9 ? "video" : "image";
      Map<String, String> picture =
          Map.of(
              "date",
              date.toString(),
              "title",
              "The stars of " + date,
              "media_type",
              type,
              "url",
              "/image/" + date + ".ppm");
      send(exchange, 200, GSON.toJson(picture));
    }
  }

  private void image(HttpExchange exchange) throws IOException {
    String name = exchange.getRequestURI().getPath().replaceAll(".*/|\\.ppm$", "");
    LocalDate date = LocalDate.parse(name);
    if (date.getDayOfMonth() == 17) {
      send(exchange, 500, "broken");
      return;
    }
    if (date.getDayOfMonth() % 7 == 0) {
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos()); // slow
    }
    send(exchange, 200, stars(date));
  }

  /// A hundred stars on black, as a portable pixmap.
  private static byte[] stars(LocalDate date) {
    byte[] head = "P6 %d %d 255\n".formatted(SIDE, SIDE).getBytes(StandardCharsets.US_ASCII);
    byte[] image = Arrays.copyOf(head, head.length + 3 * SIDE * SIDE);
    Random random = new Random(date.toEpochDay());
    for (int star = 0; star < 100; star++) {
      int at = head.length + 3 * random.nextInt(SIDE * SIDE);
      Arrays.fill(image, at, at + 3, (byte) random.nextInt(100, 256));
    }
    return image;
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    pool.close();
  }
}
