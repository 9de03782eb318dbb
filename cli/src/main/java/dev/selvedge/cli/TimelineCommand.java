package dev.selvedge.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Makes a picture of a recording. What it does is in [Timelines], so that this class, which each
/// start of the command loads, needs no other.
@Command(
    name = "timeline",
    header = "Show what a recorded program did, task by task, as a page.",
    description = {
      "",
      "OUT.html is one page for a browser, which needs no network: lanes of tasks to zoom into,"
          + " with what each waited for, who cancelled it, and who forked it. OUT.json is a trace"
          + " in Chrome's format, which https://ui.perfetto.dev opens."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Try:",
      "  selvedge run --record out.jfr examples/WordCount.java",
      "  selvedge timeline out.jfr -o out.html",
      "",
      "Exit codes: 0 done, 2 wrong usage, unreadable file, or a file that cannot be written."
    })
final class TimelineCommand implements Callable<Integer> {
  private final PrintWriter err;

  @Parameters(paramLabel = "FILE.jfr", description = "The recording.")
  private Path file = Path.of("");

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The file to write: its name ends in .html or .json.")
  private Path output = Path.of("");

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

  TimelineCommand(PrintWriter err) {
    this.err = err;
  }

  @Override
  public Integer call() throws CommandFailure, InterruptedException {
    Timelines.write(file, output, quiet, err);
    return 0;
  }
}
