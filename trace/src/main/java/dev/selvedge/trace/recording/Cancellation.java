package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// A request to cancel a task, and how long its code went on.
///
/// @param task the task that was to stop
/// @param name its name; may be empty
/// @param reason why; may be empty
/// @param by the task that asked, or 0
/// @param byName the name of the task or thread that asked; may be empty
/// @param byGroup the group that asked, or 0
/// @param start when it was requested
/// @param duration how long until the code had stopped
/// @param swallowed the line that swallowed an interrupt, as `Class.method(File:line)`; may be
///   empty
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Cancellation(
    long task,
    String name,
    String reason,
    long by,
    String byName,
    long byGroup,
    long start,
    long duration,
    String swallowed) {}
