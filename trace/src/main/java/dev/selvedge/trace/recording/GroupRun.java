package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// One group, from its opening until it was closed.
///
/// @param group its id
/// @param name its name; may be empty
/// @param owner the task that opened it, or 0
/// @param pool where its tasks ran; may be empty
/// @param start when it was opened
/// @param duration how long it was open
/// @param limit how many of its tasks ran at once, at most; 0 if any number
/// @param forked how many tasks it had
/// @param outcome how it ended
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record GroupRun(
    long group,
    String name,
    long owner,
    String pool,
    long start,
    long duration,
    long limit,
    long forked,
    Outcome outcome) {

  /// {@return when it was closed}
  public long end() {
    return start + duration;
  }
}
