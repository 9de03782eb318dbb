package dev.selvedge.testkit;

import dev.selvedge.Task;
import dev.selvedge.internal.Times;
import dev.selvedge.loop.internal.Monitors;
import dev.selvedge.loop.internal.VirtualThreads;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// One schedule after the other, on a thread of their own, while the caller looks whether they end.
final class Exploration {
  private static final long LOOK_MILLIS = 100;
  private static final long GIVING_UP_MILLIS = 200;

  private final Explorer.Body body;
  private final Duration patience;
  private final boolean strict;
  private final boolean checked;

  /// The schedule that runs, or ran last; written by the thread that runs them.
  private volatile @Nullable Attempt current;

  private volatile boolean stopped;

  Exploration(Explorer.Body body, Duration patience, boolean strict, boolean checked) {
    requireFlag();
    this.body = body;
    this.patience = patience;
    this.strict = strict;
    this.checked = checked;
  }

  private static void requireFlag() {
    VirtualThreads.missingFlag()
        .ifPresent(
            flag -> {
              throw new IllegalStateException(
                  "exploring schedules needs a flag for the JVM that runs the tests: "
                      + flag
                      + "\nMaven: <argLine>"
                      + flag
                      + "</argLine> in the <configuration> of maven-surefire-plugin"
                      + "\nGradle: tasks.test { jvmArgs(\""
                      + flag.replace(" ", "\", \"")
                      + "\") }");
            });
    VirtualThreads.require();
    Monitors.require();
  }

  /// What came out of a schedule that failed.
  private record Failure(long seed, String what, String lanes, @Nullable Throwable cause) {}

  /// A schedule.
  private static final class Attempt {
    final long seed;
    final SeededScheduler scheduler;
    final SeededPool pool;
    final long began = System.nanoTime();

    Attempt(long seed, boolean strict) {
      this.seed = seed;
      this.scheduler = new SeededScheduler(seed, strict);
      this.pool = new SeededPool(scheduler);
    }

    /// {@return why it failed, or null}
    @Nullable Failure run(Explorer.Body body) {
      Task<?>[] task = new Task<?>[1];
      scheduler.run(
          pool,
          () -> {
            task[0] = pool.submit("body", () -> body.run(pool));
            task[0].onDone(_ -> pool.shutdown()); // what the body has submitted goes on
          });
      SeededScheduler.Trouble trouble = scheduler.trouble();
      if (trouble != null) {
        return new Failure(seed, trouble.what(), trouble.lanes(), null);
      }
      return switch (task[0].state()) {
        case SUCCESS -> null;
        case FAILED -> failure(String.valueOf(task[0].exceptionNow()), task[0].exceptionNow());
        default -> failure(task[0].toString(), null);
      };
    }

    Failure failure(String what, @Nullable Throwable cause) {
      return new Failure(seed, what, scheduler.recording().lanes(), cause);
    }
  }

  /// Runs the body under the schedules of some seeds.
  ///
  /// @param replay what to write in order to replay a seed
  /// @throws AssertionError if one fails; the others are not tried then
  void run(long first, int count, LongFunction<String> replay) throws InterruptedException {
    var all = new FutureTask<@Nullable Failure>(() -> firstFailure(first, count));
    Thread.ofPlatform().daemon().name("selvedge-explorer").start(all);
    Failure failure = await(all);
    if (failure != null) {
      throw new AssertionError(
          "under the schedule of seed "
              + failure.seed()
              + ": "
              + failure.what()
              + (failure.what().endsWith("\n") ? "\n" : "\n\n")
              + failure.lanes()
              + "Replay it with "
              + replay.apply(failure.seed()),
          failure.cause());
    }
  }

  /// {@return what the last schedule did}
  Explorer.Schedule last() {
    Attempt attempt = current;
    if (attempt == null) {
      throw new IllegalStateException("nothing was run");
    }
    Recording recording = attempt.scheduler.recording();
    return new Explorer.Schedule(attempt.seed, recording.steps(), recording.trace());
  }

  private @Nullable Failure firstFailure(long first, int count) {
    Failure failure = null;
    for (int i = 0; i < count && failure == null && !stopped; i++) {
      failure = checked ? checked(first + i) : attempt(first + i).run(body);
    }
    return failure;
  }

  private Attempt attempt(long seed) {
    Attempt attempt = new Attempt(seed, strict);
    current = attempt;
    return attempt;
  }

  private @Nullable Failure checked(long seed) {
    Attempt one = attempt(seed);
    Failure failure = one.run(body);
    Attempt two = attempt(seed);
    two.run(body);
    String difference = one.scheduler.recording().difference(two.scheduler.recording());
    return difference == null
        ? failure
        : one.failure(
            "the same seed gave two schedules: "
                + difference
                + ". Something beside the seed decides: a clock, randomness, a thread outside of"
                + " the schedule, an identity hash code, or what an earlier schedule has left",
            failure == null ? null : failure.cause());
  }

  // ---- the caller -----------------------------------------------------------------------------

  private @Nullable Failure await(FutureTask<@Nullable Failure> all) throws InterruptedException {
    while (true) {
      try {
        return all.get(Math.min(LOOK_MILLIS, patience.toMillis() + 1), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        Attempt attempt = current;
        if (attempt != null && System.nanoTime() - attempt.began > patience.toNanos()) {
          return giveUp(attempt, all);
        }
      } catch (InterruptedException e) {
        stopped = true;
        Attempt attempt = current;
        if (attempt != null) {
          end(attempt);
        }
        throw e;
      } catch (ExecutionException e) {
        throw new AssertionError("the explorer itself failed: " + e.getCause(), e.getCause());
      }
    }
  }

  private static void end(Attempt attempt) {
    attempt.scheduler.abandon();
    attempt.pool.shutdownNow();
  }

  /// Reports a schedule that does not end. Its thread is left alone if it cannot be ended.
  private Failure giveUp(Attempt attempt, FutureTask<@Nullable Failure> all)
      throws InterruptedException {
    Lane lane = attempt.scheduler.current();
    int steps = attempt.scheduler.recording().steps();
    StackTraceElement[] stack =
        lane == null ? new StackTraceElement[0] : lane.thread.getStackTrace();
    end(attempt);
    try {
      all.get(GIVING_UP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // it is as it is
    }
    var where = new IllegalStateException("here the running task is");
    where.setStackTrace(stack);
    return attempt.failure(
        "it has not ended after "
            + Times.text(patience)
            + " and "
            + steps
            + " steps; the running task does not let the others run, or they go round for ever. Let"
            + " what they wait for be an Event, for instance",
        where);
  }
}
