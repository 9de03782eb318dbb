package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.time.Duration;

/// A number of permits, which any thread of any process takes and gives.
///
/// ```java
/// SharedSemaphore ready = shared.semaphore(0);
///
/// ready.release();     // one process has something ready
/// ready.acquire();     // another takes it
/// ```
///
/// Permits belong to nobody: who releases need not have acquired. So **when a process dies** the
/// permits that it had taken are gone. Where a permit stands for work that a process is doing, use
/// a [SharedLimit], which gets them back.
///
/// **Order.** None: a newcomer may get a permit before those who wait.
///
/// **Cancellation.** The operations that may wait end by an interrupt, and so by the cancellation
/// of the task; they have taken nothing then.
///
/// **Memory effects.** What happened before a release happens before the return of the acquire that
/// takes the permit. Thread-safe.
///
/// @since 0.1
public final class SharedSemaphore extends Shared {

  // Permits are one word, changed by compare-and-set, so a kill leaves either the one or the other
  // number. A thread counts itself in WAITERS before it looks for the last time and sleeps; release
  // adds permits first and reads WAITERS then. Both are volatile, so at least one sees the other. A
  // waiter that is killed is counted for ever, which costs a needless system call at each release.
  // A
  // wake-up that is lost with a process costs a slice (WordWait).

  private static final long serialVersionUID = 1;

  private static final long PERMITS = 0;
  private static final long WAITERS = 4;
  private static final long BOUND = 8;
  private static final long BYTES = 16;

  SharedSemaphore(Block block) {
    super(block, Kind.SEMAPHORE, WHOLE);
  }

  static SharedSemaphore create(ProcessFolder folder, int permits, int bound) throws IOException {
    if (permits < 0 || bound < 1 || permits > bound) {
      throw new IllegalArgumentException(
          permits + " permits of " + bound + "; give a bound from 1, and permits from 0 to that");
    }
    return new SharedSemaphore(
        Block.create(
            folder,
            Kind.SEMAPHORE,
            BYTES,
            data -> {
              Words.plainInt(data, PERMITS, permits);
              Words.plainInt(data, BOUND, bound);
            }));
  }

  /// Takes a permit, and waits for it if need be.
  ///
  /// @throws InterruptedException if the thread is interrupted
  public void acquire() throws InterruptedException {
    acquire(Kernel.FOREVER);
  }

  /// Takes a permit if there is one. Does not wait.
  ///
  /// @return whether the caller has it now
  public boolean tryAcquire() {
    while (true) {
      int permits = available();
      if (permits == 0) {
        return false;
      }
      if (Words.swapInt(data(), PERMITS, permits, permits - 1)) {
        return true;
      }
    }
  }

  /// Takes a permit, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether the caller has it now
  /// @throws InterruptedException if the thread is interrupted
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryAcquire(Duration timeout) throws InterruptedException {
    return acquire(WordWait.deadline(timeout));
  }

  /// Gives a permit.
  ///
  /// @throws IllegalStateException if there are as many as there may be
  public void release() {
    release(1);
  }

  /// Gives several permits at once.
  ///
  /// @param permits how many
  /// @throws IllegalStateException if that were more than there may be; none is given then
  /// @throws IllegalArgumentException if that is less than one
  public void release(int permits) {
    if (permits < 1) {
      throw new IllegalArgumentException("release of " + permits + " permits; give at least one");
    }
    while (true) {
      int before = available();
      checkRoom(before, permits);
      if (Words.swapInt(data(), PERMITS, before, before + permits)) {
        break;
      }
    }
    if (Words.readInt(data(), WAITERS) > 0) {
      WordWait.wake(data(), PERMITS, permits);
    }
  }

  /// {@return how many permits there are at the moment}
  public int available() {
    return Words.readInt(data(), PERMITS);
  }

  /// {@return how many permits there may be}
  public int bound() {
    return Words.plainInt(data(), BOUND);
  }

  private void checkRoom(int before, int permits) {
    if (permits > bound() - before) {
      throw new IllegalStateException(
          "release of "
              + permits
              + ", but "
              + before
              + " of "
              + bound()
              + " permits are there; release what was acquired, once");
    }
  }

  private boolean acquire(long deadline) throws InterruptedException {
    WordWait.checkInterrupt();
    if (tryAcquire()) {
      return true;
    }
    var wait = new WordWait(this, deadline);
    Words.addInt(data(), WAITERS, 1);
    try {
      while (!tryAcquire()) {
        if (wait.isOver()) {
          return false;
        }
        wait.pause(data(), PERMITS, 0);
      }
      return true;
    } finally {
      Words.addInt(data(), WAITERS, -1);
    }
  }

  @Override
  public String toString() {
    return "SharedSemaphore " + name() + ", " + available() + " permits";
  }
}
