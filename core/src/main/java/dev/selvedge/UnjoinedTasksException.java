package dev.selvedge;

import java.util.List;

/// A group was closed while tasks in it had not been joined. They were cancelled, and have ended.
///
/// ```java
/// try (TaskGroup group = TaskGroup.open(options -> options.name("load"))) {
///   group.fork(() -> fetch(uri));
///   group.join(); // without this line, close() throws it
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class UnjoinedTasksException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final transient List<String> tasks;

  /// An unjoined group.
  ///
  /// @param group the group's name
  /// @param tasks the paths of some of the tasks
  /// @param count how many there were
  public UnjoinedTasksException(String group, List<String> tasks, int count) {
    super(
        "the group '"
            + group
            + "' was closed with "
            + count
            + " unjoined "
            + (count == 1 ? "task" : "tasks")
            + ", now cancelled: "
            + String.join(", ", tasks)
            + (count > tasks.size() ? ", …" : "")
            + "; call join() before close(), or use TaskGroup.call");
    this.tasks = List.copyOf(tasks);
  }

  /// {@return the paths of the tasks, at most ten of them}
  public List<String> tasks() {
    return tasks;
  }
}
