package dev.selvedge.sync;

import dev.selvedge.Stability;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A flag that tasks wait for: a latch that can be closed again.
///
/// ```java
/// Event ready = Event.create();
/// group.fork(() -> { ready.await(); serve(); });
/// load();
/// ready.set();
/// ```
///
/// [#set()] releases everybody who waits at that moment, even if [#clear()] follows before any of
/// them has run. What happens before `set` happens before the return of the waits that it releases.
/// A wait ends early when its task is cancelled; waiting for an event that is set returns at once,
/// and leaves an interrupt pending. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Event {
  private final Object lock = new Object();
  private final WaitQueue<Wait> waits = new WaitQueue<>(lock); // guarded by lock
  private volatile boolean set; // written under lock
  private List<Runnable> callbacks = List.of(); // guarded by lock

  private Event() {}

  /// {@return a new event, not set}
  public static Event create() {
    return new Event();
  }

  private static final class Wait extends WaitQueue.Wait {
    @Override
    protected WaitKind kind() {
      return WaitKind.EVENT;
    }
  }

  /// Sets the flag and releases all waiters. Without effect if it is set.
  public void set() {
    WaitQueue.Wait woken;
    List<Runnable> called;
    synchronized (lock) {
      set = true;
      woken = waits.settleAll(null); // nobody, if it was set before
      called = callbacks;
      callbacks = List.of();
    }
    WaitQueue.wake(woken);
    for (Runnable callback : called) {
      Problems.guard("a callback of an event", callback);
    }
  }

  /// Adds a callback that runs once: when the flag is set, on the thread that sets it, or here and
  /// now if it is set already. A callback that throws is logged. It should be short.
  ///
  /// @param callback what to run
  public void onSet(Runnable callback) {
    Objects.requireNonNull(callback, "callback");
    synchronized (lock) {
      if (!set) {
        if (callbacks.isEmpty()) {
          callbacks = new ArrayList<>(1); // most events have none
        }
        callbacks.add(callback);
        return;
      }
    }
    Problems.guard("a callback of an event", callback);
  }

  /// Removes a callback that has not run.
  ///
  /// @param callback what was given to [#onSet]
  /// @return whether it was there
  public boolean forget(Runnable callback) {
    Objects.requireNonNull(callback, "callback");
    synchronized (lock) {
      return !callbacks.isEmpty() && callbacks.remove(callback);
    }
  }

  /// Clears the flag, so that later waits block. Without effect if it is not set.
  public void clear() {
    synchronized (lock) {
      set = false;
    }
  }

  /// {@return whether the flag is set}
  public boolean isSet() {
    return set;
  }

  /// Waits until the flag is set.
  ///
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  public void await() throws InterruptedException {
    awaitUntil(Kernel.FOREVER);
  }

  /// Waits for at most the given time until the flag is set.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it was set
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean await(Duration timeout) throws InterruptedException {
    return awaitUntil(Times.deadline(Kernel.current(), timeout));
  }

  private boolean awaitUntil(long deadline) throws InterruptedException {
    Waiter.step();
    if (set) {
      return true;
    }
    Wait wait = new Wait();
    synchronized (lock) {
      if (set) {
        return true;
      }
      waits.add(wait);
    }
    return waits.await(wait, this, deadline);
  }

  @Override
  public String toString() {
    return "Event " + (set ? "set" : "not set");
  }
}
