package dev.selvedge.loop.internal;

import dev.selvedge.Action;
import dev.selvedge.internal.Context;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.spi.Kernel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// An action that a loop runs as a coroutine, at a time, unless it is cancelled before.
///
/// As a timer's action it hands itself to the loop; what the loop runs is another object, so that
/// the end of the loop finds those that are not due yet.
public final class Callback implements EventLoop.Handle, Runnable {
  private enum State {
    SCHEDULED,
    STARTED,
    CANCELLED
  }

  private final Executor loop;
  private final Action action;
  private final @Nullable Context context = Context.capture();
  private final AtomicReference<State> state = new AtomicReference<>(State.SCHEDULED);
  private volatile Kernel.@Nullable Alarm alarm;

  private Callback(Executor loop, Action action) {
    this.loop = loop;
    this.action = action;
  }

  /// Has an action run as soon as its turn comes.
  public static Callback soon(Executor loop, Action action) {
    Callback callback = new Callback(loop, action);
    loop.execute(callback::perform);
    return callback;
  }

  /// Has an action run at a time.
  ///
  /// @param due when, in terms of [System#nanoTime()]
  public static Callback at(Executor loop, LoopScheduler scheduler, long due, Action action) {
    Callback callback = new Callback(loop, action);
    callback.alarm = scheduler.callAt(due, callback);
    return callback;
  }

  /// It is due.
  @Override
  public void run() {
    try {
      if (context == null) {
        loop.execute(this::perform);
      } else {
        context.run(() -> loop.execute(this::perform));
      }
    } catch (RejectedExecutionException closed) {
      cancel();
    }
  }

  private void perform() {
    if (state.compareAndSet(State.SCHEDULED, State.STARTED)) {
      action.run();
    }
  }

  @Override
  public boolean cancel() {
    if (!state.compareAndSet(State.SCHEDULED, State.CANCELLED)) {
      return false;
    }
    Kernel.Alarm waiting = alarm;
    if (waiting != null) {
      waiting.cancel();
    }
    return true;
  }

  @Override
  public boolean isCancelled() {
    return state.get() == State.CANCELLED;
  }
}
