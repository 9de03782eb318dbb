package dev.selvedge.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;

/// Where the JVM starts the `selvedge` command; the script `selvedge` calls it.
public final class Main {
  private Main() {}

  /// Runs the command and ends the JVM with its exit code.
  public static void main(String[] args) {
    System.exit(commandLine(writer(System.out), writer(System.err)).execute(args));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  /// {@return the whole command, writing to `out` and `err`}
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    // What follows a program's name is the program's own, whatever it looks like.
    var run =
        new CommandLine(new RunCommand(LaunchSettings.fromSystemProperties(), err))
            .setStopAtPositional(true);
    return new CommandLine(new SelvedgeCommand())
        .addSubcommand(run)
        .addSubcommand(new PsCommand(out))
        .addSubcommand(new TreeCommand(out))
        .addSubcommand(new TopCommand(out, err))
        .addSubcommand(new WhyCommand(out))
        .addSubcommand(new DoctorCommand(out))
        .addSubcommand(new RecordCommand(err))
        .addSubcommand(new ReportCommand(out, err))
        .addSubcommand(new TimelineCommand(err))
        .addSubcommand(new CompletionCommand(out))
        .addSubcommand(new HelpCommand())
        .addSubcommand(new TrainCommand())
        .setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setUsageHelpAutoWidth(false)
        .setParameterExceptionHandler(Failures::onParameters)
        .setExecutionExceptionHandler(Failures::onExecution);
  }
}
