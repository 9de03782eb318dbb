package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// One attempt at a task.
///
/// @param task the task's id
/// @param name its name; never empty
/// @param parent the task that forked it, or 0
/// @param group its group, or 0
/// @param pool where it ran; may be empty
/// @param worker the worker process that ran it; empty if it ran here
/// @param start when its code began; if it never did, when it ended
/// @param duration how long its code ran
/// @param queued how long it waited to begin
/// @param blocked how long it waited while it ran
/// @param attempt which attempt this is, from 1
/// @param outcome how it ended
/// @param exception the class of the exception that it failed with; may be empty
/// @param started whether its code began
/// @param thread the Java id of the thread, or 0
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record TaskRun(
    long task,
    String name,
    long parent,
    long group,
    String pool,
    String worker,
    long start,
    long duration,
    long queued,
    long blocked,
    int attempt,
    Outcome outcome,
    String exception,
    boolean started,
    long thread) {

  /// {@return when it was submitted}
  public long submitted() {
    return start - queued;
  }

  /// {@return when it was over}
  public long end() {
    return start + duration;
  }
}
