package dev.selvedge.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Shows the tasks of a running JVM; see [Tree].
@Command(
    name = "tree",
    header = "Show the tasks of a running JVM, and what each waits for.",
    description = {
      "",
      "Groups and tasks as a tree, with who holds what they wait for. Many similar tasks are one"
          + " line. Of a JVM without Selvedge it shows where the threads are."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit codes: 0 done, 2 wrong usage, 3 cannot attach."})
final class TreeCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Parameters(
      paramLabel = "PID",
      converter = ProcessId.class,
      description = "The process id of the JVM.")
  private long pid;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Show at most so many rows (default: ${DEFAULT-VALUE}).")
  private int rows = 1000;

  @Option(names = "--threads", description = "Show threads, also where Selvedge knows the tasks.")
  private boolean threads;

  @Option(names = "--json", description = "Print JSON (\"schema\": \"selvedge.tree/1\").")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  TreeCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws CommandFailure {
    Tree.print(pid, Math.clamp(rows, 1, 100_000), threads, json, out);
    return 0;
  }
}
