/// Tasks, groups and pools.
///
/// - [dev.selvedge.Task]: a running computation, and the handle to it.
/// - [dev.selvedge.TaskGroup]: owns tasks; none outlives it.
/// - [dev.selvedge.Pool]: where tasks run, and an `ExecutorService`.
/// - [dev.selvedge.Tasks]: what is done with several tasks at once.
/// - [dev.selvedge.Deadline], [dev.selvedge.Schedule], [dev.selvedge.Retry], [dev.selvedge.Rate]:
///   by when, later, again, not too often.
///
/// **Vocabulary.** A task is *done* when its code has stopped. The *owner* of a group is the thread
/// that opened it, the *body* what the owner runs in it. To *cancel* is to request that a task
/// stops; a [dev.selvedge.CancelReason] says why.
@NullMarked
package dev.selvedge;

import org.jspecify.annotations.NullMarked;
