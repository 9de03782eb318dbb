package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.ProcessId;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.time.Duration;

/// So many at the same time, over all processes; what a process holds comes back when it dies.
///
/// ```java
/// SharedLimit connections = shared.limit(4);
///
/// connections.acquire();
/// try {
///   load(url);
/// } finally {
///   connections.release();
/// }
/// ```
///
/// A permit belongs to the process that acquired it: any thread of that process may release it,
/// another process may not. **When a process dies**, by `kill -9` too, those who wait get its
/// permits within some milliseconds. Where permits are not given back by those who took them, use a
/// [SharedSemaphore].
///
/// **Order.** None: a newcomer may get a permit before those who wait.
///
/// **Cancellation.** The operations that may wait end by an interrupt, and so by the cancellation
/// of the task; they have got nothing then.
///
/// **Memory effects.** What happened before a release happens before the return of the acquire that
/// gets the permit. An operation looks at all permits, one after the other. Thread-safe.
///
/// @since 0.1
public final class SharedLimit extends Shared {

  // Each permit is a word: the process that holds it, or 0. Taking, releasing and taking over are
  // one compare-and-set of one word, so a kill can come anywhere. Nobody waits for a certain
  // permit;
  // a release counts up RELEASES, on which all sleep. Who sleeps has read it before its last look
  // at
  // the permits, so a release after that look keeps it awake. A process killed between the release
  // and the count costs a slice (WordWait).

  /// As many as there can be.
  static final int MOST = 1 << 16;

  private static final long serialVersionUID = 1;

  private static final long RELEASES = 0;
  private static final long WAITERS = 4;
  private static final long HEAD = 64;
  private static final long PERMIT = 8;
  private static final long NOBODY = 0;
  private static final long ME = ProcessId.own();

  SharedLimit(Block block) {
    super(block, Kind.LIMIT, WHOLE);
  }

  static SharedLimit create(ProcessFolder folder, int permits) throws IOException {
    if (permits < 1 || permits > MOST) {
      throw new IllegalArgumentException("a limit of " + permits + " permits; give 1 to " + MOST);
    }
    return new SharedLimit(Block.create(folder, Kind.LIMIT, HEAD + permits * PERMIT, _ -> {}));
  }

  /// Acquires a permit, and waits for it if need be.
  ///
  /// @throws InterruptedException if the thread is interrupted
  public void acquire() throws InterruptedException {
    acquire(Kernel.FOREVER);
  }

  /// Acquires a permit if one is free, or held by a process that died. Does not wait.
  ///
  /// @return whether this process has one more now
  public boolean tryAcquire() {
    return change(NOBODY, ME) || takeOver();
  }

  /// Acquires a permit, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether this process has one more now
  /// @throws InterruptedException if the thread is interrupted
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryAcquire(Duration timeout) throws InterruptedException {
    return acquire(WordWait.deadline(timeout));
  }

  /// Returns a permit.
  ///
  /// @throws IllegalStateException if this process holds none
  public void release() {
    if (!change(ME, NOBODY)) {
      throw new IllegalStateException(
          "this process holds no permit of " + this + "; release what was acquired, once");
    }
    Words.addInt(data(), RELEASES, 1);
    if (Words.readInt(data(), WAITERS) > 0) {
      WordWait.wake(data(), RELEASES, 1);
    }
  }

  /// {@return how many permits are free at the moment; those of a process that died count when
  /// somebody has missed them}
  public int available() {
    return count(NOBODY);
  }

  /// {@return how many permits this process holds at the moment}
  public int held() {
    return count(ME);
  }

  /// {@return how many permits there are}
  public int bound() {
    return (int) ((data().byteSize() - HEAD) / PERMIT);
  }

  private boolean acquire(long deadline) throws InterruptedException {
    WordWait.checkInterrupt();
    if (change(NOBODY, ME)) {
      return true;
    }
    var wait = WordWait.watching(this, deadline);
    Words.addInt(data(), WAITERS, 1);
    try {
      return await(wait);
    } finally {
      Words.addInt(data(), WAITERS, -1);
    }
  }

  private boolean await(WordWait wait) throws InterruptedException {
    while (true) {
      int releases = Words.readInt(data(), RELEASES);
      if (change(NOBODY, ME) || (wait.isTimeToLook() && takeOver())) {
        return true;
      }
      if (wait.isOver()) {
        return takeOver();
      }
      wait.pause(data(), RELEASES, releases);
    }
  }

  /// Changes the holder of one permit.
  private boolean change(long from, long to) {
    for (int permit = 0; permit < bound(); permit++) {
      if (holder(permit) == from && Words.swapLong(data(), at(permit), from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean takeOver() {
    long alive = NOBODY; // asked last: permits of one process often lie side by side
    for (int permit = 0; permit < bound(); permit++) {
      long holder = holder(permit);
      if (holder == alive || holder == NOBODY) {
        continue;
      }
      if (!ProcessId.isDead(holder)) {
        alive = holder;
      } else if (Words.swapLong(data(), at(permit), holder, ME)) {
        return true;
      }
    }
    return false;
  }

  private int count(long holder) {
    int count = 0;
    for (int permit = 0; permit < bound(); permit++) {
      if (holder(permit) == holder) {
        count++;
      }
    }
    return count;
  }

  private long holder(int permit) {
    return Words.readLong(data(), at(permit));
  }

  private static long at(int permit) {
    return HEAD + permit * PERMIT;
  }

  @Override
  public String toString() {
    return "SharedLimit " + name() + ", " + available() + " of " + bound() + " available";
  }
}
