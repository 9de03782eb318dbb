package dev.selvedge.cli;

import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints the script that lets a shell complete `selvedge`.
@Command(
    name = "completion",
    header = "Print a completion script for a shell.",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Put this into ~/.bashrc or, after compinit, into ~/.zshrc:",
      "  source <(selvedge completion bash)",
      "  source <(selvedge completion zsh)"
    })
final class CompletionCommand implements Runnable {
  /// One script serves both: in zsh it loads `bashcompinit`.
  enum Shell {
    bash,
    zsh
  }

  private final PrintWriter out;

  @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which checks it
  private Shell shell = Shell.bash;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  CompletionCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void run() {
    out.println(AutoComplete.bash("selvedge", Main.commandLine(out, out)));
  }
}
