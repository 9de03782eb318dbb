/// Coroutines on one thread.
///
/// - [dev.selvedge.loop.EventLoop]: a pool whose tasks take turns on one thread.
/// - [dev.selvedge.loop.EventLoopOptions]: its name, who hears of failures, the debug mode.
///
/// **Vocabulary.** A *coroutine* is a virtual thread that a loop schedules. A *step* is what it
/// does between two waits, when nothing else runs on the loop. The *run queue* holds the coroutines
/// that are ready for a step. A *callback* is a short action that the loop runs as a coroutine at a
/// time.
@NullMarked
package dev.selvedge.loop;

import org.jspecify.annotations.NullMarked;
