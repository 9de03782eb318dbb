package dev.selvedge.cli;

import picocli.CommandLine.ExitCode;

/// A failure that the command foresaw: its message is the one line that the user sees.
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private static final int CANNOT_ATTACH = 3;
  private static final int NO_SUCH_TASK = 4;

  private final int exitCode;

  private CommandFailure(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  /// {@return the failure of a command that was given what it cannot read or use}
  static CommandFailure unusable(String message) {
    return new CommandFailure(ExitCode.USAGE, message);
  }

  /// {@return the failure of a command that cannot look into another process}
  static CommandFailure cannotAttach(Exception why) {
    return new CommandFailure(CANNOT_ATTACH, String.valueOf(why.getMessage()));
  }

  /// {@return the failure of a command that was asked for a task which is not there}
  static CommandFailure noSuchTask(String message) {
    return new CommandFailure(NO_SUCH_TASK, message);
  }

  int exitCode() {
    return exitCode;
  }
}
