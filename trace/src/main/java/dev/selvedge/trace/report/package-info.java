/// What a recording comes to: sums, the critical path, cancellations.
///
/// - A **pattern** stands for all names that differ in their numbers only: `page-*`.
/// - A **step** is what all tasks of a pattern do: run, be queued, or be blocked.
/// - The **critical path** is the chain of steps, each of which waited for the one before, that
///   ends when everything has ended.
@NullMarked
package dev.selvedge.trace.report;

import org.jspecify.annotations.NullMarked;
