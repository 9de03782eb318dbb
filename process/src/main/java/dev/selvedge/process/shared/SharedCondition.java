package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessId;
import dev.selvedge.spi.Kernel;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/// A condition of a [SharedLock]: threads of several processes wait, and are woken in the order in
/// which they came.
///
/// ```java
/// SharedCondition notEmpty = lock.newCondition();   // once; captured by calls like the lock
///
/// lock.lock();
/// try {
///   while (count.get() == 0) {
///     notEmpty.await();
///   }
///   count.getAndAdd(-1);
/// } finally {
///   lock.unlock();
/// }
/// ```
///
/// **Exact.** [#signal(int)] wakes as many of those who wait as it says, or all if they are fewer.
/// Nobody wakes without a signal; wait in a loop all the same, since another thread may come
/// between the signal and the return.
///
/// **When a waiter dies** (`kill -9`), signals pass it over. If it had been signalled, and died
/// before its `await` had the lock again, another one that was waiting at the time of the signal
/// gets the signal, within some milliseconds. A signal ends with a process that dies after that;
/// whether the work was done is then for the lock's [SharedLock#ownerDied()] to tell, as it held
/// the lock. If nobody else had been waiting, nobody is owed the signal, and it is gone.
///
/// **When the signaller dies**, what it had signalled is signalled.
///
/// **Room.** 128 threads can wait for one condition at a time.
///
/// **Cancellation.** All but [#awaitUninterruptibly()] end by an interrupt, and so by the
/// cancellation of the task. If a signal has come at the same moment, the wait returns, and the
/// interrupt stays pending; so the signal is not lost. All return with the lock held. Thread-safe.
///
/// @since 0.1
public final class SharedCondition extends Shared implements Condition {

  // A waiter is known by its slot, so that a signal has an addressee, and the death of one can be
  // told from that of another. A slot:
  //
  //   word    process │ state         (the lower half is what the waiter sleeps on)
  //   ticket  its place in the order of arrival
  //   until   for a signal: given to those with a ticket below this
  //
  //            wait (under the lock)         signal (under the lock)
  //     FREE ───────────────────► WAITING ───────────────────► SIGNALLED
  //      ▲                          │                             │
  //      ├── leaves: time, interrupt┘                             │
  //      └──────────────── has the lock again ────────────────────┘
  //
  // All changes of a word are compare-and-sets, as only those to the right of WAITING happen under
  // the lock. Ticket and `until` are written before the word that publishes them.
  //
  // Time or interrupt against signal: both want to change WAITING, one wins. If the signal did, the
  // wait counts as signalled.
  //
  // A dead waiter, found by its process:
  // * WAITING: a signal frees the slot and takes the next.
  // * SIGNALLED: the signal is inherited. Each waiter looks for such slots, each 4 ms, if its
  // ticket
  //   is below `until`: one that came later has no claim to it. The heir makes the slot its own by
  //   setting its process in the word, still SIGNALLED, so that if it dies in turn the signal can
  // be
  //   inherited again. Then it leaves its old slot. If that was signalled meanwhile, it has two
  //   signals; it passes the inherited one on to the oldest waiter with a claim, and frees the slot
  //   after that. A kill in between may wake one more than was signalled; the other order would
  //   lose the signal.
  // A slot is freed only with the lock held again, so that a death while waiting for the lock is a
  // death with the signal.
  //
  // Who makes the slots of the dead free if nobody signals? The next that finds no free one.
  //
  // A kill of the one who enlists: before the compare-and-set there is nothing; after it, a dead
  // waiter. A kill of the signaller: each slot is signalled or not, and the wake-up of the last may
  // be missing, which costs a slice. It held the lock; the next owner is told that it died.

  static final int SLOTS = 128;

  private static final long serialVersionUID = 1;

  private static final long SLOT = 32;
  private static final long HEAD = 64;
  static final long BYTES = HEAD + SLOTS * SLOT;

  private static final long TICKETS = 0; // in the head
  private static final long TICKET = 8; // in a slot
  private static final long UNTIL = 16;

  private static final long FREE = 0;
  private static final long WAITING = 1;
  private static final long SIGNALLED = 2;

  private static final int NONE = -1;
  private static final long ME = ProcessId.own();

  private final transient SharedLock lock;
  private final transient MemorySegment words;

  SharedCondition(SharedLock lock, int part, MemorySegment words) {
    super(lock.block(), Kind.LOCK, part);
    this.lock = lock;
    this.words = words;
  }

  /// {@return the lock that guards it}
  public SharedLock lock() {
    return lock;
  }

  /// Waits for a signal.
  ///
  /// @throws InterruptedException if the thread is interrupted and was not signalled
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  /// @throws IllegalStateException if 128 threads wait already
  @Override
  public void await() throws InterruptedException {
    waitUntil(Kernel.FOREVER);
  }

  /// Waits for a signal, for at most the given time.
  ///
  /// @param timeout how long to wait at most
  /// @return whether there was a signal; otherwise the time has passed
  /// @throws InterruptedException if the thread is interrupted and was not signalled
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  /// @throws IllegalStateException if 128 threads wait already
  public boolean await(Duration timeout) throws InterruptedException {
    return waitUntil(WordWait.deadline(timeout));
  }

  /// Waits until a condition is true, which is asked under the lock at first and after each signal.
  ///
  /// @param condition what to wait for
  /// @param timeout how long to wait at most
  /// @return whether it is true; otherwise the time has passed
  /// @throws InterruptedException if the thread is interrupted and was not signalled
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  /// @throws IllegalStateException if 128 threads wait already
  public boolean awaitUntil(BooleanSupplier condition, Duration timeout)
      throws InterruptedException {
    long deadline = WordWait.deadline(timeout);
    lock.checkHeld();
    while (!condition.getAsBoolean()) {
      if (!waitUntil(deadline)) {
        return condition.getAsBoolean();
      }
    }
    return true;
  }

  /// Waits for a signal, for at most the given time.
  ///
  /// @return whether there was a signal; otherwise the time has passed
  @Override
  public boolean await(long time, TimeUnit unit) throws InterruptedException {
    return waitUntil(WordWait.deadline(unit.toNanos(time)));
  }

  /// Waits for a signal, for at most the given time.
  ///
  /// @return the nanoseconds that are left; not more than zero if the time has passed
  @Override
  public long awaitNanos(long nanos) throws InterruptedException {
    long deadline = WordWait.deadline(nanos);
    boolean signalled = waitUntil(deadline);
    long left = deadline - Kernel.current().nanoTime();
    return signalled ? left : Math.min(left, 0);
  }

  /// Waits for a signal, until a time of the wall clock.
  ///
  /// @return whether there was a signal; otherwise the time has come
  @Override
  @SuppressWarnings("JavaUtilDate") // the JDK's interface
  public boolean awaitUntil(Date time) throws InterruptedException {
    Instant now = Kernel.current().now();
    Duration left = Duration.between(now, Instant.ofEpochMilli(time.getTime()));
    return waitUntil(WordWait.deadline(left.isNegative() ? Duration.ZERO : left));
  }

  /// Waits for a signal. An interrupt stays pending.
  ///
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  /// @throws IllegalStateException if 128 threads wait already
  @Override
  public void awaitUninterruptibly() {
    lock.checkHeld();
    Place place = new Place(enlist());
    int holds = lock.release();
    boolean interrupted = false;
    boolean signalled = false;
    while (!signalled) {
      try {
        signalled = isSignalled(place, WordWait.watching(this, Kernel.FOREVER));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    lock.lockAgain(holds);
    leave(place);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Wakes the one that has waited longest.
  ///
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  @Override
  public void signal() {
    signal(1);
  }

  /// Wakes those that have waited longest.
  ///
  /// @param count how many at most
  /// @return how many it has woken
  /// @throws IllegalArgumentException if the number is negative
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  public int signal(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("signal to " + count + "; give a number from 0");
    }
    lock.checkHeld();
    return signalOldest(count, Words.plainLong(words, TICKETS));
  }

  /// Wakes all that wait.
  ///
  /// @throws IllegalMonitorStateException if the thread does not hold the lock
  @Override
  public void signalAll() {
    signal(SLOTS);
  }

  /// {@return how many wait and are not signalled, at the moment; those that died without notice
  /// may be among them}
  public int waiters() {
    int waiters = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (stateOf(word(slot)) == WAITING) {
        waiters++;
      }
    }
    return waiters;
  }

  private boolean waitUntil(long deadline) throws InterruptedException {
    lock.checkHeld();
    WordWait.checkInterrupt();
    Place place = new Place(enlist());
    int holds = lock.release();
    boolean signalled = false;
    try {
      signalled = isSignalledOrLeaves(place, WordWait.watching(this, deadline));
    } finally {
      lock.lockAgain(holds);
      if (signalled) {
        leave(place);
      }
    }
    return signalled;
  }

  /// Where a thread waits.
  private static final class Place {
    int slot;
    int second = NONE; // a slot with a signal too many

    Place(int slot) {
      this.slot = slot;
    }
  }

  /// Takes a slot, under the lock.
  private int enlist() {
    lock.checkHeld();
    int slot = freeSlot();
    long ticket = Words.plainLong(words, TICKETS);
    Words.plainLong(words, TICKETS, ticket + 1);
    Words.plainLong(words, at(slot) + TICKET, ticket);
    writeWord(slot, ME | WAITING);
    return slot;
  }

  private int freeSlot() {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (word(slot) == FREE) {
        return slot;
      }
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      if (freeOfDead(slot)) {
        return slot;
      }
    }
    throw new IllegalStateException(
        SLOTS + " threads wait for a shared condition already, which is all that it has room for");
  }

  /// Frees the slot of a dead one, unless somebody is about to inherit its signal.
  private boolean freeOfDead(int slot) {
    long word = word(slot);
    boolean owed = stateOf(word) == SIGNALLED && oldest(until(slot)) != NONE;
    return !owed && ProcessId.isDead(word) && swap(slot, word, FREE);
  }

  /// Frees the slots of a signalled thread, which has the lock again, and passes on what it has too
  /// much.
  private void leave(Place place) {
    if (place.second != NONE) {
      signalOldest(1, until(place.second));
      writeWord(place.second, FREE);
    }
    writeWord(place.slot, FREE);
  }

  private boolean isSignalledOrLeaves(Place place, WordWait wait) throws InterruptedException {
    try {
      return isSignalled(place, wait);
    } catch (InterruptedException e) {
      if (swap(place.slot, ME | WAITING, FREE)) {
        throw e;
      }
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /// {@return whether there was a signal; otherwise the time is over, and the slot free}
  private boolean isSignalled(Place place, WordWait wait) throws InterruptedException {
    long waiting = ME | WAITING;
    int slot = place.slot;
    while (word(slot) == waiting) {
      if (wait.isOver() && swap(slot, waiting, FREE)) {
        return false;
      }
      wait.pause(words, at(slot), (int) waiting);
      if (wait.isTimeToLook() && inherit(place)) {
        return true;
      }
    }
    return true;
  }

  private boolean inherit(Place place) {
    long ticket = ticket(place.slot);
    for (int slot = 0; slot < SLOTS; slot++) {
      long word = word(slot);
      if (stateOf(word) == SIGNALLED
          && ticket < until(slot)
          && ProcessId.isDead(word)
          && swap(slot, word, ME | SIGNALLED)) {
        moveTo(slot, place);
        return true;
      }
    }
    return false;
  }

  private void moveTo(int inherited, Place place) {
    if (swap(place.slot, ME | WAITING, FREE)) {
      place.slot = inherited;
    } else {
      place.second = inherited;
    }
  }

  /// Signals under the lock.
  ///
  /// @param until the ticket from which on there is no claim to it
  private int signalOldest(int count, long until) {
    Set<Long> alive = new HashSet<>();
    int signalled = 0;
    while (signalled < count) {
      int slot = oldest(until);
      if (slot == NONE) {
        break;
      }
      long word = word(slot);
      if (stateOf(word) == WAITING && signalOne(slot, word, until, alive)) {
        signalled++;
      }
    }
    return signalled;
  }

  private boolean signalOne(int slot, long word, long until, Set<Long> alive) {
    if (!alive.contains(word) && ProcessId.isDead(word)) {
      swap(slot, word, FREE);
      return false;
    }
    alive.add(word);
    Words.plainLong(words, at(slot) + UNTIL, until);
    if (!swap(slot, word, ProcessId.process(word) | SIGNALLED)) {
      return false;
    }
    WordWait.wake(words, at(slot), 1);
    return true;
  }

  private int oldest(long until) {
    int oldest = NONE;
    long least = until;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (stateOf(word(slot)) == WAITING && ticket(slot) < least) {
        oldest = slot;
        least = ticket(slot);
      }
    }
    return oldest;
  }

  private static long at(int slot) {
    return HEAD + slot * SLOT;
  }

  private long ticket(int slot) {
    return Words.plainLong(words, at(slot) + TICKET);
  }

  private long until(int slot) {
    return Words.plainLong(words, at(slot) + UNTIL);
  }

  private long word(int slot) {
    return Words.readLong(words, at(slot));
  }

  private void writeWord(int slot, long word) {
    Words.writeLong(words, at(slot), word);
  }

  private boolean swap(int slot, long expected, long word) {
    return Words.swapLong(words, at(slot), expected, word);
  }

  private static long stateOf(long word) {
    return word & ProcessId.FLAGS;
  }
}
