package dev.selvedge.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The pools, groups and tasks that there are at a moment.
///
/// Nothing is registered for this: pools are known, weakly, to [KeepAlive], and pools know the
/// groups that run on them and their tasks. What is copied is the list of one owner's tasks at a
/// time, four bytes for each.
final class Living {
  private final List<PoolTasks> pools = KeepAlive.pools();
  private final List<GroupImpl> groups = new ArrayList<>();
  private final IdentityHashMap<TaskImpl<?>, List<GroupImpl>> openedBy = new IdentityHashMap<>();

  Living() {
    for (PoolTasks pool : pools) {
      groups.addAll(pool.groups());
    }
    for (GroupImpl group : groups) {
      TaskImpl<?> outer = group.outer();
      if (outer != null) {
        openedBy.computeIfAbsent(outer, _ -> new ArrayList<>(1)).add(group);
      }
    }
  }

  List<PoolTasks> pools() {
    return pools;
  }

  /// {@return the groups that no task has opened, but a thread}
  Stream<GroupImpl> outermostGroups() {
    return groups.stream().filter(group -> group.outer() == null);
  }

  List<GroupImpl> groups() {
    return groups;
  }

  /// {@return the groups that a task has opened and that are not closed} One that has forked
  /// nothing yet is known to that task only.
  List<GroupImpl> openedBy(TaskImpl<?> task) {
    List<GroupImpl> known = openedBy.getOrDefault(task, List.of());
    GroupImpl top = bodyOf(task.top());
    return top == null || known.contains(top)
        ? known
        : Stream.concat(known.stream(), Stream.of(top)).toList();
  }

  /// {@return the group whose body a task is, or null}
  static @Nullable GroupImpl bodyOf(@Nullable TaskImpl<?> task) {
    return task != null && task.owner() instanceof GroupImpl group && group.isBody(task)
        ? group
        : null;
  }

  /// Looks at all tasks, those that have just ended as far as they are still known.
  void eachKnown(Consumer<TaskImpl<?>> action) {
    for (PoolTasks pool : pools) {
      pool.known().forEach(action);
    }
    for (GroupImpl group : groups) {
      action.accept(group.body());
      group.known().forEach(action);
    }
  }

  /// {@return the platform threads of this JVM}
  static List<Thread> platformThreads() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root != null && root.getParent() != null) {
      root = root.getParent();
    }
    if (root == null) {
      return List.of();
    }
    Thread[] threads = new Thread[root.activeCount() * 2 + 16];
    return List.of(Arrays.copyOf(threads, root.enumerate(threads)));
  }
}
