/// What tasks share and wait for, where `java.util.concurrent` has no such thing.
///
/// - [dev.selvedge.sync.Mutex]: mutual exclusion in the order of arrival, which any task may end.
/// - [dev.selvedge.sync.Limit]: so many at the same time, with known holders.
/// - [dev.selvedge.sync.Event]: a flag to wait for.
/// - [dev.selvedge.sync.Chan]: items from tasks to tasks, with room for some, in an order of
///   choice.
///
/// **Vocabulary.** A *wait* is one thread waiting in one operation. A wait is *settled* when it
/// gets what it waited for, by direct *hand-over* from the one who gives; it *leaves* when it times
/// out or is interrupted; and it is *abandoned*, and passed over by hand-overs, from the interrupt
/// or cancellation until it leaves. `try…` operations may refuse; those without a timeout do not
/// wait.
@NullMarked
package dev.selvedge.sync;

import org.jspecify.annotations.NullMarked;
