package dev.selvedge.sync;

import dev.selvedge.Stability;
import dev.selvedge.internal.Holders;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Mutual exclusion between tasks: at most one holds it, and those who wait get it in the order in
/// which they came.
///
/// ```java
/// Mutex mutex = Mutex.create();
/// try (var _ = mutex.hold()) {
///   balance -= amount;
/// }
/// ```
///
/// **Not a `ReentrantLock`.** It belongs to nobody: any task may unlock it, for instance the one
/// that finishes what another has begun. For the same reason it is not reentrant: locking it twice
/// waits until somebody unlocks it. Where the same thread locks and unlocks, and order does not
/// matter, [java.util.concurrent.locks.ReentrantLock] is faster under contention, as it lets
/// newcomers in between.
///
/// **Hand-over.** [#unlock()] gives the mutex to the one that has waited longest, so nobody comes
/// between and nobody starves. A waiter that was interrupted, cancelled or timed out is passed over
/// and leaves no trace.
///
/// **Cancellation.** The operations that may wait begin by looking at the interrupt flag, and then
/// throw even if the mutex is free. If the mutex is handed to a waiter that is interrupted at that
/// very moment, the waiter has it, and the interrupt stays pending.
///
/// **Memory effects.** What happened before an unlock happens before the return of the next lock.
/// Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Mutex {
  static {
    Holders.tell(
        Mutex.class, mutex -> Optional.ofNullable(mutex.holder).map(List::of).orElse(List.of()));
  }

  // The state is (holder, turn): free (holder == null), or held for the turn-th time.
  //
  //   free ──lock──► held ──unlock, nobody waits──► free
  //                  held ──unlock, one waits──► held by that one, turn + 1
  //
  // Whoever waits does so while it is held: a wait is added only then, and unlock frees the mutex
  // only when no wait is left that is not abandoned. So a waiter that leaves has nothing to pass
  // on.

  private final Object lock = new Object();
  private final WaitQueue<Wait> waits = new WaitQueue<>(lock); // guarded by lock
  private volatile @Nullable Object holder; // a Caller; written under lock
  private long turn; // guarded by lock

  private Mutex() {}

  /// {@return a new mutex, free}
  public static Mutex create() {
    return new Mutex();
  }

  private static final class Wait extends WaitQueue.Wait {
    long turn; // which turn it got, written before it is settled

    @Override
    protected WaitKind kind() {
      return WaitKind.LOCK;
    }
  }

  /// One holding of a mutex, ended by [#close()]: for `try (var _ = mutex.hold())`.
  ///
  /// @since 0.1
  public static final class Hold implements AutoCloseable {
    private final Mutex mutex;
    private final long turn;
    private boolean closed; // guarded by the mutex's lock

    private Hold(Mutex mutex, long turn) {
      this.mutex = mutex;
      this.turn = turn;
    }

    /// Unlocks the mutex. Without effect if called again.
    ///
    /// @throws IllegalStateException if the mutex was unlocked by somebody else meanwhile; it is
    ///   left to whoever has it now
    @Override
    public void close() {
      mutex.end(this);
    }
  }

  /// Locks the mutex, and waits for it if need be.
  ///
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it does not have the mutex then
  public void lock() throws InterruptedException {
    acquire(Kernel.FOREVER);
  }

  /// Locks the mutex if it is free. Does not wait.
  ///
  /// @return whether the caller has it now
  public boolean tryLock() {
    Waiter.step();
    synchronized (lock) {
      return takeIfFree();
    }
  }

  /// Locks the mutex, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether the caller has it now
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it does not have the mutex then
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryLock(Duration timeout) throws InterruptedException {
    return acquire(Times.deadline(Kernel.current(), timeout)) != 0;
  }

  /// Locks the mutex until the end of a `try` block.
  ///
  /// @return what unlocks it
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it does not have the mutex then
  public Hold hold() throws InterruptedException {
    return new Hold(this, acquire(Kernel.FOREVER));
  }

  /// Unlocks the mutex, or gives it to the one that has waited longest. Any task may do so.
  ///
  /// @throws IllegalStateException if it is not locked
  public void unlock() {
    WaitQueue.Wait woken;
    synchronized (lock) {
      if (holder == null) {
        throw new IllegalStateException("the mutex is not locked; unlock once for each lock");
      }
      woken = passOn();
    }
    WaitQueue.wake(woken);
  }

  private void end(Hold hold) {
    WaitQueue.Wait woken;
    synchronized (lock) {
      if (hold.closed) {
        return;
      }
      hold.closed = true;
      if (holder == null || turn != hold.turn) {
        throw new IllegalStateException(
            "the mutex was unlocked before its hold was closed, and is now "
                + describe(holder)
                + "; use either unlock() or close()");
      }
      woken = passOn();
    }
    WaitQueue.wake(woken);
  }

  /// {@return whether it is locked at the moment}
  public boolean isLocked() {
    return holder != null;
  }

  /// {@return who has locked it: the path of a task, or the name of a thread}
  public Optional<String> holder() {
    return Optional.ofNullable(holder).map(Caller::name);
  }

  /// {@return the number of the turn, or 0 if the deadline has come}
  private long acquire(long deadline) throws InterruptedException {
    Waiter.step();
    Waiter.checkInterrupt();
    Wait wait;
    synchronized (lock) {
      if (takeIfFree()) {
        return turn;
      }
      wait = new Wait();
      waits.add(wait);
    }
    return waits.await(wait, this, deadline) ? wait.turn : 0;
  }

  private boolean takeIfFree() {
    if (holder != null) {
      return false;
    }
    holder = Caller.current();
    turn++;
    return true;
  }

  private WaitQueue.@Nullable Wait passOn() {
    Wait next = waits.next();
    if (next == null) {
      holder = null;
      return null;
    }
    holder = Caller.of(next);
    next.turn = ++turn;
    return waits.settle(next, null);
  }

  private static String describe(@Nullable Object holder) {
    return holder == null ? "free" : "held by '" + Caller.name(holder) + "'";
  }

  @Override
  public String toString() {
    return "Mutex " + describe(holder);
  }
}
