package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// The state of a pool at one moment.
///
/// @param at when
/// @param pool which
/// @param threads how many threads it had
/// @param running how many tasks ran
/// @param queued how many tasks waited to begin
/// @param done how many were done so far
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record PoolSample(
    long at, String pool, long threads, long running, long queued, long done) {}
