package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.spi.Capability;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the contract tests have in common: a pool to try, and steps that tasks do.
interface Trial {
  /// A time that is never reached when all is well.
  Duration LONG = Duration.ofSeconds(30);

  /// How long a race is repeated.
  Duration MOMENT = Duration.ofMillis(300);

  /// How often at least, though each round opens a pool that is slow to open.
  int LEAST_ROUNDS = 5;

  /// {@return a new, empty pool}
  Pool open();

  /// {@return how many tasks the pool can run at the same time}
  int parallelism();

  /// Skips the test if the pool honestly cannot do this.
  static void needs(Pool pool, Capability capability) {
    assumeTrue(
        pool.capabilities().contains(capability), () -> pool.name() + " lacks " + capability);
  }

  /// Skips the test if the pool cannot run so many tasks at once.
  default void needsParallelism(int tasks) {
    assumeTrue(parallelism() >= tasks, () -> "runs fewer than " + tasks + " tasks at once");
  }

  /// Waits until something is the case that no callback tells.
  static void eventually(String what, BooleanSupplier condition) {
    eventually(() -> what, condition);
  }

  /// Waits until something is the case that no callback tells.
  static void eventually(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        fail("not in time: " + what.get());
      }
      LockSupport.parkNanos(20_000);
    }
  }

  /// Repeats a race as often as it fits into a moment, and some times at least.
  static void repeatedly(Action race) throws Exception {
    long end = System.nanoTime() + MOMENT.toNanos();
    for (int i = 0; i < LEAST_ROUNDS || System.nanoTime() - end < 0; i++) {
      race.perform();
    }
  }

  /// Waits until a thread is parked.
  static void awaitParked(Thread thread) {
    eventually(
        () -> thread + " to wait, and it is " + thread.getState(),
        () ->
            switch (thread.getState()) {
              case WAITING, TIMED_WAITING -> true;
              default -> false;
            });
  }

  /// A call that says that it has started, and ends when it is told to.
  static Call<String> held(Signal started, Signal release) {
    return () -> {
      started.set();
      release.await();
      return "released";
    };
  }

  /// A call that says that it has started, and ends only by its cancellation.
  static Call<String> endless(Signal started) {
    return () -> {
      started.set();
      Signal.create().await();
      return "never";
    };
  }

  /// Keeps all workers of a bounded pool busy.
  ///
  /// @return the tasks, which run until the signal
  static List<Task<String>> occupy(Pool pool, int workers, Signal release)
      throws InterruptedException {
    List<Task<String>> holders = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      Signal started = Signal.create();
      holders.add(pool.submit(held(started, release)));
      started.await();
    }
    return holders;
  }

  /// A failure that knows what it is.
  final class Planned extends Exception {
    private static final long serialVersionUID = 1;

    /// A failure.
    Planned(String message) {
      super(message);
    }
  }

  /// A thread of the test's own, whose failure the test sees.
  final class Aside {
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    private Aside(Step step) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .name("aside")
              .unstarted(
                  () -> {
                    try {
                      step.perform();
                    } catch (Throwable e) {
                      failure = e;
                    }
                  });
    }

    /// Starts a step on a thread of its own.
    static Aside start(Step step) {
      Aside aside = new Aside(step);
      aside.thread.start();
      return aside;
    }

    /// {@return the thread}
    Thread thread() {
      return thread;
    }

    /// Waits for the end of the step.
    void join() throws InterruptedException {
      if (!thread.join(LONG)) {
        var late = new AssertionError("the thread beside the test hangs");
        late.setStackTrace(thread.getStackTrace());
        throw late;
      }
      Throwable thrown = failure;
      if (thrown != null) {
        throw new AssertionError("beside the test: " + thrown, thrown);
      }
    }
  }

  /// Something that may throw.
  @FunctionalInterface
  interface Step {
    /// Does it.
    void perform() throws Exception;
  }

  /// A value that travels.
  record Pair(int left, String right) implements Serializable {}
}
