package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeoutException;

/// A place where threads of several processes wait until all have come, again and again.
///
/// ```java
/// SharedBarrier barrier = shared.barrier(4);
///
/// for (int step = 0; step < 1000; step++) {       // in each of four processes
///   compute(step);
///   barrier.await();
/// }
/// ```
///
/// **Broken.** If one of those who wait gives up, because its time has passed or it is interrupted,
/// or if somebody calls [#abort()], the barrier breaks: all who wait, and all who come, in whatever
/// process, get a [BrokenBarrierException], until somebody calls [#reset()].
///
/// **When a process dies**, the barrier does not notice: nobody knows that it would have come.
/// Those who wait do so until their time has passed, so give one; or abort the barrier when the
/// process is reported lost.
///
/// **Memory effects.** What each did before it came happens before the return of all. Thread-safe.
///
/// @since 0.1
public final class SharedBarrier extends Shared {

  // One word:
  //
  //   63           34   33       32      31        16 15        0
  //   │ generation │ (0) │ BROKEN │ past resets │ arrived │
  //
  // Arriving counts up. Who completes the number begins the next generation with nobody arrived; so
  // does a reset. A waiter goes on when the generation is another one than when it came. Whether
  // its
  // own ended well is in `past resets`: bit 0 says it of the last generation, bit 1 of the one
  // before,
  // as a slow waiter may look when others are some generations further. After more than sixteen it
  // cannot know, and takes it for broken: it is not in step any more.
  //
  // Everything is one compare-and-set of one word, so a kill leaves the barrier before or after a
  // change. One that is killed while it waits has arrived; the barrier opens with it. If it is
  // killed
  // after it has opened the barrier and before it has woken anybody, that costs a slice (WordWait).
  // Sleepers sleep on the upper half, which arrivals do not change.

  /// As many as fit into the word.
  static final int MOST = (1 << 16) - 1;

  private static final long serialVersionUID = 1;

  private static final long STATE = 0;
  private static final long UPPER = 4;
  private static final long PARTIES = 8;
  private static final long BYTES = 16;

  private static final long ARRIVED = 0xffff;
  private static final int PAST_SHIFT = 16;
  private static final int PAST = 0xffff;
  private static final int PASTS = 16;
  private static final long BROKEN = 1L << 32;
  private static final int GENERATION_SHIFT = 34;
  private static final int GENERATIONS = 1 << (64 - GENERATION_SHIFT);

  SharedBarrier(Block block) {
    super(block, Kind.BARRIER, WHOLE);
  }

  static SharedBarrier create(ProcessFolder folder, int parties) throws IOException {
    if (parties < 1 || parties > MOST) {
      throw new IllegalArgumentException(
          "a barrier for " + parties + " parties; give 1 to " + MOST);
    }
    return new SharedBarrier(
        Block.create(folder, Kind.BARRIER, BYTES, data -> Words.plainInt(data, PARTIES, parties)));
  }

  /// Waits until all have come.
  ///
  /// @return how many had not come yet when the caller came: 0 for the last
  /// @throws InterruptedException if the thread is interrupted; the barrier is broken then
  /// @throws BrokenBarrierException if the barrier is broken or reset
  public int await() throws InterruptedException, BrokenBarrierException {
    try {
      return await(Kernel.FOREVER);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /// Waits until all have come, for at most the given time.
  ///
  /// @param timeout how long to wait at most
  /// @return how many had not come yet when the caller came: 0 for the last
  /// @throws InterruptedException if the thread is interrupted; the barrier is broken then
  /// @throws TimeoutException if the time has passed; the barrier is broken then
  /// @throws BrokenBarrierException if the barrier is broken or reset
  /// @throws IllegalArgumentException if the timeout is negative
  public int await(Duration timeout)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    return await(WordWait.deadline(timeout));
  }

  /// Breaks the barrier: all who wait and all who come fail, until it is reset.
  public void abort() {
    while (true) {
      long state = state();
      if (isBroken(state) || breakAt(state)) {
        return;
      }
    }
  }

  /// Makes the barrier as new. Those who wait fail.
  public void reset() {
    while (true) {
      long state = state();
      boolean unused = arrived(state) == 0 && !isBroken(state);
      if (unused || change(state, next(state, 1))) {
        return;
      }
    }
  }

  /// {@return whether the barrier is broken at the moment}
  public boolean isBroken() {
    return isBroken(state());
  }

  /// {@return how many wait at the moment}
  public int waiting() {
    long state = state();
    return isBroken(state) ? 0 : arrived(state);
  }

  /// {@return how many have to come}
  public int parties() {
    return Words.plainInt(data(), PARTIES);
  }

  private int await(long deadline)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    WordWait.checkInterrupt();
    int parties = parties();
    while (true) {
      long state = state();
      checkUnbroken(state);
      int missing = parties - arrived(state) - 1;
      if (missing == 0) {
        if (change(state, next(state, 0))) {
          return 0;
        }
      } else if (Words.swapLong(data(), STATE, state, state + 1)) {
        awaitOthers(generation(state), deadline);
        return missing;
      }
    }
  }

  private void awaitOthers(int generation, long deadline)
      throws InterruptedException, BrokenBarrierException, TimeoutException {
    var wait = new WordWait(this, deadline);
    try {
      while (isOpenFor(generation)) {
        if (wait.isOver() && giveUp(generation)) {
          throw new TimeoutException("not all came to " + this + ", which is broken now");
        }
        wait.pause(data(), UPPER, generation << 2);
      }
    } catch (InterruptedException e) {
      if (giveUp(generation)) {
        throw e;
      }
      Thread.currentThread().interrupt();
    }
    checkPassed(generation);
  }

  /// {@return whether a generation still gathers}
  private boolean isOpenFor(int generation) {
    long state = state();
    return generation(state) == generation && !isBroken(state);
  }

  /// Breaks the barrier, unless the generation has ended.
  private boolean giveUp(int generation) {
    while (isOpenFor(generation)) {
      long state = state();
      if (generation(state) == generation && !isBroken(state) && breakAt(state)) {
        return true;
      }
    }
    return false;
  }

  private void checkPassed(int generation) throws BrokenBarrierException {
    long state = state();
    int ago = Math.floorMod(generation(state) - generation, GENERATIONS);
    if (ago == 0) {
      checkUnbroken(state);
      return;
    }
    boolean known = ago <= PASTS;
    if (!known || (state >>> PAST_SHIFT & 1L << (ago - 1)) != 0) {
      throw new BrokenBarrierException("somebody reset " + this + " while this thread waited");
    }
  }

  private void checkUnbroken(long state) throws BrokenBarrierException {
    if (isBroken(state)) {
      throw new BrokenBarrierException(
          "somebody gave up at " + this + "; call reset() when all know of it");
    }
  }

  private boolean breakAt(long state) {
    return change(state, state | BROKEN);
  }

  private boolean change(long state, long next) {
    boolean changed = Words.swapLong(data(), STATE, state, next);
    if (changed) {
      WordWait.wakeAll(data(), UPPER);
    }
    return changed;
  }

  private static long next(long state, int reset) {
    long generation = (state >>> GENERATION_SHIFT) + 1;
    long past = ((state >>> PAST_SHIFT) << 1 | reset) & PAST;
    return generation << GENERATION_SHIFT | past << PAST_SHIFT;
  }

  private long state() {
    return Words.readLong(data(), STATE);
  }

  private static int generation(long state) {
    return (int) (state >>> GENERATION_SHIFT);
  }

  private static int arrived(long state) {
    return (int) (state & ARRIVED);
  }

  private static boolean isBroken(long state) {
    return (state & BROKEN) != 0;
  }

  @Override
  public String toString() {
    long state = state();
    String count = arrived(state) + " of " + parties() + " waiting";
    return "SharedBarrier " + name() + ", " + (isBroken(state) ? "broken" : count);
  }
}
