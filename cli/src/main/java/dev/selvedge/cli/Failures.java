package dev.selvedge.cli;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// What a user sees when something is wrong: one line on stderr that says what to do, and never a
/// stack trace.
final class Failures {
  private Failures() {}

  /// Wrong usage: the arguments do not fit the command.
  static int onParameters(ParameterException failure, String[] args) {
    var command = failure.getCommandLine();
    var name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + message(failure) + "; see " + name + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  /// The command itself failed, either as it foresaw ([CommandFailure]) or not.
  static int onExecution(Exception failure, CommandLine command, ParseResult parsed) {
    var name = command.getCommandSpec().qualifiedName();
    if (failure instanceof CommandFailure foreseen) {
      command.getErr().println(name + ": " + foreseen.getMessage());
      return foreseen.exitCode();
    }
    command.getErr().println(name + ": internal error, please report it: " + failure);
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String message(ParameterException failure) {
    return failure instanceof UnmatchedArgumentException unmatched
        ? unmatched(unmatched)
        : inOurWords(failure);
  }

  /// The first line of what picocli says, as a part of a sentence and with our name for a command.
  private static String inOurWords(ParameterException failure) {
    var message = String.valueOf(failure.getMessage());
    var line = message.lines().findFirst().orElse(message).replace("subcommand", "command");
    var end = line.endsWith(".") ? line.length() - 1 : line.length();
    return line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1, end);
  }

  private static String unmatched(UnmatchedArgumentException failure) {
    var word = failure.getUnmatched().getFirst();
    var spec = failure.getCommandLine().getCommandSpec();
    var isOption = word.startsWith("-");
    var kind = isOption ? "option" : spec.subcommands().isEmpty() ? "argument" : "command";
    var meant =
        kind.equals("command") && word.endsWith(".java")
            ? Optional.of("run " + word)
            : closest(word, isOption ? options(spec) : commands(spec));
    var hint = meant.map(known -> ", did you mean '" + known + "'?").orElse("");
    return "unknown " + kind + " '" + word + "'" + hint;
  }

  private static Stream<String> options(CommandSpec spec) {
    return spec.options().stream().flatMap(option -> Stream.of(option.names()));
  }

  private static Stream<String> commands(CommandSpec spec) {
    return spec.subcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .map(entry -> entry.getKey());
  }

  /// {@return the known word that `word` most probably meant: a third of its letters may be wrong}
  static Optional<String> closest(String word, Stream<String> known) {
    return known
        .filter(candidate -> distance(word, candidate) <= Math.max(1, candidate.length() / 3))
        .min(
            Comparator.comparingInt((String candidate) -> distance(word, candidate))
                .thenComparing(Comparator.naturalOrder()));
  }

  /// Optimal string alignment: letters added, left out, replaced, or two neighbours swapped.
  private static int distance(String a, String b) {
    var costs = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        costs[i][j] = i == 0 || j == 0 ? i + j : cheapest(costs, a, b, i, j);
      }
    }
    return costs[a.length()][b.length()];
  }

  private static int cheapest(int[][] costs, String a, String b, int i, int j) {
    var replaced = costs[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    var cost = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
    var swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(cost, costs[i - 2][j - 2] + 1) : cost;
  }
}
