package dev.selvedge.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Says what is wrong with a running JVM. What it does is in [Doctor], so that this class, which
/// each start of the command loads, needs no other.
@Command(
    name = "doctor",
    header = "Say what is wrong with a running JVM: deadlocks first.",
    description = {
      "",
      "PID is any JVM of this user from JDK 25 on, with Selvedge in it or not. It needs no flag and"
          + " no restart. Deadlocks are found among virtual and platform threads in any mix."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Exit codes: 0 looked into, whatever was found; 2 wrong usage, 3 cannot attach.",
    })
final class DoctorCommand implements Callable<Integer> {
  private final PrintWriter out;

  @Parameters(
      paramLabel = "PID",
      arity = "0..1",
      converter = ProcessId.class,
      description = "The process id of the JVM; without it, all JVMs are listed.")
  private long pid;

  @Option(names = "--json", description = "Print JSON (\"schema\": \"selvedge.doctor/1\").")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  DoctorCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() throws CommandFailure {
    if (pid == 0) {
      Doctor.lookAround(json, out);
    } else {
      Doctor.look(pid, json, out);
    }
    return 0;
  }
}
