package dev.selvedge.testkit;

import dev.selvedge.Pool;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongFunction;

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
/// In tests of JUnit, [Explore] does the same with less to write.
///
/// **One at a time.** The body is a task of a pool that lives for one schedule, and so is what it
/// forks (groups without a pool of their own run there) or submits to the pool that it gets;
/// virtual threads that these start belong to the schedule, too. Of all of them exactly one runs at
/// a time. Where it waits, in an operation of Selvedge, in a lock or queue of the JDK, or to enter
/// a `synchronized` block, another one goes on; which one, the seed says.
///
/// **Where others may come between.** Wherever a task waits, at each operation of
/// [dev.selvedge.sync] that could, at `Thread.yield()`, and at [dev.selvedge.spi.Kernel#step()],
/// which code under test calls between two steps of interest. Not between any two accesses to
/// memory, and not at a lock of the JDK that is free.
///
/// **Time** is virtual: when every task waits, it jumps to the next timer, so an hour passes at
/// once. That holds for all waits of Selvedge. `Thread.sleep` and timed waits of
/// `java.util.concurrent` read the real clock: they are refused, with their stack, unless
/// [#strict(boolean)] says otherwise.
///
/// **Deadlocks.** When every task waits and there is no timer, that is a deadlock: it is reported
/// at once, with who waits for what and where, and with the circle if there is one. What threads
/// outside of the schedule would do is not waited for, unless they are tasks of another pool, one
/// has woken a task before, or the schedule is not strict.
///
/// **Faults.** To let a task be late, fail or be cancelled at a certain step, see [Faults].
///
/// **Failures.** The first schedule that fails ends the run with an `AssertionError`; its message
/// names the seed, shows the schedule and says how to replay it, its cause is what the body threw.
/// The same seed gives the same schedule, as long as the body itself is deterministic: no clock,
/// randomness, platform thread or identity hash code of its own. [#checked()] proves it.
///
/// **The flag.** The JVM has to be started with `--add-opens java.base/java.lang=ALL-UNNAMED`; an
/// [IllegalStateException] says so where it was not.
///
/// Immutable, and thread-safe.
///
/// @since 0.1
public final class Explorer {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final long first;
  private final int count;
  private final Duration patience;
  private final boolean strict;
  private final boolean checked;

  private Explorer(long first, int count, Duration patience, boolean strict, boolean checked) {
    this.first = first;
    this.count = count;
    this.patience = patience;
    this.strict = strict;
    this.checked = checked;
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
    return new Explorer(0, count, PATIENCE, true, false);
  }

  /// {@return an explorer that begins at another seed}
  ///
  /// @param seed the first seed
  public Explorer from(long seed) {
    return new Explorer(seed, count, patience, strict, checked);
  }

  /// {@return an explorer that waits longer or less long for a schedule that does not end, because
  /// a task blocks where no switch is possible, or goes round for ever}
  ///
  /// @param time of the real clock, for one schedule
  public Explorer patience(Duration time) {
    return new Explorer(first, count, Objects.requireNonNull(time, "time"), strict, checked);
  }

  /// {@return an explorer that refuses timed waits of the JDK, as it does by default, or that lets
  /// them take their real time}
  ///
  /// If they are not refused, such a wait has a place in the virtual time like any other timer, but
  /// when its turn comes, that much real time passes first, counted in milliseconds. So schedules
  /// are slower, but may be replayed, as far as the code does not look at the real clock itself.
  /// And before a deadlock is reported, threads that do not belong to the schedule get a second to
  /// wake somebody.
  ///
  /// @param refused whether they are
  public Explorer strict(boolean refused) {
    return new Explorer(first, count, patience, refused, checked);
  }

  /// {@return an explorer that runs each schedule twice, and fails if the second run is different}
  public Explorer checked() {
    return new Explorer(first, count, patience, strict, true);
  }

  /// Runs the body once for each seed.
  ///
  /// @param body what to test
  /// @throws AssertionError if it fails under one of the schedules; the others are not tried then
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the JVM lacks the flag
  public void run(Body body) throws InterruptedException {
    run(
        body,
        seed ->
            strict
                ? "Explorer.replay(" + seed + ", body)"
                : "Explorer.seeds(1).from(" + seed + ").strict(false).run(body)");
  }

  /// Runs the body once for each seed.
  ///
  /// @param replay what to write in order to replay a seed
  void run(Body body, LongFunction<String> replay) throws InterruptedException {
    Exploration exploration = new Exploration(body, patience, strict, checked);
    exploration.run(first, count, replay);
  }

  /// Runs the body under the schedule of one seed, as often as it helps to understand it.
  ///
  /// @param seed the seed that a failure named
  /// @param body what to test
  /// @return what was decided
  /// @throws AssertionError if the body fails
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalStateException if the JVM lacks the flag
  public static Schedule replay(long seed, Body body) throws InterruptedException {
    Exploration exploration = new Exploration(body, PATIENCE, true, false);
    exploration.run(seed, 1, same -> "Explorer.replay(" + same + ", body)");
    return exploration.last();
  }
}
