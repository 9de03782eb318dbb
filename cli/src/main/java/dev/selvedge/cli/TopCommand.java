package dev.selvedge.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows every second what the tasks of a running JVM do; see [Top].
@Command(
    name = "top",
    header = "Show every second what the tasks of a running JVM do.",
    description = {
      "",
      "Tasks with the same name, state and wait are one row. Where the output is no terminal,"
          + " frames are plain text, one after the other."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Exit codes: 0 the process has ended, 2 wrong usage, 3 cannot attach, 4 no tasks."
    })
final class TopCommand implements Callable<Integer> {
  /// What the rows are sorted by: the same words as [Top.Order], which is not loaded for that.
  enum Sort {
    count,
    name,
    state,
    group
  }

  private final PrintWriter out;
  private final PrintWriter err;

  @Parameters(
      paramLabel = "PID",
      converter = ProcessId.class,
      description = "The process id of the JVM.")
  private long pid;

  @Option(
      names = "--sort",
      paramLabel = "BY",
      description = "Sort by one of: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Sort sort = Sort.count;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Show at most so many rows (default: ${DEFAULT-VALUE}).")
  private int rows = 20;

  @Option(names = "--once", description = "Show one frame and end.")
  private boolean once;

  @Option(
      names = "--json",
      description = "Print an object a second in JSON (\"schema\": \"selvedge.top/1\").")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  TopCommand(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws CommandFailure {
    var order = Top.Order.valueOf(sort.name());
    Top.show(pid, new Top.Look(order, Math.max(1, rows), once, json, isOnTerminal()), out, err);
    return 0;
  }

  @SuppressWarnings("SystemConsoleNull") // it is null again, where the output goes to a file
  private static boolean isOnTerminal() {
    var console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }
}
