package dev.selvedge.trace.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.SampleProcess;
import dev.selvedge.trace.recording.TaskGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page, in a browser.
final class TimelineBrowserTest {
  @TempDir private Path folder;

  private Path page(Recording recording) throws IOException {
    var file = folder.resolve("page.html");
    try (var out = Files.newBufferedWriter(file)) {
      TimelinePage.write(recording, "out.jfr", out);
    }
    return file;
  }

  @Test
  void showsEachTaskAsItWasRecorded() throws Exception {
    var recording = Samples.crawl();
    var graph = TaskGraph.of(recording);
    List<String> recorded = new ArrayList<>();
    long begin = Long.MAX_VALUE;
    for (int node = 0; node < graph.size(); node++) {
      begin = Math.min(begin, graph.run(node).submitted());
    }
    for (int node = 0; node < graph.size(); node++) {
      var run = graph.run(node);
      int parent = graph.parent(node);
      int canceller = graph.canceller(node);
      recorded.add(
          String.join(
              " ",
              run.name(),
              "" + (run.start() - begin),
              "" + run.duration(),
              "" + run.queued(),
              "" + run.blocked(),
              run.outcome().word(),
              parent < 0 ? "-" : graph.run(parent).name(),
              canceller < 0 ? "-" : graph.run(canceller).name(),
              "" + graph.waits(node).size()));
    }
    try (var browser = Browser.open(page(recording), folder)) {
      var shown =
          (List<?>)
              Objects.requireNonNull(
                  browser.evaluate(
                      """
                      (() => {
                        const data = timeline.data, name = (i) => i < 0 ? "-" : data.texts[data.name[i]];
                        const outcomes = ["succeeded", "failed", "cancelled", "unknown"];
                        return Array.from({ length: data.count }, (_, i) => [
                          name(i), data.start[i], data.duration[i], data.queued[i], data.blocked[i],
                          outcomes[data.outcome[i]], name(data.parent[i]), name(data.canceller[i]),
                          data.waitFirst[i + 1] - data.waitFirst[i]].join(" "));
                      })()
                      """));
      assertEquals(
          recorded.stream().sorted().toList(),
          shown.stream().map(String::valueOf).sorted().toList());
    }
  }

  @Test
  void aClickSelectsWheelAndKeysZoom() throws Exception {
    try (var browser = Browser.open(page(Samples.crawl()), folder)) {
      // The middle of the first task.
      var where = "timeline.view.x(timeline.data.start[0] + timeline.data.duration[0] / 2)";
      double x = browser.number(where);
      double y =
          browser.number(
              "timeline.rows.y(0) + LANE / 2 + $(\"picture\").getBoundingClientRect().top");
      browser.click(x, y);
      assertEquals(
          "crawl https://example.org",
          browser.evaluate("document.querySelector('#details h2').textContent"));

      double span = browser.number("timeline.view.span");
      browser.mouse("mouseWheel", x, y, Map.of("deltaX", 0, "deltaY", -300));
      assertEquals(
          true,
          browser.evaluate(
              "new Promise((done) => setTimeout(() => done(timeline.view.span < "
                  + span
                  + "), 0))"));
      browser.key("0");
      assertEquals(span, browser.number("timeline.view.span"));
      browser.key("d");
      assertTrue(browser.number("timeline.view.from") > 0);
      browser.key("Escape");
      assertEquals(true, browser.evaluate("$('details').hidden"));
    }
  }

  @Test
  void searchFindsTasksInTheOrderOfTime() throws Exception {
    try (var browser = Browser.open(page(Samples.crawl()), folder)) {
      browser.key("/");
      for (var letter : "PARSE".split("", -1)) {
        browser.key(letter);
      }
      assertEquals("12 found", browser.evaluate("$('found').textContent"));
      browser.key("Enter");
      assertEquals("1 of 12", browser.evaluate("$('found').textContent"));
      assertEquals(
          "parse-0", browser.evaluate("document.querySelector('#details h2').textContent"));
    }
  }

  @Test
  void whatANameContainsIsShownAndNotRun() throws Exception {
    var name = "</script><img src=x onerror='hacked=1'><script>hacked=1</script>\u0000\u001b[2J";
    var recording = SampleProcess.recording(new SampleProcess(1).task(1, name, 0, 0, 0, 10));
    try (var browser = Browser.open(page(recording), folder)) {
      browser.evaluate("timeline.select(0, true)");
      assertEquals(name, browser.evaluate("document.querySelector('#details h2').textContent"));
      assertEquals("undefined", browser.evaluate("typeof hacked"));
      assertEquals(0.0, browser.number("document.images.length"));
    }
  }

  @Test
  void thePageCannotUseTheNetwork() throws Exception {
    try (var browser = Browser.open(page(Samples.crawl()), folder)) {
      assertEquals(
          "connect-src",
          browser.evaluate(
              """
              new Promise((done) => {
                addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
                fetch("http://127.0.0.1:9/").then(() => done("it went through"), () => {});
              })
              """));
    }
  }

  /// On a busy machine one try says little; the best of several says what the page itself costs.
  @Test
  void twoHundredThousandTasksOpenIn3SecondsAndPanIn50Milliseconds() throws Exception {
    var page = page(Samples.many(200_000));
    try (var browser = Browser.open(page, folder)) {
      double opened = Double.MAX_VALUE;
      for (int run = 0; run < 10 && opened >= 3000; run++) {
        browser.show(page);
        opened =
            Math.min(opened, browser.number("Number(document.documentElement.dataset.opened)"));
      }
      assertTrue(opened < 3000, "opened in " + opened + " ms at best");
      for (var zoom : List.of(1.0, 0.3, 0.1, 0.01, 0.0001)) {
        double frame =
            browser.number(
                """
                new Promise((done) => {
                  const { view } = timeline;
                  view.whole();
                  view.zoom(%s, view.width / 2);
                  let best = Infinity, frames = 0;
                  const step = () => {
                    const begin = performance.now();
                    view.move(7);
                    timeline.draw();
                    timeline.picture.context.getImageData(0, 0, 1, 1);
                    best = Math.min(best, performance.now() - begin);
                    if (++frames < 20) requestAnimationFrame(step);
                    else done(best);
                  };
                  step();
                })
                """
                    .formatted(zoom));
        assertTrue(frame < 50, "at zoom " + zoom + " the best frame took " + frame + " ms");
      }
    }
  }
}
