package dev.selvedge.internal;

import dev.selvedge.Deadline;
import dev.selvedge.Task;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What owns tasks: a group, or a pool for what is submitted to it. It knows them all, so that it
/// can cancel them, and counts those that are not done, so that it can wait for them.
///
/// The list costs four bytes a task and one uncontended lock a fork. Tasks that are done stay in it
/// until the next sweep, which comes when the array is full or three quarters of it are done; so
/// each task is looked at a constant number of times, and completing a task takes no lock.
public abstract class TaskOwner {
  private static final int SWEEP_FROM = 1024;
  private static final VarHandle PENDING;
  private static final VarHandle BACKGROUND;

  static {
    try {
      var lookup = MethodHandles.lookup();
      PENDING = lookup.findVarHandle(TaskOwner.class, "pending", int.class);
      BACKGROUND = lookup.findVarHandle(TaskOwner.class, "backgroundPending", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ReentrantLock list = new ReentrantLock();

  // guarded by list; `size` is also read without it, as a hint
  private @Nullable TaskImpl<?>[] live = new TaskImpl<?>[8];
  private int size;
  private long taken; // guarded by list

  /// Tasks that are not done, without background tasks. Incremented before a task is visible,
  /// decremented after it is done.
  private volatile int pending;

  /// Background tasks that are not done; counted in the same way.
  private volatile int backgroundPending;

  /// Whether no further task is taken; written under the lock.
  private volatile boolean sealed;

  /// {@return the pool that runs the tasks}
  public abstract PoolTasks pool();

  /// {@return the path of the owner, empty for a pool}
  abstract String path();

  /// {@return the task that cannot end before those of this owner, if there is one}
  abstract @Nullable TaskImpl<?> parent();

  /// {@return the deadline that binds all tasks of this owner}
  abstract @Nullable Deadline deadline();

  /// Called once for each task, after it is done: a group's before its callbacks, a pool's behind
  /// them.
  abstract void taskDone(TaskImpl<?> task);

  /// {@return whether the current task, waiting for one of this owner's, may run unstarted ones in
  /// place}
  abstract boolean mayHelp(TaskImpl<?> current);

  /// Runs an unstarted task of this owner in place of the current task's wait, if there is one and
  /// it may.
  ///
  /// @param wait the wait, of which this owner was told; null if it is none of ours
  /// @param awaited the one to prefer, or null
  /// @param timed whether the wait has a deadline, so that only the awaited task may be run
  /// @return whether a task was run
  abstract boolean helpOne(
      @Nullable Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed);

  /// Tells the owner that a wait may be woken by new unstarted tasks, and not any more.
  abstract void helping(Waiter waiter, boolean starts);

  /// Takes a task.
  ///
  /// @return false, and nothing has changed, if the owner is sealed
  final boolean register(TaskImpl<?> task) {
    list.lock();
    try {
      if (sealed) {
        return false;
      }
      if (size == live.length) {
        sweep();
        if (size > live.length / 2) {
          live = Arrays.copyOf(live, live.length * 2);
        }
      }
      (task.isBackground() ? BACKGROUND : PENDING).getAndAdd(this, 1); // nothing fails from here on
      live[size++] = task;
      taken++;
    } finally {
      list.unlock();
    }
    Tracing.submitted(task);
    return true;
  }

  /// Counts a task as done.
  ///
  /// @return how many of its kind are left
  final int unregister(TaskImpl<?> task) {
    if (task.isBackground()) {
      return (int) BACKGROUND.getAndAdd(this, -1) - 1;
    }
    int left = (int) PENDING.getAndAdd(this, -1) - 1;
    if (size > SWEEP_FROM && left < size / 4 && list.tryLock()) {
      try {
        sweep();
        live = Arrays.copyOf(live, Math.max(SWEEP_FROM, size * 2));
      } finally {
        list.unlock();
      }
    }
    return left;
  }

  /// Lets go of the tasks that are done, unless there are many to look at.
  final void sweepIfFew() {
    if (size <= SWEEP_FROM && list.tryLock()) {
      try {
        sweep();
      } finally {
        list.unlock();
      }
    }
  }

  /// Takes no further task.
  ///
  /// @param onlyIfIdle whether to do so only if all tasks are done
  /// @return whether it is sealed
  final boolean seal(boolean onlyIfIdle) {
    list.lock();
    try {
      if (onlyIfIdle && (pending > 0 || backgroundPending > 0)) {
        return false;
      }
      sealed = true;
      return true;
    } finally {
      list.unlock();
    }
  }

  /// {@return whether no further task is taken}
  public final boolean isSealed() {
    return sealed;
  }

  /// {@return how many tasks it ever had}
  final long taken() {
    list.lock();
    try {
      return taken;
    } finally {
      list.unlock();
    }
  }

  final int backgroundPending() {
    return backgroundPending;
  }

  /// {@return how many tasks are not done, without background tasks}
  public final int pending() {
    return pending;
  }

  private void sweep() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      TaskImpl<?> task = live[i];
      if (task != null && !task.isDone()) {
        live[kept++] = task;
      }
    }
    Arrays.fill(live, kept, size, null);
    size = kept;
  }

  /// {@return the tasks that are not done and match, in the order of their forks}
  final List<TaskImpl<?>> live(Predicate<TaskImpl<?>> which) {
    List<TaskImpl<?>> found = new ArrayList<>();
    list.lock();
    try {
      for (int i = 0; i < size; i++) {
        TaskImpl<?> task = live[i];
        if (task != null && !task.isDone() && which.test(task)) {
          found.add(task);
        }
      }
    } finally {
      list.unlock();
    }
    return found;
  }

  /// {@return the tasks that are not done, and those that were not let go of since}
  final List<TaskImpl<?>> known() {
    list.lock();
    try {
      List<TaskImpl<?>> found = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        TaskImpl<?> task = live[i];
        if (task != null) {
          found.add(task);
        }
      }
      return found;
    } finally {
      list.unlock();
    }
  }

  /// {@return about how many tasks have not begun} They are counted without the lock, for there may
  /// be many, and whoever forks has to wait for it.
  final long queued() {
    @Nullable TaskImpl<?>[] some;
    int count;
    list.lock();
    try {
      some = live;
      count = size;
    } finally {
      list.unlock();
    }
    long queued = 0;
    for (int i = 0; i < count; i++) {
      TaskImpl<?> task = some[i];
      if (task != null && task.isQueued()) {
        queued++;
      }
    }
    return queued;
  }

  /// {@return the tasks that are not done}
  public final List<Task<?>> tasks() {
    return List.copyOf(live(task -> true));
  }
}
