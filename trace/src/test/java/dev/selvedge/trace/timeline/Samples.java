package dev.selvedge.trace.timeline;

import dev.selvedge.trace.recording.Outcome;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.SampleProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// Recordings to make pictures of.
final class Samples {
  private static final int WORKERS = 16;

  private Samples() {}

  /// A crawler: one task forks pages, which wait for a lock and parse; one fails, and the rest are
  /// cancelled by the owner.
  static Recording crawl() {
    var process = new SampleProcess(4711);
    process.group(9, "pages", 1, 20, 900);
    process.wait(1, "group", 0, 60, 900);
    process.task(1, "crawl https://example.org", 0, 0, 0, 0, 950, Outcome.SUCCEEDED);
    for (int i = 0; i < 12; i++) {
      long start = 30 + 140L * (i / 3) + 10L * i;
      var outcome = i == 8 ? Outcome.FAILED : i > 8 ? Outcome.CANCELLED : Outcome.SUCCEEDED;
      long end = start + 120 + (i * 37) % 100;
      process.wait(10 + i, "lock", i % 3 == 0 ? 0 : 9 + i, start + 20, start + 60 + 5L * (i % 4));
      process.task(10 + i, "page-" + i, 1, 9, 25, start, end, outcome);
      process.task(40 + i, "parse-" + i, 10 + i, 9, end - 50, end - 45, end - 5, outcome);
      if (outcome == Outcome.CANCELLED) {
        process.cancel(
            10 + i, "page-" + i, 18, end - 30, end, i == 10 ? "Page.read(Page.java:17)" : "");
      }
    }
    return SampleProcess.recording(process);
  }

  /// So many tasks on 16 threads and two worker processes, a hundredth of which fail or are
  /// cancelled.
  static Recording many(int count) {
    var random = new Random(17);
    var here = new SampleProcess(1000);
    var there = new SampleProcess(1001);
    long[] free = new long[WORKERS];
    here.task(1, "main", 0, 0, 0, 0, 3L * count / WORKERS, Outcome.SUCCEEDED);
    for (int i = 0; i < count; i++) {
      int worker = i % WORKERS;
      long start = free[worker] + random.nextInt(3);
      long end = start + 1 + random.nextLong(4) * random.nextInt(3);
      free[worker] = end;
      int luck = random.nextInt(200);
      var outcome = luck == 0 ? Outcome.FAILED : luck == 1 ? Outcome.CANCELLED : Outcome.SUCCEEDED;
      if (end - start > 3) {
        here.wait(2 + i, "io", 0, start + 1, end - 1);
      }
      (worker < 12 ? here : there)
          .task(
              2 + i,
              NAMES[i % NAMES.length] + i,
              1,
              0,
              Math.max(0, start - random.nextInt(40)),
              start,
              end,
              outcome);
    }
    return SampleProcess.recording(here, there);
  }

  private static final String[] NAMES = {"page-", "parse-", "store-", "index-", "render-"};

  /// Writes pages to look at: the folder to write to, then how many tasks.
  public static void main(String[] args) throws Exception {
    var folder = Path.of(args[0]);
    try (var out = Files.newBufferedWriter(folder.resolve("crawl.html"))) {
      TimelinePage.write(crawl(), "crawl.jfr", out);
    }
    for (int i = 1; i < args.length; i++) {
      long begin = System.nanoTime();
      var file = folder.resolve("many-" + args[i] + ".html");
      var many = many(Integer.parseInt(args[i]));
      long made = System.nanoTime();
      try (var out = Files.newBufferedWriter(file)) {
        TimelinePage.write(many, "many.jfr", out);
      }
      System.out.printf(
          "%s: %,d bytes, made in %d ms, written in %d ms%n",
          file,
          Files.size(file),
          (made - begin) / 1_000_000,
          (System.nanoTime() - made) / 1_000_000);
    }
  }
}
