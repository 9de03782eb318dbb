package dev.selvedge.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Lists the JVMs of this user; see [Ps].
@Command(
    name = "ps",
    header = "List the JVMs of this user.",
    description = {
      "",
      "A line for each: process id, version of the JDK, whether Selvedge is in it, and what it"
          + " runs."
    },
    optionListHeading = "%nOptions:%n",
    footer = {"", "Exit codes: 0 done, 2 wrong usage."})
final class PsCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Option(names = "--json", description = "Print JSON (\"schema\": \"selvedge.ps/1\").")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  PsCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    Ps.print(json, out);
    return 0;
  }
}
