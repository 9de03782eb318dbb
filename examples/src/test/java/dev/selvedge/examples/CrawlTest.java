package dev.selvedge.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class CrawlTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s#]+)[^)\\s]*\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```");
  private static final Set<String> SLOW =
      Set.of("/a.html", "/a.html?q=1&r=2", "/dir/", "/old.html");
  private static final int SLOW_MILLIS = 100;
  private static final int DELAY_MILLIS = 40;

  private final Example crawl = Example.named("Crawl");
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer site;

  private final Map<String, String> pages =
      Map.of(
          "/start.html",
          "<a href='a.html'>, <a href=\"/dir/\">, <a href='old.html#there'>, <a href='/secret/x'>,"
              + " <a HREF = 'http://elsewhere.invalid/'>, <img src='dir/../a.html?q=1&amp;r=2'>",
          "/a.html",
          "<a href='gone.html'><a href='busy.html'><a href='mailto:a@b'>",
          "/dir/",
          "<a href='../gone.html'><a href='../broken.html'><a href='../../start.html'>",
          "/new.html",
          "no link",
          "/busy.html",
          "<a href='/secret/but/open.html'>",
          "/secret/but/open.html",
          "open",
          "/secret/x",
          "secret");

  @BeforeEach
  void openSite() throws IOException {
    site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    site.setExecutor(handlers);
    site.createContext("/", this::answer);
    site.start();
  }

  @AfterEach
  void closeSite() {
    end.countDown();
    site.stop(0);
    handlers.close();
  }

  private String url(String path) {
    return "http://localhost:" + site.getAddress().getPort() + path;
  }

  private void answer(HttpExchange exchange) throws IOException {
    times.add(System.nanoTime());
    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    var path = exchange.getRequestURI().toString();
    if (SLOW.contains(path)) {
      LockSupport.parkNanos(SLOW_MILLIS * 1_000_000L);
    }
    int times = requests.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
    switch (path) {
      case "/robots.txt" ->
          send(
              exchange,
              200,
              """
              user-agent: other
              Disallow: /

              User-agent: selvedge-crawl # this one
              User-agent: third
              Disallow: /secret/
              Allow: /secret/*/open.html$
              Crawl-delay: 0.04
              """);
      case "/busy.html" ->
          send(exchange, times < 3 ? 503 : 200, Objects.requireNonNull(pages.get(path)));
      case "/broken.html" -> send(exchange, 500, "");
      case "/old.html" -> {
        exchange.getResponseHeaders().set("Location", "new.html");
        send(exchange, 301, "");
      }
      case "/never.html" -> {
        await(end);
        exchange.close();
      }
      default -> {
        var body = pages.get(path.replaceFirst("\\?q=1&r=2$", ""));
        send(exchange, body == null ? 404 : 200, body == null ? "" : body);
      }
    }
  }

  private void send(HttpExchange exchange, int status, String body) throws IOException {
    open.decrementAndGet();
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      exchange.sendResponseHeaders(status, 0);
      exchange.getResponseBody().write(body.getBytes(UTF_8));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void fetchesEachPageOnceAndNamesWhatIsBroken(@TempDir Path folder) throws Exception {
    var result =
        crawl.run(
            "--delay",
            "1",
            "--per-host",
            "2",
            "--attempts",
            "3",
            "--save",
            "" + folder,
            url("/start.html"));
    assertEquals("", result.err());
    assertEquals(
        List.of(
            "broken " + url("/broken.html") + ": status 500; linked from " + url("/dir/"),
            "broken "
                + url("/gone.html")
                + ": status 404; linked from "
                + url("/a.html, ")
                + url("/a.html?q=1&r=2, ")
                + url("/dir/")),
        result.out().lines().filter(line -> line.startsWith("broken")).sorted().toList());
    assertTrue(result.out().contains("7 pages, "), result.out());
    assertTrue(
        result
            .out()
            .endsWith("2 broken, 1 moved, 1 forbidden by robots.txt, 1 links to other hosts\n"),
        result.out());
    assertEquals(1, result.exitCode());
    assertEquals(
        "{/a.html=1, /a.html?q=1&r=2=1, /broken.html=3, /busy.html=3, /dir/=1, /gone.html=1,"
            + " /new.html=1, /old.html=1, /robots.txt=1, /secret/but/open.html=1, /start.html=1}",
        new TreeMap<>(requests).toString());
    var host = folder.resolve("localhost:" + site.getAddress().getPort());
    assertEquals(pages.get("/dir/"), Files.readString(host.resolve("dir/index.html")));
    assertEquals("open", Files.readString(host.resolve("secret/but/open.html")));
    assertTrue(mostOpen.get() <= 2, mostOpen + " requests at the same time");
    var sorted = times.stream().sorted().toList();
    long close =
        IntStream.range(1, sorted.size())
            .filter(i -> sorted.get(i) - sorted.get(i - 1) < DELAY_MILLIS * 1_000_000L / 2)
            .count();
    assertTrue(close <= sorted.size() / 4, close + " of " + sorted.size() + " came too early");
  }

  @Test
  void stopsAtTheDeadline() throws Exception {
    var result = crawl.run("--deadline", "1", "--delay", "1", url("/never.html"));
    assertEquals(
        "broken "
            + url("/never.html")
            + ": not fetched before the end; linked from the command line",
        result.out().lines().findFirst().orElse(""),
        result.err());
    assertTrue(result.out().endsWith("stopped by the deadline of 1 s\n"), result.out());
    assertEquals(1, result.exitCode());
  }

  /// This test finds the pages in the folder, the program over HTTP.
  @Test
  void findsThePagesOfThisProjectAsTheyAre() throws Exception {
    var result = crawl.run();
    assertEquals("", result.err());
    assertEquals(0, result.exitCode(), result.out());
    assertTrue(
        result.out().startsWith("%,d pages, ".formatted(linkedFrom("README.md").size())),
        result.out());
    assertTrue(
        result.out().endsWith("each page is what its file says, and was fetched once\n"),
        result.out());
  }

  private static Set<Path> linkedFrom(String first) throws IOException {
    var root = Objects.requireNonNull(Example.folder().getParent());
    var found = new TreeSet<Path>();
    var waiting = new ArrayDeque<>(List.of(root.resolve(first)));
    while (!waiting.isEmpty()) {
      var page = waiting.remove();
      if (page.endsWith("CHANGELOG.md") || !found.add(page) || !page.toString().endsWith(".md")) {
        continue;
      }
      LINK.matcher(CODE.matcher(Files.readString(page)).replaceAll(""))
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.contains(":"))
          .forEach(link -> waiting.add(page.resolveSibling(link).normalize()));
    }
    return found;
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    var result = crawl.run("ftp://localhost/");
    assertEquals(
        "Crawl: cannot crawl ftp://localhost/: give a URL with http or https\n", result.err());
    assertEquals(2, result.exitCode());
  }
}
