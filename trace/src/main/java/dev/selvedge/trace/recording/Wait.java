package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// A wait of a task.
///
/// @param task who waited
/// @param kind the kind of thing it waited for, such as `join`, `lock` or `sleep`
/// @param on what it waited for, in words; may be empty
/// @param holder the task that had to do something first, or 0
/// @param start when it began to wait
/// @param duration how long it waited
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Wait(long task, String kind, String on, long holder, long start, long duration) {

  /// {@return when it went on}
  public long end() {
    return start + duration;
  }
}
