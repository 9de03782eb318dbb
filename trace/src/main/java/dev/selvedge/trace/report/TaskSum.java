package dev.selvedge.trace.report;

/// What the tasks of one pattern come to. Times are nanoseconds; the percentiles are of how long
/// the code of an attempt took, from its begin to its end.
///
/// @param pattern their names
/// @param count how many attempts
/// @param queued how long they waited to begin, in all
/// @param running how long their code ran without waiting, in all
/// @param blocked how long they waited while their code ran, in all
/// @param p50 half of them took no longer
/// @param p99 99 of 100 took no longer
/// @param failed how many failed
/// @param cancelled how many were cancelled
public record TaskSum(
    String pattern,
    long count,
    long queued,
    long running,
    long blocked,
    long p50,
    long p99,
    long failed,
    long cancelled) {}
