package dev.selvedge.cli;

import dev.selvedge.trace.live.Printable;
import dev.selvedge.trace.recording.Cancellation;
import dev.selvedge.trace.recording.RecordedProcess;
import dev.selvedge.trace.report.Report;
import dev.selvedge.trace.report.Step;
import dev.selvedge.trace.report.TaskSum;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What `selvedge report` does: reads a recording and prints what it comes to.
final class Reports {
  private static final int STALLS = 5;

  private Reports() {}

  /// How to print.
  record Options(ReportCommand.Order order, int top, boolean json, boolean quiet) {}

  static void print(Path file, Options options, PrintWriter out, PrintWriter err)
      throws CommandFailure, InterruptedException {
    var report = Report.of(Recordings.read(file, err, options.quiet));
    if (options.json) {
      out.println(JsonText.of("selvedge.report/1", json(report, options)));
    } else {
      print(report, file, options, out);
    }
  }

  // ---- as text --------------------------------------------------------------------------------

  private static void print(Report report, Path file, Options options, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %,d tasks in %s, %s%n",
        file,
        report.tasks(),
        Lengths.text(report.path().total()),
        report.processes().size() == 1
            ? "in one process"
            : "in " + report.processes().size() + " processes");
    printTasks(report, options, out);
    printPath(report, options, out);
    printCancellations(report, options, out);
    printStalls(report, out);
    report
        .drops()
        .forEach(
            drop ->
                out.printf(
                    Locale.ROOT,
                    "%nNot recorded: %,d %s%n",
                    drop.count(),
                    Printable.line(drop.what())));
  }

  private static void printTasks(Report report, Options options, PrintWriter out) {
    var table = new TextTable();
    table.add(
        "TASKS", "count", "queued", "running", "blocked", "p50", "p99", "failed", "cancelled");
    sorted(report, options)
        .forEach(
            sum ->
                table.add(
                    Printable.line(sum.pattern()),
                    count(sum.count()),
                    Lengths.text(sum.queued()),
                    Lengths.text(sum.running()),
                    Lengths.text(sum.blocked()),
                    Lengths.text(sum.p50()),
                    Lengths.text(sum.p99()),
                    orDash(sum.failed()),
                    orDash(sum.cancelled())));
    print(table, report.sums().size(), options, "names", out);
  }

  private static void printPath(Report report, Options options, PrintWriter out) {
    var table = new TextTable();
    table.add("CRITICAL PATH", "activity", "time", "share", "if it took half the time");
    long total = Math.max(1, report.path().total());
    report.path().steps().stream()
        .limit(options.top)
        .forEach(
            step ->
                table.add(
                    Printable.line(step.pattern()),
                    step.activity(),
                    Lengths.text(step.time()),
                    Math.round(100.0 * step.time() / total) + " %",
                    saving(step, total)));
    print(table, report.path().steps().size(), options, "steps", out);
  }

  private static String saving(Step step, long total) {
    return step.saves() == 0
        ? "-"
        : Lengths.text(total - step.saves()) + " in all, " + Lengths.text(step.saves()) + " saved";
  }

  private static void printCancellations(Report report, Options options, PrintWriter out) {
    var all = report.cancellations();
    if (all.isEmpty()) {
      return;
    }
    var table = new TextTable();
    table.add("CANCELLED", "went on for", "reason", "by");
    all.stream()
        .limit(options.top)
        .forEach(
            one ->
                table.add(
                    Printable.line(one.name()),
                    Lengths.text(one.duration()),
                    Printable.line(one.reason()),
                    Printable.line(by(one))));
    print(table, all.size(), options, "cancellations", out);
    if (!report.swallowed().isEmpty()) {
      out.println();
      out.println("Swallowed an interrupt, so that a cancelled task went on:");
      report.swallowed().stream()
          .limit(options.top)
          .forEach(
              line ->
                  out.printf(
                      Locale.ROOT,
                      "  %s, %,d times, for up to %s%n",
                      Printable.line(line.line()),
                      line.count(),
                      Lengths.text(line.longest())));
    }
  }

  private static String by(Cancellation one) {
    return one.byName().isEmpty() ? one.byGroup() == 0 ? "-" : "its group" : one.byName();
  }

  private static void printStalls(Report report, PrintWriter out) {
    if (report.stalls().isEmpty()) {
      return;
    }
    out.println();
    out.printf(Locale.ROOT, "Loops held up: %,d times; the longest:%n", report.stalls().size());
    report.stalls().stream()
        .limit(STALLS)
        .forEach(
            stall -> {
              var place = stall.stack().lines().findFirst().map(line -> " at " + line).orElse("");
              out.println(
                  "  "
                      + Lengths.text(stall.duration())
                      + "  "
                      + Printable.line(stall.loop() + " in " + stall.name() + place));
            });
  }

  private static void print(
      TextTable table, int rows, Options options, String what, PrintWriter out) {
    out.println();
    table.lines().forEach(out::println);
    if (rows > options.top) {
      out.printf(Locale.ROOT, "and %,d more %s; --top 0 shows all%n", rows - options.top, what);
    }
  }

  private static List<TaskSum> sorted(Report report, Options options) {
    Comparator<TaskSum> order =
        switch (options.order) {
          case name -> Comparator.comparing(TaskSum::pattern);
          case count -> Comparator.comparingLong(TaskSum::count).reversed();
          case queued -> Comparator.comparingLong(TaskSum::queued).reversed();
          case running -> Comparator.comparingLong(TaskSum::running).reversed();
          case blocked -> Comparator.comparingLong(TaskSum::blocked).reversed();
          case p50 -> Comparator.comparingLong(TaskSum::p50).reversed();
          case p99 -> Comparator.comparingLong(TaskSum::p99).reversed();
          case failed -> Comparator.comparingLong(TaskSum::failed).reversed();
          case cancelled -> Comparator.comparingLong(TaskSum::cancelled).reversed();
        };
    return report.sums().stream()
        .sorted(order.thenComparing(TaskSum::pattern))
        .limit(options.top)
        .toList();
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String orDash(long number) {
    return number == 0 ? "-" : count(number);
  }

  // ---- as JSON --------------------------------------------------------------------------------

  private static Map<String, Object> json(Report report, Options options) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("processes", report.processes().stream().map(Reports::json).toList());
    all.put("tasks", report.tasks());
    all.put("totalNanos", report.path().total());
    all.put("names", report.sums().size());
    all.put("sums", sorted(report, options).stream().map(Reports::json).toList());
    all.put(
        "criticalPath",
        report.path().steps().stream().limit(options.top).map(Reports::json).toList());
    all.put("cancelled", report.cancellations().size());
    all.put(
        "cancellations",
        report.cancellations().stream().limit(options.top).map(Reports::json).toList());
    all.put(
        "swallowed",
        report.swallowed().stream()
            .map(
                line ->
                    Map.of(
                        "line", line.line(), "count", line.count(), "longestNanos", line.longest()))
            .toList());
    all.put("stalls", report.stalls().size());
    all.put(
        "dropped",
        report.drops().stream()
            .map(drop -> Map.of("what", drop.what(), "count", drop.count()))
            .toList());
    all.put("notes", report.notes());
    return all;
  }

  private static Map<String, Object> json(RecordedProcess process) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", process.pid());
    all.put("command", process.command());
    all.put("tasks", process.tasks().size());
    return all;
  }

  private static Map<String, Object> json(TaskSum sum) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", sum.pattern());
    all.put("count", sum.count());
    all.put("queuedNanos", sum.queued());
    all.put("runningNanos", sum.running());
    all.put("blockedNanos", sum.blocked());
    all.put("p50Nanos", sum.p50());
    all.put("p99Nanos", sum.p99());
    all.put("failed", sum.failed());
    all.put("cancelled", sum.cancelled());
    return all;
  }

  private static Map<String, Object> json(Step step) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", step.pattern());
    all.put("activity", step.activity());
    all.put("nanos", step.time());
    all.put("savesNanosAtHalfTheTime", step.saves());
    return all;
  }

  private static Map<String, Object> json(Cancellation one) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("task", one.task());
    all.put("name", one.name());
    all.put("nanos", one.duration());
    all.put("reason", one.reason());
    all.put("by", by(one));
    all.put("swallowed", one.swallowed());
    return all;
  }
}
