package dev.selvedge.trace.report;

import java.util.List;

/// What the end of everything had to wait for, one step after the other.
///
/// @param total from the first submission to the last end, in nanoseconds
/// @param steps its parts, the longest first
public record CriticalPath(long total, List<Step> steps) {
  /// Keeps a copy of the list.
  public CriticalPath {
    steps = List.copyOf(steps);
  }
}
