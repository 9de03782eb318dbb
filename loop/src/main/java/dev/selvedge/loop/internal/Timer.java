package dev.selvedge.loop.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An entry of a [TimerWheel], and the handle by which the JDK cancels it.
///
/// `state` says who has it: whoever moves it from WAITING fires or cancels the timer, on any
/// thread. All else belongs to the loop's thread.
final class Timer implements ScheduledFuture<@Nullable Object> {
  private static final int WAITING = 0;
  private static final int FIRED = 1;
  private static final int CANCELLED = 2;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Timer.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// When, in terms of [System#nanoTime()].
  final long due;

  /// What is run on the loop's thread, and must not block it.
  final Runnable action;

  // of the wheel
  @Nullable Timer next;
  @Nullable Timer previous;
  int slot = -1; // or -1 if it is in none

  private final CoroutineScheduler scheduler;
  private volatile int state;

  Timer(CoroutineScheduler scheduler, Runnable action, long due) {
    this.scheduler = scheduler;
    this.action = action;
    this.due = due;
  }

  boolean isWaiting() {
    return state == WAITING;
  }

  void fire() {
    if (STATE.compareAndSet(this, WAITING, FIRED)) {
      action.run();
    }
  }

  /// Cancels the timer, in constant time; another thread leaves it to the loop's to take it out.
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (!STATE.compareAndSet(this, WAITING, CANCELLED)) {
      return false;
    }
    scheduler.remove(this);
    return true;
  }

  @Override
  public boolean isCancelled() {
    return state == CANCELLED;
  }

  @Override
  public boolean isDone() {
    return state != WAITING;
  }

  /// Nobody waits for a timer.
  @Override
  public @Nullable Object get() {
    throw new UnsupportedOperationException("a timer has no value");
  }

  @Override
  public @Nullable Object get(long timeout, TimeUnit unit) {
    return get();
  }

  @Override
  public long getDelay(TimeUnit unit) {
    return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  @SuppressWarnings("ComparableType") // Delayed asks for it
  public int compareTo(Delayed other) {
    return other instanceof Timer timer
        ? Long.signum(due - timer.due) // the clock may wrap
        : Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
  }
}
