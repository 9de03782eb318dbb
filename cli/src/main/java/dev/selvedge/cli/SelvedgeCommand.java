package dev.selvedge.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/// The command itself: it only knows its subcommands.
@Command(
    name = "selvedge",
    versionProvider = SelvedgeCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    header = "No loose threads: concurrent, parallel and asynchronous programs on Java 25.",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Try:",
      "  selvedge run examples/WordCount.java",
      "  selvedge run --help",
      "",
      "Exit codes: 0 done, 1 the program failed, 2 wrong usage or unreadable input,",
      "3 cannot attach to the process, 4 no such task, 130 on Ctrl-C; a program's own",
      "System.exit(n) passes through."
    })
final class SelvedgeCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions of Selvedge and of the JDK and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean version;

  /// Selvedge's version as the build wrote it, and the JDK's as it runs.
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "selvedge " + selvedge() + " (JDK " + System.getProperty("java.runtime.version") + ")"
      };
    }

    private static String selvedge() {
      try (var text =
          Objects.requireNonNull(SelvedgeCommand.class.getResourceAsStream("version.txt"))) {
        return new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
