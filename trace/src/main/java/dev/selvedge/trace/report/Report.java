package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.Cancellation;
import dev.selvedge.trace.recording.Drop;
import dev.selvedge.trace.recording.LoopStall;
import dev.selvedge.trace.recording.RecordedProcess;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.TaskGraph;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a recording comes to.
///
/// @param processes those that took part
/// @param tasks how many attempts there were
/// @param sums what the tasks of each pattern come to, in no order
/// @param path the critical path
/// @param cancellations the slowest first
/// @param swallowed the lines that swallowed an interrupt, the worst first
/// @param stalls steps that held up a loop, the longest first
/// @param drops what the recorder left out
/// @param notes what could not be read
public record Report(
    List<RecordedProcess> processes,
    int tasks,
    List<TaskSum> sums,
    CriticalPath path,
    List<Cancellation> cancellations,
    List<SwallowingLine> swallowed,
    List<LoopStall> stalls,
    List<Drop> drops,
    List<String> notes) {

  /// {@return the report on a recording}
  public static Report of(Recording recording) {
    var processes = recording.processes();
    var cancellations =
        processes.stream()
            .flatMap(process -> process.cancellations().stream())
            .sorted(Comparator.comparingLong(Cancellation::duration).reversed())
            .toList();
    return new Report(
        processes,
        recording.taskCount(),
        TaskSums.of(recording),
        PathFinder.of(TaskGraph.of(recording)),
        cancellations,
        SwallowingLine.of(cancellations),
        processes.stream()
            .flatMap(process -> process.stalls().stream())
            .sorted(Comparator.comparingLong(LoopStall::duration).reversed())
            .toList(),
        drops(processes),
        recording.notes());
  }

  private static List<Drop> drops(List<RecordedProcess> processes) {
    Map<String, Long> counts = new HashMap<>();
    processes.forEach(
        process ->
            process.drops().forEach(drop -> counts.merge(drop.what(), drop.count(), Long::sum)));
    return counts.entrySet().stream()
        .map(entry -> new Drop(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparing(Drop::what))
        .toList();
  }
}
