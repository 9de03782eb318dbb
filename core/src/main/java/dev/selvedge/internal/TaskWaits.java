package dev.selvedge.internal;

import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Completions;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Waiting for several tasks at once: what is behind [dev.selvedge.Tasks].
public final class TaskWaits {
  private TaskWaits() {}

  /// When a wait for several tasks is over.
  public enum Until {
    /// One is done.
    FIRST,
    /// One has failed, or all are done.
    FIRST_FAILURE,
    /// All are done.
    ALL
  }

  /// {@return the tasks, each once, in order}
  ///
  /// A task only gives values away, so one of a subtype can stand for one of the type.
  @SuppressWarnings("unchecked")
  public static <T extends @Nullable Object> List<Task<T>> distinct(
      Collection<? extends Task<? extends T>> tasks) {
    return List.copyOf(
        new LinkedHashSet<>((Collection<Task<T>>) Objects.requireNonNull(tasks, "tasks")));
  }

  /// Waits until enough of the tasks are done, or the time has come.
  public static void await(List<? extends Task<?>> tasks, Until until, long deadline)
      throws InterruptedException {
    Counting wait = new Counting(tasks, until);
    if (!wait.ready()) {
      wait.start();
      try {
        wait.await(tasks, deadline);
      } finally {
        wait.stop();
      }
    }
  }

  /// A wait that is told of each task that is done, and counts: looking at all of them each time
  /// would be quadratic.
  private static final class Counting extends Waiter {
    private final List<? extends Task<?>> tasks;
    private final AtomicInteger missing;
    private final Until until;
    private final Helper helper = new Helper();
    private final Consumer<Task<?>> told = this::told;

    Counting(List<? extends Task<?>> tasks, Until until) {
      this.tasks = tasks;
      this.until = until;
      this.missing = new AtomicInteger(until == Until.FIRST ? 1 : tasks.size());
      if (tasks.isEmpty()) {
        missing.set(0);
      }
      for (Task<?> task : tasks) {
        if (counts(task) && task.isDone()) {
          missing.set(0);
        }
      }
    }

    @Override
    protected WaitKind kind() {
      return WaitKind.JOIN;
    }

    private boolean counts(Task<?> task) {
      return switch (until) {
        case FIRST -> true;
        case FIRST_FAILURE -> task.state() == Task.State.FAILED;
        case ALL -> false;
      };
    }

    private void told(Task<?> task) {
      if (counts(task)) {
        missing.set(0);
        wake();
      } else if (missing.decrementAndGet() == 0) {
        wake();
      }
    }

    /// The count may go below zero when a failure has set it to zero.
    @Override
    protected boolean ready() {
      return missing.get() <= 0;
    }

    @Override
    protected boolean help(boolean timed) {
      return helper.help(this, timed);
    }

    void start() {
      refuseEndlessWait(tasks);
      tasks.forEach(helper::add);
      for (Task<?> task : tasks) {
        task.onDone(told);
      }
      helper.helping(this, true);
    }

    void stop() {
      helper.helping(this, false);
      for (Task<?> task : tasks) {
        if (!task.isDone() && task instanceof TaskImpl<?> ours) {
          ours.forget(told); // or each wait in a loop would leave one behind
        }
      }
    }
  }

  /// Refuses to wait for tasks of which one waits for the caller.
  private static void refuseEndlessWait(List<? extends Task<?>> tasks) {
    TaskImpl<?> me = TaskImpl.current();
    if (me != null) {
      for (Task<?> task : tasks) {
        if (!task.isDone() && task instanceof TaskImpl<?> ours) {
          ours.refuseEndlessWait(me);
        }
      }
    }
  }

  /// {@return the values of all tasks in order}; see [dev.selvedge.Tasks#gather(Collection)].
  public static <T extends @Nullable Object> List<T> gather(
      Collection<? extends Task<? extends T>> tasks)
      throws InterruptedException, TaskFailedException {
    InDoneOrder<T> done = new InDoneOrder<>(distinct(tasks), Kernel.FOREVER);
    boolean complete = true;
    try {
      while (complete && done.hasNext()) {
        complete = done.take().state() == Task.State.SUCCESS;
      }
      complete &= !done.hasNext();
    } catch (InterruptedException e) {
      complete = false;
      throw e;
    } finally {
      if (!complete) {
        Mapping.stop(done.all, new CancelReason.ScopeClosed("gather"));
      }
    }
    if (!complete) {
      throw done.failure();
    }
    List<T> values = new ArrayList<>(tasks.size());
    for (Task<? extends T> task : tasks) {
      values.add(task.resultNow());
    }
    return Collections.unmodifiableList(values);
  }

  /// {@return the value of the first task that succeeds}; see
  /// [dev.selvedge.Tasks#race(Collection)].
  public static <T extends @Nullable Object> T race(Collection<? extends Task<? extends T>> tasks)
      throws InterruptedException, TaskFailedException {
    InDoneOrder<T> done = new InDoneOrder<>(distinct(tasks), Kernel.FOREVER);
    if (done.all.isEmpty()) {
      throw new IllegalArgumentException("a race of no tasks has no winner; give at least one");
    }
    try {
      while (done.hasNext()) {
        Task<T> task = done.take();
        if (task.state() == Task.State.SUCCESS) {
          return task.resultNow();
        }
      }
    } finally {
      Mapping.stop(done.all, new CancelReason.ScopeClosed("race"));
    }
    throw done.failure();
  }

  /// {@return the value of the first attempt that succeeds}; see [dev.selvedge.Tasks#race(Duration,
  /// Collection)].
  public static <T extends @Nullable Object> T race(
      Duration headStart, Collection<? extends Call<? extends T>> attempts)
      throws InterruptedException, TaskFailedException {
    long nanos = Times.nanos(headStart);
    List<Call<? extends T>> calls = List.copyOf(attempts);
    try {
      return GroupImpl.call(
          TaskGroup.Options.DEFAULT.name("race"),
          group -> race(TaskWaits.<T>start((GroupImpl) group, nanos, calls)));
    } catch (InterruptedException | TaskFailedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("neither the group nor its body throws it", e);
    }
  }

  /// Starts attempts, each when one of those before has failed or their head start is over, until
  /// one has succeeded or there are no more.
  private static <T extends @Nullable Object> List<Task<T>> start(
      GroupImpl group, long headStart, List<Call<? extends T>> calls) throws InterruptedException {
    List<Task<T>> started = new ArrayList<>();
    for (Call<? extends T> call : calls) {
      started.add(group.attempt(call));
      await(
          started.stream().filter(task -> !task.isDone()).toList(),
          Until.FIRST,
          Kernel.current().nanoTime() + headStart);
      if (started.stream().anyMatch(task -> task.state() == Task.State.SUCCESS)) {
        break;
      }
    }
    return started;
  }

  /// {@return the tasks in the order in which they are done}; see [dev.selvedge.Tasks#asCompleted].
  public static <T extends @Nullable Object> Completions<T> asCompleted(
      Collection<? extends Task<? extends T>> tasks, @Nullable Duration timeout) {
    return new InDoneOrder<>(
        distinct(tasks),
        timeout == null ? Kernel.FOREVER : Times.deadline(Kernel.current(), timeout));
  }

  private static final class InDoneOrder<T extends @Nullable Object> implements Completions<T> {
    final List<Task<T>> all;
    private final long deadline;
    private final long started = Kernel.current().nanoTime();
    private final Mapping.DoneQueue<Task<T>> done = new Mapping.DoneQueue<>();
    private final Helper helper = new Helper();
    private final List<Task<T>> failed = new ArrayList<>(0);
    private int left;

    InDoneOrder(List<Task<T>> all, long deadline) {
      this.all = all;
      this.deadline = deadline;
      this.left = all.size();
      refuseEndlessWait(all);
      List<Task<T>> others = new ArrayList<>();
      for (Task<T> task : all) { // one that ends during this loop comes after all that ended before
        if (task.isDone()) {
          done.add(task);
        } else {
          others.add(task);
        }
      }
      for (Task<T> task : others) {
        helper.add(task);
        task.onDone(done::add);
      }
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    Task<T> take() throws InterruptedException {
      try {
        return next();
      } catch (TimeoutException e) {
        throw new AssertionError("there is no time-out", e);
      }
    }

    @Override
    public Task<T> next() throws InterruptedException, TimeoutException {
      if (left == 0) {
        throw new NoSuchElementException("all " + all.size() + " tasks were returned");
      }
      Task<T> task = done.take(helper, deadline);
      if (task == null) {
        throw new TimeoutException(
            left
                + " of "
                + all.size()
                + " tasks are unfinished after "
                + Times.text(Duration.ofNanos(deadline - started))
                + "; they go on");
      }
      left--;
      if (task.state() != Task.State.SUCCESS) {
        failed.add(task);
      }
      return task;
    }

    /// {@return what to throw for those that did not succeed; all are done} Failures that were seen
    /// first come first; cancellations only count if nothing failed.
    TaskFailedException failure() throws InterruptedException {
      LinkedHashSet<Task<T>> order = new LinkedHashSet<>(failed);
      order.addAll(all);
      Failures failures = new Failures();
      TaskCancelledException cancelled = null;
      for (Task<T> task : order) {
        try {
          task.await();
        } catch (TaskFailedException e) {
          failures.add(e);
        } catch (TaskCancelledException e) {
          cancelled = cancelled == null ? e : cancelled;
        }
      }
      TaskFailedException whole = failures.exception();
      if (whole == null && cancelled != null) {
        throw cancelled;
      }
      return Objects.requireNonNull(whole);
    }
  }
}
