package dev.selvedge.sync;

import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Threads that wait, for tests that need them to be waiting.
final class Waiting {
  /// Longer than anything takes, so that whoever waits for it has failed.
  static final Duration LONG = Duration.ofSeconds(20);

  /// For waits that are to time out.
  static final Duration SHORT = Duration.ofMillis(5);

  private Waiting() {}

  /// Work that may throw.
  interface Work {
    void run() throws Exception;
  }

  /// A thread and what it ended with.
  static final class Runner {
    private final Thread thread;
    private volatile @Nullable Throwable thrown;
    private volatile boolean interruptPending;

    Runner(Work work) {
      thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      work.run();
                    } catch (Throwable e) {
                      thrown = e;
                    }
                    interruptPending = Thread.currentThread().isInterrupted();
                  });
    }

    Runner awaitParked() throws InterruptedException {
      until(
          () ->
              thread.getState() == Thread.State.WAITING
                  || thread.getState() == Thread.State.TIMED_WAITING);
      return this;
    }

    Runner interrupt() {
      thread.interrupt();
      return this;
    }

    boolean isInterruptPending() {
      return interruptPending;
    }

    /// {@return what it threw, or null, after it has ended}
    @Nullable Throwable outcome() throws InterruptedException {
      if (!thread.join(LONG)) {
        throw new AssertionError(
            thread + " has not ended: " + java.util.Arrays.toString(thread.getStackTrace()));
      }
      return thrown;
    }

    void assertReturned() throws InterruptedException {
      Throwable e = outcome();
      if (e != null) {
        throw new AssertionError(e);
      }
    }
  }

  /// Starts a virtual thread, and returns when it is parked.
  static Runner parked(Work work) throws InterruptedException {
    return new Runner(work).awaitParked();
  }

  /// Starts a virtual thread.
  static Runner running(Work work) {
    return new Runner(work);
  }

  /// Starts a task, and returns when it waits.
  static <T extends @Nullable Object> Task<T> parkedTask(Pool pool, Call<T> call)
      throws InterruptedException {
    Task<T> task = pool.submit(call);
    until(() -> task.toString().endsWith("waiting"));
    return task;
  }

  static void until(BooleanSupplier condition) throws InterruptedException {
    long limit = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - limit > 0) {
        throw new AssertionError("not reached within " + LONG);
      }
      Thread.sleep(0, 100_000);
    }
  }
}
