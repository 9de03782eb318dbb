package dev.selvedge.sync;

import dev.selvedge.Task;
import dev.selvedge.internal.TaskImpl;
import dev.selvedge.internal.Waiter;

/// Who holds something: the running task, or the thread if it runs none. The name is made only when
/// somebody asks for it.
final class Caller {
  private Caller() {}

  /// {@return the running task, otherwise the thread}
  static Object current() {
    TaskImpl<?> task = TaskImpl.current();
    return task != null ? task : Thread.currentThread();
  }

  /// {@return the task that waits, otherwise its thread}
  static Object of(Waiter waiter) {
    TaskImpl<?> task = waiter.task();
    return task != null ? task : waiter.thread();
  }

  /// {@return the path of a task, or the name of a thread}
  static String name(Object caller) {
    if (caller instanceof Task<?> task) {
      return task.path();
    }
    Thread thread = (Thread) caller;
    return thread.getName().isEmpty() ? "thread #" + thread.threadId() : thread.getName();
  }
}
