package dev.selvedge.trace.timeline;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.jr.ob.JSON;

/// Chromium without a window, driven through a pipe by its DevTools protocol: each message is a
/// JSON object that ends with NUL.
///
/// It is taken from `SELVEDGE_BROWSER`, or else from the PATH. Where it is missing, tests are left
/// out with a loud word, but in a build server (`CI` or `SELVEDGE_BROWSER` is set) they fail.
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Process process;
  private final InputStream from;
  private final OutputStream to;
  private String session = "";
  private int messages;

  private Browser(Process process) {
    this.process = process;
    this.from = new BufferedInputStream(process.getInputStream());
    this.to = process.getOutputStream();
  }

  /// Opens a page, and waits until it has read its data.
  static Browser open(Path page, Path folder) throws IOException {
    // The protocol has its own two pipes, 3 and 4; what else Chromium says goes to a file.
    var process =
        new ProcessBuilder(
                "bash",
                "-c",
                "exec \"$@\" 3<&0 4>&1 1>&2",
                "bash",
                program(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--force-color-profile=srgb",
                "--remote-debugging-pipe",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=1400,800",
                "about:blank")
            .redirectError(folder.resolve("chromium.log").toFile())
            .start();
    var browser = new Browser(process);
    browser.attach();
    browser.call("Page.enable", Map.of());
    browser.show(page);
    return browser;
  }

  private static String program() {
    var named = Objects.requireNonNullElse(System.getenv("SELVEDGE_BROWSER"), "");
    Optional<String> found =
        (named.isEmpty() ? NAMES : List.of(named)).stream().flatMap(Browser::onPath).findFirst();
    if (found.isEmpty()) {
      var message =
          "NO BROWSER: the page of timelines is not tested; install chromium, or name it in"
              + " SELVEDGE_BROWSER";
      if (!named.isEmpty() || System.getenv("CI") != null) {
        fail(message);
      }
      System.err.println(message);
      Assumptions.abort(message);
    }
    return found.orElseThrow();
  }

  private static Stream<String> onPath(String name) {
    return Stream.of(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString);
  }

  private void attach() throws IOException {
    var targets =
        (List<?>) Objects.requireNonNull(call("Target.getTargets", Map.of()).get("targetInfos"));
    var page =
        targets.stream()
            .map(target -> (Map<?, ?>) target)
            .filter(target -> "page".equals(target.get("type")))
            .findFirst()
            .orElseThrow();
    var answer =
        call(
            "Target.attachToTarget",
            Map.of("targetId", String.valueOf(page.get("targetId")), "flatten", true));
    session = String.valueOf(answer.get("sessionId"));
  }

  void show(Path page) throws IOException {
    call("Page.navigate", Map.of("url", page.toUri().toString()));
    evaluate(
        """
        new Promise((done) => {
          const look = () => globalThis.timeline ? done(true) : setTimeout(look, 5);
          look();
        })
        """);
  }

  /// Has the browser prefer dark or light colours.
  void prefer(String scheme) throws IOException {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /// {@return the value of an expression of JavaScript; of a promise, what it comes to}
  @Nullable Object evaluate(String expression) throws IOException {
    var answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    assertNull(answer.get("exceptionDetails"), expression);
    return ((Map<?, ?>) Objects.requireNonNull(answer.get("result"))).get("value");
  }

  double number(String expression) throws IOException {
    return ((Number) Objects.requireNonNull(evaluate(expression), expression)).doubleValue();
  }

  void mouse(String type, double x, double y, Map<String, ?> more) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("type", type, "x", x, "y", y));
    all.putAll(more);
    call("Input.dispatchMouseEvent", all);
  }

  void click(double x, double y) throws IOException {
    var left = Map.of("button", "left", "clickCount", 1);
    mouse("mousePressed", x, y, left);
    mouse("mouseReleased", x, y, left);
  }

  void key(String key) throws IOException {
    call(
        "Input.dispatchKeyEvent",
        Map.of("type", "keyDown", "key", key, "text", key.length() == 1 ? key : ""));
    call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
  }

  void screenshot(Path file) throws IOException {
    evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
    var answer = call("Page.captureScreenshot", Map.of("format", "png"));
    Files.write(file, Base64.getDecoder().decode(String.valueOf(answer.get("data"))));
  }

  private Map<?, ?> call(String method, Map<String, ?> parameters) throws IOException {
    int id = ++messages;
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    to.write(JSON.std.asBytes(message));
    to.write(0);
    to.flush();
    while (true) {
      var answer = JSON.std.mapFrom(read());
      if (Integer.valueOf(id).equals(answer.get("id"))) {
        assertNull(answer.get("error"), method);
        return (Map<?, ?>) Objects.requireNonNull(answer.get("result"));
      }
    }
  }

  private String read() throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (int next = from.read(); next != 0; next = from.read()) {
      if (next < 0) {
        throw new IOException("Chromium has ended");
      }
      bytes.write(next);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /// Its processes write to its profile until they have ended.
  @Override
  public void close() throws IOException {
    var all = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    try {
      call("Browser.close", Map.of());
    } catch (IOException e) {
      all.forEach(ProcessHandle::destroyForcibly);
    } finally {
      all.forEach(one -> one.onExit().join());
    }
  }
}
