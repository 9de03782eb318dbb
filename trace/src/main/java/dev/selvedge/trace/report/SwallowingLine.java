package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.Cancellation;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// A line of code that caught an interrupt and went on, so that its task did not stop.
///
/// @param line as `Class.method(File:line)`
/// @param count how many cancellations it cost
/// @param longest how long a task went on at most, in nanoseconds
public record SwallowingLine(String line, long count, long longest) {

  static List<SwallowingLine> of(List<Cancellation> cancellations) {
    return cancellations.stream()
        .filter(cancellation -> !cancellation.swallowed().isEmpty())
        .collect(Collectors.groupingBy(Cancellation::swallowed))
        .entrySet()
        .stream()
        .map(entry -> of(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(SwallowingLine::longest).reversed())
        .toList();
  }

  private static SwallowingLine of(String line, List<Cancellation> cancellations) {
    long longest = cancellations.stream().mapToLong(Cancellation::duration).max().orElse(0);
    return new SwallowingLine(line, cancellations.size(), longest);
  }
}
