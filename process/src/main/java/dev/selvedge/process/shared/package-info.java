/// What processes share: memory, and what guards it and waits in it.
///
/// ```java
/// try (var shared = SharedScope.open()) {
///   SharedLock lock = shared.lock();
///   SharedArray.OfLong sums = shared.longs(1000);
///   // lock and sums may be captured by a call for a pool of processes
/// }
/// ```
///
/// - [dev.selvedge.process.shared.SharedScope]: makes everything here, and removes it at the end.
/// - [dev.selvedge.process.shared.SharedMemory]: a block of bytes, with a name.
/// - [dev.selvedge.process.shared.SharedArray], [dev.selvedge.process.shared.SharedValue]: numbers,
///   with atomic operations.
/// - [dev.selvedge.process.shared.SharedList]: mixed simple values in slots of fixed size.
/// - [dev.selvedge.process.shared.SharedLock], [dev.selvedge.process.shared.SharedCondition],
///   [dev.selvedge.process.shared.SharedSemaphore], [dev.selvedge.process.shared.SharedLimit],
///   [dev.selvedge.process.shared.SharedEvent], [dev.selvedge.process.shared.SharedBarrier]: to
///   wait for each other.
/// - [dev.selvedge.process.shared.SharedPipe], [dev.selvedge.process.shared.SharedOneWayPipe],
///   [dev.selvedge.process.shared.SharedQueue]: to send each other messages.
///
/// **Vocabulary.** A *block* is a file in shared memory. A process that has mapped it has an
/// *attachment*. *Unlinking* removes the name, so that nobody can attach any more; the memory goes
/// with the last attachment. A *handle* is one of the objects above; it *arrives* in another
/// process by serialization, and is the same thing there. *Dead* is a process that will not run
/// again, however it ended; what it held is *taken over*.
///
/// **Waiting.** All waits end by an interrupt, and so by the cancellation of a task, if they
/// declare [InterruptedException]. Where the kernel can be called (Linux, and
/// `--enable-native-access=dev.selvedge.process`, or `ALL-UNNAMED` on the class path) a platform
/// thread sleeps in it and is woken in some 50 µs; the death of another process is noticed in 5 ms,
/// an interrupt in 16. Virtual threads, whose carrier would be blocked, and all threads where the
/// kernel cannot be called, look again and again instead: after 50 µs at first, then each
/// millisecond, and each 4 ms after a tenth of a second. Both kinds can be mixed on one thing.
///
/// **Which processes?** Those of one user on one machine that see the same pids.
@NullMarked
package dev.selvedge.process.shared;

import org.jspecify.annotations.NullMarked;
