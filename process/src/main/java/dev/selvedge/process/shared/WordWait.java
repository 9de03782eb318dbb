package dev.selvedge.process.shared;

import dev.selvedge.process.internal.Futex;
import dev.selvedge.process.internal.Native;
import dev.selvedge.spi.Kernel;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/// One thread waiting for a word of shared memory to change.
///
/// ```
/// var wait = new WordWait(this, deadline);
/// while (!take()) {
///   if (wait.isOver()) { return false; }
///   wait.pause(memory, WORD, value);
/// }
/// ```
///
/// **No wake-up is trusted.** A process can be killed after it has changed a word and before it has
/// woken anybody, or after it was woken and before it has taken what it was woken for; a process
/// without native access wakes nobody. So every pause ends after a slice of 4 ms, and the caller
/// looks again. A lost wake-up costs a slice, never a hang. The slices serve two more ends: an
/// interrupt is seen, since nothing wakes a thread that sleeps in the kernel; and the caller finds
/// out whether the process that it waits for lives ([#isTimeToLook]). Where there is nobody to
/// watch, the slices of the kernel's sleepers grow to 16 ms after a tenth of a second; a thread
/// that watches costs one or two percent of a core while it waits, most of it to ask whether a
/// process lives.
///
/// **Who sleeps in the kernel.** A platform thread does, where we may call the kernel. A virtual
/// thread would take its carrier along; it parks for a moment and looks again, at first after 50
/// µs, then after twice as long, up to a millisecond, and up to 4 ms after a tenth of a second. So
/// does a task whose pool has a kernel of its own (a virtual clock, a seeded order): other tasks
/// may need this very thread. Rejected: a platform thread that sleeps in the place of each virtual
/// one. It wakes up sooner by half a millisecond, but a thousand waiting tasks would be a thousand
/// threads, which is what virtual threads are there to avoid.
final class WordWait {
  private static final long FIRST_PARK = 50_000;
  private static final long LONGEST_PARK = 1_000_000;
  private static final long FIRST_SLICE = 1_000_000;
  private static final long SLICE = 4_000_000;
  private static final long LONG_SLICE = 16_000_000;
  private static final long A_WHILE = 100_000_000;
  private static final long LONGEST = Long.MAX_VALUE >> 1;

  private final Object blocker;
  private final boolean watches;
  private final long deadline;
  private final Kernel kernel = Kernel.current();
  private final boolean sleepsInKernel =
      Native.isAvailable() && kernel.equals(Kernel.system()) && !Thread.currentThread().isVirtual();
  private final long begun = kernel.nanoTime();

  private long slice = FIRST_SLICE;
  private long park = FIRST_PARK;
  private long look = begun + FIRST_SLICE;

  /// A wait.
  ///
  /// @param blocker what for, for dumps
  /// @param deadline until when, or [Kernel#FOREVER]
  WordWait(Object blocker, long deadline) {
    this(blocker, deadline, false);
  }

  private WordWait(Object blocker, long deadline, boolean watches) {
    this.blocker = blocker;
    this.deadline = deadline;
    this.watches = watches;
  }

  /// {@return a wait for what other processes have, whose death is to be noticed}
  ///
  /// @param blocker what for, for dumps
  /// @param deadline until when, or [Kernel#FOREVER]
  static WordWait watching(Object blocker, long deadline) {
    return new WordWait(blocker, deadline, true);
  }

  /// {@return the deadline that is a time from now}
  ///
  /// @throws IllegalArgumentException if the time is negative
  static long deadline(Duration timeout) {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException(
          "the timeout is " + timeout + "; give a time that is not negative");
    }
    return timeout.toSeconds() >= LONGEST / 1_000_000_000L
        ? deadline(LONGEST)
        : deadline(timeout.toNanos());
  }

  /// {@return the deadline that is a time from now; it has come if the time is not positive}
  static long deadline(long nanos) {
    return Kernel.current().nanoTime() + Math.clamp(nanos, 0, LONGEST);
  }

  /// Ends an interrupt by its exception, as every operation does that might have to wait, before it
  /// does anything.
  static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /// {@return whether the deadline has come}
  boolean isOver() {
    return deadline != Kernel.FOREVER && deadline - kernel.nanoTime() <= 0;
  }

  /// {@return whether it is time to see whether a process still lives} That costs more than to look
  /// at a word: it is so each 4 ms, for the first time after one.
  boolean isTimeToLook() {
    long now = kernel.nanoTime();
    if (now - look < 0) {
      return false;
    }
    look = now + SLICE - FIRST_SLICE / 2;
    return true;
  }

  /// Waits as long as a word has a value, for a slice at most. May return for no reason.
  ///
  /// @param memory where the word is
  /// @param offset where in there
  /// @param value the value
  /// @throws InterruptedException if the thread is interrupted
  void pause(MemorySegment memory, long offset, int value) throws InterruptedException {
    checkInterrupt();
    if (sleepsInKernel) {
      sleep(memory, offset, value);
    } else if (Words.readInt(memory, offset) == value) {
      park();
    }
    checkInterrupt();
  }

  /// Waits a moment, at first for 50 µs, then longer, for those who look at several words.
  ///
  /// @throws InterruptedException if the thread is interrupted
  void nap() throws InterruptedException {
    checkInterrupt();
    park();
    checkInterrupt();
  }

  private void sleep(MemorySegment memory, long offset, int value) {
    long left = left(slice);
    if (left > 0) {
      Futex.await(memory, offset, value, left);
    }
    slice = watches || isYoung(kernel.nanoTime()) ? SLICE : LONG_SLICE;
  }

  private void park() {
    long now = kernel.nanoTime();
    kernel.park(blocker, now + left(park));
    park = Math.min(park * 2, isYoung(now) ? LONGEST_PARK : SLICE);
  }

  private boolean isYoung(long now) {
    return now - begun < A_WHILE;
  }

  private long left(long most) {
    return deadline == Kernel.FOREVER ? most : Math.min(most, deadline - kernel.nanoTime());
  }

  /// Wakes those who wait for a word, which the caller has changed.
  ///
  /// @param memory where the word is
  /// @param offset where in there
  /// @param count how many at most
  static void wake(MemorySegment memory, long offset, int count) {
    if (Native.isAvailable()) {
      Futex.wake(memory, offset, count);
    }
  }

  /// Wakes all who wait for a word, which the caller has changed.
  static void wakeAll(MemorySegment memory, long offset) {
    wake(memory, offset, Integer.MAX_VALUE);
  }
}
