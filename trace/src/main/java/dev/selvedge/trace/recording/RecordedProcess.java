package dev.selvedge.trace.recording;

import dev.selvedge.Stability;
import java.util.List;

/// One process that recorded. Its lists are in the order of time.
///
/// @param pid its id, or 0 if the recording does not say
/// @param started when it started, or 0 if the recording does not say
/// @param command its main class and arguments; may be empty
/// @param tasks attempts at tasks
/// @param groups groups that were closed
/// @param cancellations requests to cancel a task
/// @param waits waits that were long enough to be recorded
/// @param samples states of pools
/// @param stalls steps that held up a loop
/// @param transfers messages to and from worker processes
/// @param drops what the recorder left out
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record RecordedProcess(
    long pid,
    long started,
    String command,
    List<TaskRun> tasks,
    List<GroupRun> groups,
    List<Cancellation> cancellations,
    List<Wait> waits,
    List<PoolSample> samples,
    List<LoopStall> stalls,
    List<Transfer> transfers,
    List<Drop> drops) {
  /// Keeps copies of the lists.
  public RecordedProcess {
    tasks = List.copyOf(tasks);
    groups = List.copyOf(groups);
    cancellations = List.copyOf(cancellations);
    waits = List.copyOf(waits);
    samples = List.copyOf(samples);
    stalls = List.copyOf(stalls);
    transfers = List.copyOf(transfers);
    drops = List.copyOf(drops);
  }
}
