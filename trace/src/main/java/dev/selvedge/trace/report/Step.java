package dev.selvedge.trace.report;

/// A part of the critical path, summed up.
///
/// @param pattern the names of the tasks, or what was not a task
/// @param activity what they did: `running`, `queued`, or `blocked`
/// @param time how much of the path it is, in nanoseconds
/// @param saves by how much everything would have ended earlier if running had taken half the time,
///   in nanoseconds; 0 for other activities
public record Step(String pattern, String activity, long time, long saves) {}
