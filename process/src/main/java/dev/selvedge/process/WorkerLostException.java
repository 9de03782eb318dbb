package dev.selvedge.process;

import dev.selvedge.Stability;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The worker process that ran a task has ended: it crashed, ran out of memory, was killed, or the
/// task called `System.exit`. Only the task that it ran fails with this, as the cause of
/// [dev.selvedge.TaskFailedException]; the worker is replaced, and other tasks go on.
///
/// ```java
/// try {
///   task.await();
/// } catch (TaskFailedException e) {
///   if (e.getCause() instanceof WorkerLostException lost) {
///     log(lost.pid() + " ended by " + lost.exit() + "\n" + String.join("\n", lost.lastLines()));
///   }
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class WorkerLostException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int SIGNALLED = 128;

  /// Its pid.
  private final long pid;

  /// Its exit code.
  private final int exitCode;

  /// What it wrote last.
  private final String[] lastLines;

  /// Where its crash report is, or null.
  private final @Nullable String crashReport;

  /// A lost worker.
  ///
  /// @param worker its name
  /// @param pid its pid
  /// @param exitCode its exit code
  /// @param why what this program did to it, as a part of a sentence, or null
  /// @param lastLines what it wrote last to its error stream
  /// @param crashReport the JVM's report of its crash, or null
  /// @param culprit what is known about the task that it ran, as a sentence, or null
  public WorkerLostException(
      String worker,
      long pid,
      int exitCode,
      @Nullable String why,
      List<String> lastLines,
      @Nullable Path crashReport,
      @Nullable String culprit) {
    super(
        message(worker, pid, exitCode, why, lastLines, crashReport)
            + (culprit == null ? "" : "; " + culprit));
    this.pid = pid;
    this.exitCode = exitCode;
    this.lastLines = lastLines.toArray(String[]::new);
    this.crashReport = crashReport == null ? null : crashReport.toString();
  }

  private static String message(
      String worker,
      long pid,
      int exitCode,
      @Nullable String why,
      List<String> lastLines,
      @Nullable Path crashReport) {
    return "the worker '"
        + worker
        + "' (pid "
        + pid
        + ") "
        + (why == null ? "ended by itself" : why)
        + ": "
        + exit(exitCode)
        + (crashReport == null ? "" : "; the JVM's report is " + crashReport)
        + (lastLines.isEmpty() ? "" : "; it wrote last: " + String.join(" | ", lastLines));
  }

  /// {@return the pid that the worker had}
  public long pid() {
    return pid;
  }

  /// {@return the exit code, 128 and the number of the signal if one ended it}
  public int exitCode() {
    return exitCode;
  }

  /// {@return the exit code in words, such as `signal 9 (SIGKILL)` or `exit code 3`}
  public String exit() {
    return exit(exitCode);
  }

  private static String exit(int code) {
    return switch (code - SIGNALLED) {
      case 6 -> "signal 6 (SIGABRT)";
      case 9 -> "signal 9 (SIGKILL)";
      case 11 -> "signal 11 (SIGSEGV)";
      case 15 -> "signal 15 (SIGTERM)";
      default -> "exit code " + code;
    };
  }

  /// {@return the last lines that the worker wrote to its error stream, the latest last}
  public List<String> lastLines() {
    return List.of(lastLines);
  }

  /// {@return the JVM's report of its crash (hs_err), if it wrote one}
  public Optional<Path> crashReport() {
    return Optional.ofNullable(crashReport).map(Path::of);
  }
}
