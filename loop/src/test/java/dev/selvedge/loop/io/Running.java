package dev.selvedge.loop.io;

import dev.selvedge.Call;
import dev.selvedge.loop.EventLoop;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A call on a virtual thread of its own.
///
/// @param <T> the type of its value
final class Running<T extends @Nullable Object> {
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  private final FutureTask<T> future;
  private final Thread thread;

  private Running(Call<T> call) {
    future = new FutureTask<>(call);
    thread = Thread.ofVirtual().start(future);
  }

  static <T extends @Nullable Object> Running<T> of(Call<T> call) {
    return new Running<>(call);
  }

  /// {@return a call that waits by now}
  static <T extends @Nullable Object> Running<T> parked(Call<T> call) {
    Running<T> running = new Running<>(call);
    until(() -> running.isParked() || running.future.isDone());
    if (running.future.isDone()) {
      throw new AssertionError("does not wait: " + running.future);
    }
    return running;
  }

  boolean isParked() {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  boolean isDone() {
    return future.isDone();
  }

  void interrupt() {
    thread.interrupt();
  }

  T value() throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  Throwable failure() throws Exception {
    try {
      throw new AssertionError("returned " + future.get(30, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }

  static void assertSays(String expected, Throwable e) {
    if (!String.valueOf(e.getMessage()).contains(expected)) {
      throw new AssertionError("does not say '" + expected + "'", e);
    }
  }

  /// Lets other threads, or the other coroutines of this one's loop, run for a moment.
  @SuppressWarnings("ThreadPriorityCheck") // that is what it is for
  static void letOthersRun(int spins) {
    boolean onALoop = EventLoop.current().isPresent();
    for (int i = 0; i < spins; i++) {
      Thread.onSpinWait();
      if (onALoop && i % 64 == 0) {
        Thread.yield();
      }
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // what it waits for is on other threads
  static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("did not become true");
      }
      Thread.yield();
    }
  }
}
