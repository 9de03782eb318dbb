package dev.selvedge.process.internal;

import dev.selvedge.process.WorkerLostException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known about a worker that has ended.
///
/// @param code its exit code
/// @param why what the pool did to it, as a part of a sentence, or null
/// @param lastLines what it wrote last to its error stream
/// @param crashReport the JVM's report, or null
public record WorkerLoss(
    String worker,
    long pid,
    int code,
    @Nullable String why,
    List<String> lastLines,
    @Nullable Path crashReport) {

  /// {@return this as an exception}
  ///
  /// @param culprit which task it was and what else it has done, as a sentence, or null
  public WorkerLostException exception(@Nullable String culprit) {
    return new WorkerLostException(worker, pid, code, why, lastLines, crashReport, culprit);
  }
}
