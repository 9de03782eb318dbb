package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Runs a test under many schedules, each of which a seed decides, and can replay each of them.
///
/// ```java
/// Explorer.seeds(1000).run(pool -> {
///   Mutex mutex = Mutex.create();
///   TaskGroup.run(group -> {
///     group.fork(() -> { mutex.lock(); … });
///     group.fork(() -> { mutex.lock(); … });
///   });
/// });
/// ```
///
/// **One at a time.** The body is a task of a pool that lives for one schedule, and so is what it
/// forks (groups without a pool of their own run there) or submits to the pool that it gets. Of
/// these tasks exactly one runs at a time. The explorer switches where Selvedge waits and at
/// [dev.selvedge.spi.Kernel#step()], which code under test calls between two steps that others may
/// come between; which task is next, the seed says. Code that blocks elsewhere, in a lock of the
/// JDK for instance, stops the schedule, and the explorer says so after [#patience] of real time.
///
/// **Time** is virtual: when every task waits, it jumps to the next timer, so an hour passes at
/// once. When every task waits and there is no timer, that is a deadlock: it is reported at once,
/// with who waits for what.
///
/// **Failures.** The first schedule that fails ends the run with an `AssertionError`; its message
/// names the seed and how to replay it, its cause is what the body threw. The same seed gives the
/// same schedule, as long as the body itself is deterministic: no clock, randomness, thread or
/// identity hash code of its own.
///
/// Immutable, and thread-safe.
///
/// @since 0.1
public final class Explorer {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final long first;
  private final int count;
  private final Duration patience;

  private Explorer(long first, int count, Duration patience) {
    this.first = first;
    this.count = count;
    this.patience = patience;
  }

  /// What runs under each schedule.
  @FunctionalInterface
  public interface Body {
    /// Runs one schedule; called anew for each, and should make anew what it tests.
    ///
    /// @param pool where it runs, and may submit
    /// @throws Exception what makes the test fail
    void run(Pool pool) throws Exception;
  }

  /// What one schedule did.
  ///
  /// @param seed its seed
  /// @param decisions how many times a task was chosen
  /// @param trace the decisions, to be compared: the number of the task, of how many that could
  ///   run, and the virtual time in nanoseconds
  public record Schedule(long seed, long decisions, String trace) {}

  /// {@return an explorer of the schedules of the seeds from zero}
  ///
  /// @param count how many
  /// @throws IllegalArgumentException if the count is not positive
  public static Explorer seeds(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "explore " + count + " schedules? Give the number of seeds to try, at least 1");
    }
    return new Explorer(0, count, PATIENCE);
  }

  /// {@return an explorer that begins at another seed}
  ///
  /// @param seed the first seed
  public Explorer from(long seed) {
    return new Explorer(seed, count, patience);
  }

  /// {@return an explorer that waits longer or less long for a task that blocks where no switch is
  /// possible}
  ///
  /// @param time of the real clock, for one schedule
  public Explorer patience(Duration time) {
    return new Explorer(first, count, time);
  }

  /// Runs the body once for each seed.
  ///
  /// @param body what to test
  /// @throws AssertionError if it fails under one of the schedules; the others are not tried then
  /// @throws InterruptedException if the calling thread is interrupted
  public void run(Body body) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      explore(first + i, body, patience);
    }
  }

  /// Runs the body under the schedule of one seed, as often as it helps to understand it.
  ///
  /// @param seed the seed that a failure named
  /// @param body what to test
  /// @return what was decided
  /// @throws AssertionError if the body fails
  /// @throws InterruptedException if the calling thread is interrupted
  public static Schedule replay(long seed, Body body) throws InterruptedException {
    return explore(seed, body, PATIENCE);
  }

  private static Schedule explore(long seed, Body body, Duration patience)
      throws InterruptedException {
    AtomicReference<@Nullable SeededPool> opened = new AtomicReference<>();
    SeededKernel kernel =
        new SeededKernel(
            seed,
            () -> {
              SeededPool pool = opened.get();
              if (pool != null) {
                pool.shutdownNow();
              }
            });
    SeededPool pool = new SeededPool(kernel);
    opened.set(pool);
    Task<@Nullable Void> task = pool.submit("body", () -> body.run(pool));
    task.onDone(done -> pool.shutdown()); // what the body has submitted goes on
    kernel.begin();
    boolean ended = awaitEnd(pool, patience);
    Thread stuck = kernel.runningThread();
    if (!ended && stuck != null) {
      AssertionError failure = stuck(seed, patience, stuck);
      kernel.abandon();
      pool.shutdownNow();
      throw failure;
    }
    judge(seed, kernel.deadlock(), task);
    return new Schedule(seed, kernel.decisions(), kernel.trace());
  }

  private static boolean awaitEnd(SeededPool pool, Duration patience) throws InterruptedException {
    try {
      return pool.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      pool.shutdownNow();
      throw e;
    }
  }

  private static AssertionError stuck(long seed, Duration patience, Thread thread) {
    var where = new IllegalStateException("here the task with the baton is");
    where.setStackTrace(thread.getStackTrace());
    return failure(
        seed,
        "the running task does not let the others run for "
            + patience
            + "; code under test must wait through Selvedge, or call Kernel.step() in its loops",
        where);
  }

  private static void judge(long seed, @Nullable String deadlock, Task<?> task) {
    if (deadlock != null) {
      throw failure(seed, "deadlock, " + deadlock, null);
    }
    switch (task.state()) {
      case SUCCESS -> {}
      case FAILED -> {
        Throwable thrown = task.exceptionNow();
        throw failure(seed, String.valueOf(thrown), thrown);
      }
      default -> throw failure(seed, task.toString(), null);
    }
  }

  private static AssertionError failure(long seed, String what, @Nullable Throwable cause) {
    return new AssertionError(
        "under the schedule of seed "
            + seed
            + ": "
            + what
            + "\nReplay it with Explorer.replay("
            + seed
            + ", body).",
        cause);
  }
}
