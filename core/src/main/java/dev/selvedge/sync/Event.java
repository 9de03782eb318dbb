package dev.selvedge.sync;

import dev.selvedge.internal.Times;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
/// A wait ends early when its task is cancelled. Thread-safe.
///
/// @since 0.1
public final class Event {
  private final Object lock = new Object();
  private volatile boolean set;
  private List<Wait> waiters = new ArrayList<>(0); // guarded by lock

  private Event() {}

  /// {@return a new event, not set}
  public static Event create() {
    return new Event();
  }

  private static final class Wait extends Waiter {
    private volatile boolean released;

    @Override
    protected boolean ready() {
      return released;
    }
  }

  /// Sets the flag and releases all waiters. Without effect if it is set.
  public void set() {
    List<Wait> released;
    synchronized (lock) {
      if (set) {
        return;
      }
      set = true;
      released = waiters;
      waiters = new ArrayList<>(0);
    }
    for (Wait wait : released) {
      wait.released = true;
      wait.wake();
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
    Kernel.current().step();
    if (set) {
      return true;
    }
    Wait wait = new Wait();
    synchronized (lock) {
      if (set) {
        return true;
      }
      waiters.add(wait);
    }
    try {
      return wait.await(this, deadline);
    } finally {
      if (!wait.released) {
        synchronized (lock) {
          waiters.remove(wait);
        }
      }
    }
  }

  @Override
  public String toString() {
    return "Event " + (set ? "set" : "not set");
  }
}
