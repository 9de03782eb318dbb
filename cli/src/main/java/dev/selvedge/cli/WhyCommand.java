package dev.selvedge.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Says why a task of a running JVM is not done; see [Why].
@Command(
    name = "why",
    header = "Say why a task is not done, or why it was cancelled.",
    description = {
      "",
      "The chain of those that it waits for: a task, the lock that this one waits for, who holds"
          + " it, and so on. For a cancelled task, the chain of cancellations."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit codes: 0 done, 2 wrong usage, 3 cannot attach, 4 no such task."})
final class WhyCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Parameters(
      index = "0",
      paramLabel = "PID",
      converter = ProcessId.class,
      description = "The process id of the JVM.")
  private long pid;

  @Parameters(index = "1", paramLabel = "TASK", description = "The task's id, name or path.")
  private String task = "";

  @Option(names = "--json", description = "Print JSON (\"schema\": \"selvedge.why/1\").")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  WhyCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws CommandFailure {
    Why.print(pid, task, json, out);
    return 0;
  }
}
