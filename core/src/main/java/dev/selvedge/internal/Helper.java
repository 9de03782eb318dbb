package dev.selvedge.internal;

import dev.selvedge.Task;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lets a worker of a bounded pool that waits for several tasks run those that have not started, so
/// that they cannot wait for the worker while it waits for them.
///
/// A task that has started never becomes unstarted again, so each is looked at once, however often
/// the wait is woken. Used by one thread at a time: the one that waits.
final class Helper {
  private final ArrayDeque<TaskImpl<?>> unstarted = new ArrayDeque<>();
  private final List<TaskOwner> owners = new ArrayList<>(1);

  /// Adds a task that will be waited for.
  void add(Task<?> task) {
    if (task instanceof TaskImpl<?> given && !given.isDone()) {
      TaskImpl<?> ours = OuterTasks.worker(given);
      dropStarted();
      unstarted.add(ours);
      if (!owners.contains(ours.owner())) {
        owners.add(ours.owner());
      }
    }
  }

  private @Nullable TaskImpl<?> dropStarted() {
    TaskImpl<?> first;
    while ((first = unstarted.peek()) != null && !first.isQueued()) {
      unstarted.remove();
    }
    return first;
  }

  /// {@return whether a task was run in place of the wait}
  ///
  /// @param wait the wait
  /// @param timed whether only a task that is waited for may be run
  boolean help(Waiter wait, boolean timed) {
    TaskImpl<?> me = TaskImpl.current();
    if (me == null) {
      return false;
    }
    TaskImpl<?> first = dropStarted();
    for (TaskOwner owner : owners) {
      TaskImpl<?> preferred = first != null && first.owner().equals(owner) ? first : null;
      if ((preferred != null || !timed)
          && owner.mayHelp(me)
          && owner.helpOne(wait, me, preferred, timed)) {
        return true;
      }
    }
    return false;
  }

  /// Tells the owners that a wait may be woken by new unstarted tasks, and not any more.
  void helping(Waiter wait, boolean starts) {
    TaskImpl<?> me = wait.task();
    if (me != null) {
      for (TaskOwner owner : owners) {
        if (owner.mayHelp(me)) {
          owner.helping(wait, starts);
        }
      }
    }
  }
}
