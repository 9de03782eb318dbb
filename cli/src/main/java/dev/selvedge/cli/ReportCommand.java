package dev.selvedge.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints what a recording comes to. What it does is in [Reports], so that this class, which each
/// start of the command loads, needs no other.
@Command(
    name = "report",
    header = "Say where the time of a recorded program went.",
    description = {
      "",
      "Sums for each name of a task, where names that differ in their numbers only are one"
          + " ('page-*'); the critical path, and what it would save if a step took half the time;"
          + " how long cancelled tasks went on, and the lines that swallowed an interrupt."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Try:",
      "  selvedge run --record out.jfr examples/WordCount.java",
      "  selvedge report out.jfr --sort p99",
      "",
      "Exit codes: 0 done, 2 wrong usage or unreadable file."
    })
final class ReportCommand implements Callable<Integer> {
  /// What the table of tasks is ordered by.
  enum Order {
    name,
    count,
    queued,
    running,
    blocked,
    p50,
    p99,
    failed,
    cancelled
  }

  private final PrintWriter out;
  private final PrintWriter err;

  @Parameters(paramLabel = "FILE.jfr", description = "The recording.")
  private Path file = Path.of("");

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      description = "Order of the tasks: ${COMPLETION-CANDIDATES}; running if left out.")
  private Order order = Order.running;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many rows each table has at most; 20 if left out, 0 for all.")
  private int top = 20;

  @Option(names = "--json", description = "Print JSON (\"schema\": \"selvedge.report/1\").")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing of the progress and of what could not be read.")
  private boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  ReportCommand(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws CommandFailure, InterruptedException {
    if (top < 0) {
      throw CommandFailure.unusable("--top is " + top + "; give a number of rows, or 0 for all");
    }
    Reports.print(
        file,
        new Reports.Options(order, top == 0 ? Integer.MAX_VALUE : top, json, quiet),
        out,
        err);
    return 0;
  }
}
