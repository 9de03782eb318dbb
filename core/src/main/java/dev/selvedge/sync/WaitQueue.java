package dev.selvedge.sync;

import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import org.jspecify.annotations.Nullable;

/// Those who wait for a synchronizer, in the order in which they came: the one mechanism below
/// [Mutex], [Limit], [Chan] and [Event].
///
/// The synchronizer has a lock that is held for a few instructions only, and never while a thread
/// parks or is woken. All methods but [#await] and [#wake] are called with this lock held, which is
/// also what guards the links.
///
/// ## The life of a wait
///
/// ```
///               ┌──settle──► SETTLED    what it waited for is its own; then it is woken
///   (new)──add──► QUEUED
///               └──leave───► LEFT       timed out, interrupted, or passed over as abandoned
/// ```
///
/// Both transitions are made under the lock, so a wait is settled or it has left, and never both:
///
/// - **Hand-over.** Who has something to give settles the first wait that is not abandoned and so
///   gives it away before the lock is free. Nobody can come between; the woken thread has to
///   compete for nothing, and need not take the lock.
/// - **Interrupted or timed out before the hand-over.** The wait leaves, and those behind it are
///   nearer to the front. If the giver comes first but finds the thread interrupted or the task's
///   cancellation delivered to this very wait, it passes over it: the next in order gets it.
/// - **Interrupted or timed out after the hand-over.** [#await] finds that the wait was settled.
///   The hand-over wins, the operation succeeds, and the interrupt stays pending for the next one.
/// - **Spurious wake-ups, and late ones.** A wait is over when it is settled, whoever wakes it. The
///   wake of a wait that has returned meanwhile reaches a thread that is elsewhere, which any park
///   must expect.
///
/// A wait that has ended is in no list: leaving takes constant time, so a million timed-out callers
/// cost nothing later.
///
/// @param <W> the kind of wait
final class WaitQueue<W extends WaitQueue.Wait> {
  private final Object lock;
  private @Nullable Wait first; // guarded by lock
  private @Nullable Wait last; // guarded by lock

  private static final int MOST_SPINS = 256;
  private static final int FIRST_SPINS = 64;
  private static final int SPIN_AGAIN = 64;

  private final @Nullable Runnable gather;

  // guesses, written by any thread that waits
  private int spins = MOST_SPINS;
  private int unspun;

  /// Makes an empty queue.
  ///
  /// @param lock the monitor that guards it
  WaitQueue(Object lock) {
    this.lock = lock;
    this.gather = null;
  }

  /// Makes an empty queue for a synchronizer where two may also meet without the lock. Their
  /// partner is often on its way, so a wait spins for a moment before it parks.
  ///
  /// @param lock the monitor that guards it
  /// @param gather adds what waits elsewhere and was not met; called under the lock
  WaitQueue(Object lock, Runnable gather) {
    this.lock = lock;
    this.gather = gather;
  }

  /// One thread that waits.
  abstract static class Wait extends Waiter {
    /// Neighbours in the queue, guarded by its lock; afterwards `next` belongs to the list of those
    /// to be woken, and so to the settling thread alone.
    private @Nullable Wait next;

    private @Nullable Wait previous;
    private boolean queued; // guarded by the queue's lock

    /// Written under the lock, after whatever is handed over; read without it by the waiting
    /// thread, which then reads that.
    private volatile boolean settled;

    @Override
    protected boolean ready() {
      return settled;
    }

    /// {@return whether the wait got what it waited for, or an answer}
    final boolean isSettled() {
      return settled;
    }
  }

  /// {@return whether nobody waits}
  boolean isEmpty() {
    return first == null;
  }

  /// Adds a wait at the end.
  void add(W newcomer) {
    Wait wait = newcomer;
    Wait before = last;
    wait.queued = true;
    wait.previous = before;
    last = wait;
    if (before == null) {
      first = wait;
    } else {
      before.next = wait;
    }
  }

  /// {@return the first wait that is not abandoned, or null if there is none} Those before it
  /// leave.
  @SuppressWarnings("unchecked") // only add puts waits in
  @Nullable W next() {
    Wait wait = first;
    while (wait != null && wait.isAbandoned()) {
      remove(wait);
      wait = first;
    }
    return (W) wait;
  }

  /// Ends a wait that is in this queue. Its owner has written what it gets.
  ///
  /// @param woken the waits to be woken after the lock is free, or null
  /// @return these and this one, for [#wake]
  Wait settle(W wait, @Nullable Wait woken) {
    remove(wait);
    return end(wait, woken);
  }

  /// Ends all waits, also those that are abandoned: all of them get the same answer.
  ///
  /// @param woken the waits to be woken after the lock is free, or null
  /// @return these and those of the queue, for [#wake]
  @Nullable Wait settleAll(@Nullable Wait woken) {
    Wait all = woken;
    for (Wait wait = first; wait != null; wait = first) {
      remove(wait);
      all = end(wait, all);
    }
    return all;
  }

  /// The waits to be woken are a circular list, told by its last, so that they are woken in order.
  private static Wait end(Wait wait, @Nullable Wait woken) {
    if (woken == null) {
      wait.next = wait;
    } else {
      wait.next = woken.next;
      woken.next = wait;
    }
    wait.settled = true;
    return wait;
  }

  private void remove(Wait wait) {
    Wait before = wait.previous;
    Wait after = wait.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
    wait.previous = null;
    wait.next = null;
    wait.queued = false;
  }

  /// Wakes waits that were settled. Called without the lock.
  ///
  /// @param woken what settling returned last, or null
  @SuppressWarnings("ReferenceEquality") // this very wait
  static void wake(@Nullable Wait woken) {
    if (woken != null) {
      Wait wait = woken.next;
      while (wait != null) {
        Wait following = wait.next;
        wait.next = null;
        wait.wakeIfParking();
        wait = wait == woken ? null : following;
      }
    }
  }

  /// Waits until a wait that was added is settled. Called without the lock.
  ///
  /// @param blocker the synchronizer, for dumps
  /// @param deadline until when, or [Kernel#FOREVER]
  /// @return whether it was settled; otherwise the deadline has come, and it has left
  /// @throws InterruptedException if the thread was interrupted or its task cancelled; it has left
  boolean await(W wait, Object blocker, long deadline) throws InterruptedException {
    if (gather != null && spin(wait)) {
      return true;
    }
    boolean ended = false;
    try {
      ended = wait.await(blocker, deadline);
    } catch (InterruptedException e) {
      if (leave(wait)) {
        throw e;
      }
      wait.thread().interrupt(); // the hand-over came first, so the interrupt is for what follows
      return true;
    } catch (Throwable e) {
      leave(wait); // a kernel that gives up its threads: leave no trace
      throw e;
    }
    return ended || !leave(wait);
  }

  /// Spins as long as it has lately paid. It does not where both sides are virtual threads that
  /// happen to share a carrier: then the partner cannot come before this thread parks.
  private boolean spin(Wait wait) {
    int times = spins;
    if (times == 0) {
      spins = ++unspun % SPIN_AGAIN == 0 ? FIRST_SPINS : 0;
      return false;
    }
    boolean paid = wait.spin(times);
    spins = paid ? Math.min(MOST_SPINS, times * 2) : times / 4;
    return paid;
  }

  /// {@return false if the wait is ready; otherwise it is in no queue any more}
  private boolean leave(Wait wait) {
    synchronized (lock) {
      if (gather != null) {
        gather.run();
      }
      if (wait.queued) {
        remove(wait);
      }
      return !wait.ready();
    }
  }
}
