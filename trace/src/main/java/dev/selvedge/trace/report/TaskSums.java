package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.Outcome;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.TaskRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/// Adds up the tasks of each pattern.
final class TaskSums {
  private static final int DIGITS = 3;

  private TaskSums() {}

  static List<TaskSum> of(Recording recording) {
    var patterns = new NamePattern();
    Map<String, List<TaskRun>> byPattern = new HashMap<>();
    for (var process : recording.processes()) {
      for (var run : process.tasks()) {
        byPattern.computeIfAbsent(patterns.of(run.name()), p -> new ArrayList<>(1)).add(run);
      }
    }
    // One after the other, so that one histogram serves all.
    var histogram = new Histogram(DIGITS);
    return byPattern.entrySet().stream()
        .map(entry -> sum(entry.getKey(), entry.getValue(), histogram))
        .toList();
  }

  private static TaskSum sum(String pattern, List<TaskRun> runs, Histogram histogram) {
    histogram.reset();
    runs.stream().filter(TaskRun::started).forEach(run -> histogram.recordValue(run.duration()));
    return new TaskSum(
        pattern,
        runs.size(),
        sum(runs, TaskRun::queued),
        sum(runs, run -> run.duration() - run.blocked()),
        sum(runs, TaskRun::blocked),
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        count(runs, Outcome.FAILED),
        count(runs, Outcome.CANCELLED));
  }

  private static long sum(List<TaskRun> runs, ToLongFunction<TaskRun> part) {
    return runs.stream().mapToLong(part).sum();
  }

  private static long count(List<TaskRun> runs, Outcome outcome) {
    return runs.stream().filter(run -> run.outcome() == outcome).count();
  }
}
