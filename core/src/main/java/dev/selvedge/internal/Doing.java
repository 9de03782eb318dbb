package dev.selvedge.internal;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What a task does at a moment.
///
/// @param state `queued`, `running`, `waiting`, `blocked` at a monitor, `sleeping`, `in a group`
///   that it has opened, or `elsewhere` if another process runs it; `done`
/// @param blocker what its thread is parked at, or null
record Doing(String state, @Nullable Object blocker) {
  private static final Doing QUEUED = new Doing("queued", null);
  private static final Doing RUNNING = new Doing("running", null);
  private static final Doing BLOCKED = new Doing("blocked", null);
  private static final Doing SLEEPING = new Doing("sleeping", null);
  private static final Doing WAITING = new Doing("waiting", null);
  private static final Doing IN_GROUP = new Doing("in a group", null);
  private static final Doing HELPING = new Doing("helping", null);
  private static final Doing ELSEWHERE = new Doing("elsewhere", null);
  private static final Doing DONE = new Doing("done", null);

  static Doing of(TaskImpl<?> task) {
    if (task.isDone()) {
      return DONE;
    }
    if (task.isQueued()) {
      return QUEUED;
    }
    TaskImpl<?> top = task.top();
    if (top != null) {
      return Living.bodyOf(top) == null ? HELPING : IN_GROUP;
    }
    Thread thread = task.thread();
    return thread == null ? ELSEWHERE : of(thread);
  }

  static Doing of(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    if (blocker != null) {
      return new Doing("waiting", blocker);
    }
    return switch (thread.getState()) {
      case NEW, RUNNABLE -> RUNNING;
      case BLOCKED -> BLOCKED;
      case WAITING -> WAITING;
      case TIMED_WAITING -> SLEEPING;
      case TERMINATED -> DONE;
    };
  }

  /// {@return what is waited for, in words; empty if that cannot be told}
  String on() {
    return blocker == null ? "" : describe(blocker);
  }

  static String describe(Object blocker) {
    return switch (blocker) {
      case TaskImpl<?> task -> "the task '" + task.path() + "'";
      case GroupImpl group -> "the tasks of '" + group.path() + "'";
      case List<?> tasks -> tasks.size() + " tasks";
      default -> identity(blocker);
    };
  }

  /// {@return the name of an object in a dump of threads}
  static String identity(Object object) {
    return object.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(object));
  }
}
