package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// A step that held up an event loop.
///
/// @param loop which loop
/// @param task the task whose step it was, or 0
/// @param name the task's name; may be empty
/// @param start when the step began
/// @param duration how long it took
/// @param stack where it was, a line for each frame; may be empty
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record LoopStall(
    String loop, long task, String name, long start, long duration, String stack) {}
