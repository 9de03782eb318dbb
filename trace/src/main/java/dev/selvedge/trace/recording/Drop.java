package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// What the recorder left out.
///
/// @param what of what kind
/// @param count how many
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Drop(String what, long count) {}
