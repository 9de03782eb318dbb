package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.internal.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What goes wrong in a schedule, on purpose: a task is late, fails, or is cancelled when it makes
/// a certain step.
///
/// ```java
/// @Explore
/// void leavesNothingBehind(Pool pool, Faults faults) throws Exception {
///   faults.cancel("writer", faults.anyStep(10));
///   …
/// }
/// ```
///
/// **Steps** of a task are counted from one: the first is its start, and the next begins each time
/// when it goes on after a wait, or after a place where others could come between. They are the
/// rows of its lane in the report of a failed schedule. The task is named as in
/// [Pool#submit(String, dev.selvedge.Call)] or [dev.selvedge.TaskGroup#fork(String,
/// dev.selvedge.Call)], or by its path; of several with the same name, the first that comes to the
/// step is hit. Each fault strikes once.
///
/// Set faults before the task begins. To be used by the tasks of the schedule only, of which one
/// runs at a time.
///
/// @since 0.1
public final class Faults {

  private record Fault(
      String task,
      int step,
      String what,
      @Nullable Duration delay,
      @Nullable Supplier<? extends RuntimeException> failure) {}

  private final Random random;
  private final List<Fault> waiting = new ArrayList<>();
  private int struck;

  Faults(Random random) {
    this.random = random;
  }

  /// {@return the faults of a schedule, where they are not a parameter}
  ///
  /// @param pool the pool that the body was given
  /// @throws IllegalArgumentException if it is another pool
  public static Faults of(Pool pool) {
    if (pool instanceof SeededPool seeded) {
      return seeded.faults();
    }
    throw new IllegalArgumentException(
        "faults of " + pool + "? Give the pool that the explored body was given");
  }

  /// Lets a task begin a step later; the others go on meanwhile.
  ///
  /// @param task its name
  /// @param step which
  /// @param time how much later, in virtual time
  /// @throws IllegalArgumentException if the step is not positive, or the time negative
  public void delay(String task, int step, Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("nothing is delayed by " + time);
    }
    add(new Fault(task, step, "delayed by " + Times.text(time), time, null));
  }

  /// Cancels a task as it begins a step, as somebody else could at that moment.
  ///
  /// @param task its name
  /// @param step which
  /// @throws IllegalArgumentException if the step is not positive
  public void cancel(String task, int step) {
    add(new Fault(task, step, "cancelled", null, null));
  }

  /// Lets a task fail in a step: in the next operation of [dev.selvedge.sync], or
  /// [dev.selvedge.spi.Kernel#step()], that it begins or comes back to. The operation has done
  /// nothing then.
  ///
  /// @param task its name
  /// @param step which
  /// @param failure makes what is thrown there
  /// @throws IllegalArgumentException if the step is not positive
  public void fail(String task, int step, Supplier<? extends RuntimeException> failure) {
    add(new Fault(task, step, "failing", null, Objects.requireNonNull(failure, "failure")));
  }

  /// {@return the number of a step, from one to a bound, as the seed says: so that many schedules
  /// try them all}
  ///
  /// @param bound the greatest
  /// @throws IllegalArgumentException if the bound is not positive
  public int anyStep(int bound) {
    return 1 + random.nextInt(bound);
  }

  /// {@return how many faults have struck so far}
  public int struck() {
    return struck;
  }

  private void add(Fault fault) {
    Objects.requireNonNull(fault.task(), "task");
    if (fault.step() < 1) {
      throw new IllegalArgumentException(
          "step " + fault.step() + " of '" + fault.task() + "'; steps are counted from 1");
    }
    waiting.add(fault);
  }

  /// Lets the faults strike that are due for the step that a lane begins.
  ///
  /// @return for how many nanoseconds it is delayed, 0 if it is not
  long strike(Lane lane, Recording recording) {
    long delay = 0;
    Task<?> task = waiting.isEmpty() ? null : lane.task();
    if (task != null) {
      for (Iterator<Fault> each = waiting.iterator(); each.hasNext(); ) {
        Fault fault = each.next();
        if (fault.step() == lane.steps
            && (fault.task().equals(task.name()) || fault.task().equals(task.path()))) {
          each.remove();
          struck++;
          recording.note(fault.what());
          delay += strike(fault, lane, task);
        }
      }
    }
    return delay;
  }

  private static long strike(Fault fault, Lane lane, Task<?> task) {
    if (fault.delay() != null) {
      return fault.delay().toNanos();
    }
    if (fault.failure() != null) {
      lane.failure = fault.failure();
    } else {
      task.cancel("by a fault at its step " + fault.step());
    }
    return 0;
  }
}
