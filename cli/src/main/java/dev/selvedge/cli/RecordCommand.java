package dev.selvedge.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Records what a running JVM does. How is in [JvmRecorder], so that this class, which each start
/// of the command loads, needs no other.
@Command(
    name = "record",
    header = "Record what the tasks of a running JVM do, for a while.",
    description = {
      "",
      "PID is any JVM of this user from JDK 25 on. It needs no flag and no restart. What it does"
          + " without Selvedge is recorded as far as the JDK tells."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Exit codes: 0 recorded, 2 wrong usage, 3 cannot attach or the process is gone,",
      "130 on Ctrl-C, which keeps what was recorded until then.",
    })
final class RecordCommand implements Callable<Integer> {
  private final PrintWriter err;

  @Parameters(
      paramLabel = "PID",
      converter = ProcessId.class,
      description = "The process id of the JVM.")
  private long pid;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = Seconds.class,
      description = "For how long, such as 500ms, 30s (the default), 5m or 1h.")
  private Duration time = Duration.ofSeconds(30);

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to; PID.jfr if it is not said.")
  private String file = "";

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing but what went wrong.")
  private boolean quiet;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  RecordCommand(PrintWriter err) {
    this.err = err;
  }

  @Override
  public Integer call() throws Exception {
    String name = file.isEmpty() ? pid + ".jfr" : file;
    new JvmRecorder(pid, Path.of(name), name, quiet, err).record(time);
    return 0;
  }
}
