package dev.selvedge.cli;

import picocli.CommandLine.ExitCode;

/// A failure that the command foresaw: its message is the one line that the user sees.
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private CommandFailure(String message) {
    super(message, null, false, false);
  }

  /// {@return the failure of a command that was given what it cannot read or use}
  static CommandFailure unusable(String message) {
    return new CommandFailure(message);
  }

  int exitCode() {
    return ExitCode.USAGE;
  }
}
