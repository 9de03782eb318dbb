package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// A message to or from a worker process.
///
/// @param at when
/// @param task whose message it was, or 0
/// @param pool which pool
/// @param worker which worker
/// @param direction `to worker` or `from worker`
/// @param bytes how long it was
/// @param serialization how long it took to make bytes of it, or objects of the bytes
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Transfer(
    long at,
    long task,
    String pool,
    String worker,
    String direction,
    long bytes,
    long serialization) {}
