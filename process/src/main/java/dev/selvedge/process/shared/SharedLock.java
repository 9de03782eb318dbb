package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.ProcessId;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/// A reentrant lock that belongs to one thread of one process, and outlives its owner.
///
/// ```java
/// lock.lock();
/// try {
///   if (lock.ownerDied()) {
///     repair(accounts);
///     lock.markConsistent();
///   }
///   accounts.getAndAdd(from, -amount);
///   accounts.getAndAdd(to, amount);
/// } finally {
///   lock.unlock();
/// }
/// ```
///
/// **When the owner dies.** If a process ends while one of its threads holds the lock, by `kill -9`
/// too, one of those who wait takes it over within some milliseconds, and so does the next who
/// comes. What the lock guards may be half changed. Therefore [#ownerDied()] is true from then on,
/// for this owner and those after it, until one says [#markConsistent()]. `lock()` does not throw
/// instead, because code that was written for [Lock] would leave the lock held. A *thread* that
/// ends while it holds the lock keeps it, as it does any lock of the JDK.
///
/// **Threads** may be virtual ones; while one waits, its carrier does other work.
///
/// **Order.** None: a newcomer may get the lock before those who wait.
///
/// **Cancellation.** [#lockInterruptibly()] and the timed [#tryLock(Duration)] end by an interrupt,
/// and so by the cancellation of the task; [#lock()] waits on and leaves it pending.
///
/// **Memory effects.** What happened before an unlock, in whatever process, happens before the
/// return of the next lock; of an owner that died, everything that it had done. Uncontended, lock
/// and unlock take some 30 ns. Thread-safe.
///
/// @since 0.1
public final class SharedLock extends Shared implements Lock {

  // Four words, of which the first is the lock:
  //
  //   state   process │ FRESH │ DIED │ WAITERS     process 0: nobody
  //   thread  the owner's thread in its process, or 0     written by the owner only
  //   holds   how many times it has locked                read and written by the owner only
  //   rooms   for how many conditions there is space, and how many of them are taken
  //
  //            ┌──────────────── unlock ◄───────────────┐
  //            ▼                                        │
  //          free ── lock ─────────────────► held by P ─┴─ P dies ─► held by the dead P
  //            ▲                                                        │ take over
  //            │                                                        ▼
  //            └──────────────── unlock ◄──────── held by Q, FRESH, DIED ─► held by Q, DIED
  //
  // One compare-and-set changes the owner and says who it is, so there is no instant at which the
  // lock is held by somebody unknown. That is why the process with its start fits into 61 bits. The
  // thread does not fit; it is written right after, and only its own process looks at it:
  //
  // * Is it mine? The state names this process, and `thread` is this thread. A thread clears
  //   `thread` before it unlocks, and sees its own writes; so it never finds its own number there
  //   unless it holds the lock. One exception: the number was left by a dead process that had the
  //   lock before. Therefore a taker over sets FRESH with the state, and clears it when it has
  //   written its own number; under FRESH nobody is the owner but the one who set it.
  // * DIED stays through unlock and lock, until markConsistent. Only the owner changes it.
  // * WAITERS says that somebody sleeps. A sleeper sets it before it sleeps, and gets the lock with
  //   it set, as it cannot know of others. Unlock clears it with the owner and wakes one.
  //
  // What a kill leaves, at each point of
  //
  //   lock:    (1) state ← P      (2) thread, holds ← mine
  //   unlock:  (3) thread ← 0     (4) state ← free      (5) wake one
  //   take:    (6) state ← Q│FRESH│DIED                 (7) thread, holds ← mine  (8) clear FRESH
  //
  // Between 1 and 4: a dead owner; it is taken over. Between 3 and 4 the owner was through, and its
  // successor is told that it died although nothing is broken: that errs to the safe side.
  // Between 4 and 5: the lock is free, sleepers sleep, WAITERS is clear. A slice of 4 ms ends each
  // sleep, and each sleeper sets WAITERS again. The same if the one that was woken is killed.
  // Between 6 and 8: a dead owner with DIED set; the next taker over sets all again.
  //
  // Two takers over: both compare-and-set the same dead state, one wins. The dead may have become
  // somebody else's predecessor meanwhile; then the state is another one and the set fails. A dead
  // process does not come back, so "it was dead when I looked" stays true.
  //
  // A sleeper waits for the lower half of the state: the flags and 29 bits of the start. While the
  // lock is held and WAITERS is set, that half is not what it is when the lock is free. Two owners
  // may have the same lower half; to sleep on is right then.

  static final long BYTES = 64;

  private static final long serialVersionUID = 1;

  private static final long WAITERS = 1;
  private static final long DIED = 2;
  private static final long FRESH = 4;

  private static final long STATE = 0;
  private static final long THREAD = 8;
  private static final long HOLDS = 16;
  private static final long ROOMS = 20;
  private static final long TAKEN = 24;
  private static final int CONDITIONS = 4;
  private static final int OF_A_VALUE = 0;

  private static final long ME = ProcessId.own();

  private final transient MemorySegment words;

  private SharedLock(Block block, Kind kind, int part, long offset) {
    super(block, kind, part);
    this.words = block.data().asSlice(offset);
  }

  static SharedLock create(ProcessFolder folder) throws IOException {
    long size = BYTES + CONDITIONS * SharedCondition.BYTES;
    return of(
        Block.create(folder, Kind.LOCK, size, data -> Words.plainInt(data, ROOMS, CONDITIONS)));
  }

  /// {@return the lock that a block is}
  static SharedLock of(Block block) {
    return new SharedLock(block, Kind.LOCK, WHOLE, 0);
  }

  /// {@return the lock in a block of something else, from an offset on}
  static SharedLock in(Block block, Kind kind, long offset) {
    return new SharedLock(block, kind, OF_A_VALUE, offset);
  }

  /// Locks, and waits for it if need be. An interrupt stays pending.
  @Override
  public void lock() {
    boolean interrupted = false;
    while (true) {
      try {
        acquire(Kernel.FOREVER);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Locks, and waits for it if need be.
  ///
  /// @throws InterruptedException if the thread is interrupted; it has not locked then
  @Override
  public void lockInterruptibly() throws InterruptedException {
    WordWait.checkInterrupt();
    acquire(Kernel.FOREVER);
  }

  /// Locks if it is free, or held by this thread or by a process that died. Does not wait.
  ///
  /// @return whether the thread has it now
  @Override
  public boolean tryLock() {
    return take(0) || takeOver();
  }

  /// Locks, and waits for at most the given time.
  ///
  /// @return whether the thread has it now
  /// @throws InterruptedException if the thread is interrupted; it has not locked then
  @Override
  public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
    WordWait.checkInterrupt();
    return acquire(WordWait.deadline(unit.toNanos(time)));
  }

  /// Locks, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether the thread has it now
  /// @throws InterruptedException if the thread is interrupted; it has not locked then
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryLock(Duration timeout) throws InterruptedException {
    WordWait.checkInterrupt();
    return acquire(WordWait.deadline(timeout));
  }

  /// Unlocks, if it was called as often as the thread has locked.
  ///
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  @Override
  public void unlock() {
    checkHeld();
    int holds = Words.plainInt(words, HOLDS);
    if (holds > 1) {
      Words.plainInt(words, HOLDS, holds - 1);
    } else {
      free();
    }
  }

  /// {@return a new condition of this lock} A lock has four; they last as long as it does. So make
  /// them once, and hand them on.
  ///
  /// @throws IllegalStateException if it has handed out all
  /// @throws UnsupportedOperationException if this is the lock of a [SharedValue], which has none
  @Override
  public SharedCondition newCondition() {
    int rooms = Words.plainInt(words, ROOMS);
    if (rooms == 0) {
      throw new UnsupportedOperationException(
          "the lock of a value has no conditions; use one that SharedScope.lock() makes");
    }
    int taken = Words.addInt(words, TAKEN, 1);
    if (taken >= rooms) {
      Words.addInt(words, TAKEN, -1);
      throw new IllegalStateException(
          "a shared lock has " + rooms + " conditions, and all are taken; make them once");
    }
    return condition(taken);
  }

  /// {@return a handle for a condition}
  SharedCondition condition(int part) {
    return new SharedCondition(this, part, words.asSlice(BYTES + part * SharedCondition.BYTES));
  }

  /// {@return whether a process died while it held the lock, and nobody has said since that what it
  /// guards is in order} To be asked while holding it.
  public boolean ownerDied() {
    return (Words.readLong(words, STATE) & DIED) != 0;
  }

  /// Says that what the lock guards is in order, or has been repaired: [#ownerDied()] is false from
  /// now on.
  ///
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  public void markConsistent() {
    checkHeld();
    Words.andLong(words, STATE, ~DIED);
  }

  /// {@return whether somebody holds the lock at the moment, dead or alive}
  public boolean isLocked() {
    return ProcessId.process(Words.readLong(words, STATE)) != 0;
  }

  /// {@return whether this thread holds the lock}
  public boolean isHeldByCurrentThread() {
    return isMine(Words.readLong(words, STATE));
  }

  /// {@return how many times this thread has locked and not unlocked}
  public int holdCount() {
    return isHeldByCurrentThread() ? Words.plainInt(words, HOLDS) : 0;
  }

  /// Gives up the lock completely, to wait for a condition.
  ///
  /// @return how many times it was held
  int release() {
    int holds = Words.plainInt(words, HOLDS);
    free();
    return holds;
  }

  /// Locks again after a wait for a condition.
  ///
  /// @param holds how many times it shall be held
  void lockAgain(int holds) {
    lock();
    Words.plainInt(words, HOLDS, holds);
  }

  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  void checkHeld() {
    long state = Words.readLong(words, STATE);
    if (!isMine(state)) {
      throw new IllegalMonitorStateException(
          Thread.currentThread() + " does not hold the shared lock, which is " + describe(state));
    }
  }

  /// Locks, and waits until a deadline of [WordWait#deadline(Duration)] at most.
  ///
  /// @return whether the thread has it now
  boolean acquire(long deadline) throws InterruptedException {
    if (take(0)) {
      return true;
    }
    var wait = WordWait.watching(this, deadline);
    while (!take(WAITERS)) {
      if (wait.isTimeToLook() && takeOver()) {
        return true;
      }
      if (wait.isOver()) {
        return takeOver();
      }
      pause(wait);
    }
    return true;
  }

  private void pause(WordWait wait) throws InterruptedException {
    long state = Words.readLong(words, STATE);
    if (ProcessId.process(state) == 0) {
      return;
    }
    long marked = state | WAITERS;
    if (state == marked || Words.swapLong(words, STATE, state, marked)) {
      wait.pause(words, STATE, (int) marked);
    }
  }

  /// Locks if it is free or this thread's.
  ///
  /// @param waiters WAITERS if the thread has waited
  private boolean take(long waiters) {
    while (true) {
      long state = Words.readLong(words, STATE);
      if (ProcessId.process(state) != 0) {
        return takeAgain(state);
      }
      if (Words.swapLong(words, STATE, state, ME | (state & DIED) | waiters)) {
        own();
        return true;
      }
    }
  }

  private boolean takeAgain(long state) {
    if (!isMine(state)) {
      return false;
    }
    int holds = Words.plainInt(words, HOLDS);
    if (holds == Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "the thread has locked " + holds + " times, as often as can be");
    }
    Words.plainInt(words, HOLDS, holds + 1);
    return true;
  }

  /// Locks if its owner is dead.
  private boolean takeOver() {
    long state = Words.readLong(words, STATE);
    if (ProcessId.process(state) == 0 || !ProcessId.isDead(state)) {
      return false;
    }
    if (!Words.swapLong(words, STATE, state, ME | FRESH | DIED | WAITERS)) {
      return false;
    }
    own();
    Words.andLong(words, STATE, ~FRESH);
    return true;
  }

  private void own() {
    Words.opaqueLong(words, THREAD, Thread.currentThread().threadId());
    Words.plainInt(words, HOLDS, 1);
  }

  private void free() {
    Words.opaqueLong(words, THREAD, 0);
    long died = Words.readLong(words, STATE) & DIED;
    long before = Words.exchangeLong(words, STATE, died);
    if ((before & WAITERS) != 0) {
      WordWait.wake(words, STATE, 1);
    }
  }

  private boolean isMine(long state) {
    return ProcessId.process(state) == ME
        && (state & FRESH) == 0
        && Words.opaqueLong(words, THREAD) == Thread.currentThread().threadId();
  }

  private static String describe(long state) {
    return ProcessId.process(state) == 0 ? "free" : "held by " + ProcessId.text(state);
  }

  @Override
  public String toString() {
    return "SharedLock " + name() + " " + describe(Words.readLong(words, STATE));
  }
}
