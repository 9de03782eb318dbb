package dev.selvedge.internal;

import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The tree of pools, groups and tasks for [dev.selvedge.management.LiveMXBean#tree].
///
/// What runs comes first. Pools that have no tasks of their own are told by their names, and those
/// that have ended not at all. An owner of few tasks has a row for each. Of an owner that has many,
/// those with the same name (but for its digits), the same state and the same wait are one row,
/// with what is below them put together in the same way. So a hundred thousand tasks become a few
/// rows, and nothing is kept of each but its count.
public final class LiveTree {
  private static final int LISTED = 20;
  private static final int MOST_ROWS_OF_A_PARENT = 50;
  private static final int DEEPEST = 200;

  private final Living living = new Living();
  private final IdentityHashMap<Object, String> descriptions = new IdentityHashMap<>();
  private final IdentityHashMap<Object, String> holders = new IdentityHashMap<>();
  private final Map<String, Long> states = new TreeMap<>();
  private final int most;
  private int made;

  private LiveTree(int most) {
    this.most = most;
  }

  private static final class Row {
    final String kind;
    final String name;
    final Map<Object, Row> rows = new LinkedHashMap<>();
    String state = "";
    String on = "";
    String heldBy = "";
    long id;
    long count;
    long age = -1;
    boolean cancelled;
    long left; // tasks and groups below that have no row

    Row(String kind, String name) {
      this.kind = kind;
      this.name = name;
    }
  }

  private record TaskKey(String pattern, String state, String on, boolean cancelled) {}

  private record IdleKey(String name, boolean sealed) {}

  private record GroupKey(String pattern, boolean cancelled) {}

  /// {@return the tree of this moment, in JSON}
  ///
  /// @param most how many rows at most
  public static String json(int most) {
    return new LiveTree(most).tree();
  }

  private String tree() {
    var root = new Row("root", "");
    List<PoolTasks> busy = living.pools().stream().filter(LiveTree::hasOwnTasks).toList();
    busy.forEach(pool -> addPool(root, pool, pool));
    living
        .outermostGroups()
        .forEach(
            group -> {
              Row row = addGroup(root, group, true, 0);
              if (row != null) {
                row.heldBy = Problems.threadName(group.ownerThread());
              }
            });
    living.pools().stream()
        .filter(pool -> !hasOwnTasks(pool) && !pool.isTerminated())
        .forEach(pool -> addPool(root, pool, new IdleKey(pool.name(), pool.isSealed())));
    var json = new JsonText().open('{').member("version", 1);
    json.name("states").open('{');
    states.forEach(json::member);
    json.close('}').member("left", root.left);
    return rows(json, root.rows.values()).close('}').toString();
  }

  // ---- gathering ------------------------------------------------------------------------------

  private static boolean hasOwnTasks(PoolTasks pool) {
    return pool.pending() + pool.backgroundPending() > 0;
  }

  private void addPool(Row root, PoolTasks pool, Object key) {
    Row row = child(root, key, "pool", pool.name());
    if (row != null) {
      row.state = pool.isSealed() ? "shut down" : "open";
      addTasks(row, pool, 0);
    }
  }

  private void addTasks(Row parent, TaskOwner owner, int depth) {
    List<TaskImpl<?>> tasks = owner.live(_ -> true);
    boolean each = tasks.size() <= LISTED && parent.count <= 1;
    for (TaskImpl<?> task : tasks) {
      addTask(parent, task, each, depth);
    }
  }

  private void addTask(Row parent, TaskImpl<?> task, boolean each, int depth) {
    Doing doing = Doing.of(task);
    if (doing.state().equals("done")) {
      return;
    }
    states.merge(doing.state(), 1L, Long::sum);
    String name = each ? task.name() : pattern(task.givenName());
    String on = doing.blocker() == null ? "" : on(doing.blocker(), each);
    boolean cancelled = task.isCancelRequested();
    Object key = each ? task : new TaskKey(name, doing.state(), on, cancelled);
    Row row = child(parent, key, "task", name);
    if (row == null) {
      return;
    }
    if (row.count == 1) {
      row.id = task.id();
      row.state = doing.state();
      row.on = on;
      row.heldBy = doing.blocker() == null ? "" : heldBy(doing.blocker());
      row.cancelled = cancelled;
    }
    if (depth < DEEPEST) {
      living.openedBy(task).forEach(group -> addGroup(row, group, each, depth + 1));
    }
  }

  private @Nullable Row addGroup(Row parent, GroupImpl group, boolean each, int depth) {
    boolean cancelled = group.cancelReason().isPresent();
    String name = each ? group.name() : pattern(group.name());
    Row row = child(parent, each ? group : new GroupKey(name, cancelled), "group", name);
    if (row == null) {
      return null;
    }
    if (row.count == 1) {
      TaskImpl<?> body = group.body();
      Doing doing = Doing.of(body);
      row.state = doing.state();
      row.on = doing.blocker() == null ? "" : on(doing.blocker(), each);
      row.cancelled = cancelled;
    }
    row.age = Math.max(row.age, group.age());
    addTasks(row, group, depth);
    if (depth < DEEPEST) {
      living.openedBy(group.body()).forEach(inner -> addGroup(row, inner, each, depth + 1));
    }
    return row;
  }

  private @Nullable Row child(Row parent, Object key, String kind, String name) {
    Row row = parent.rows.get(key);
    if (row == null) {
      if (made >= most || parent.rows.size() >= MOST_ROWS_OF_A_PARENT) {
        parent.left++;
        return null;
      }
      made++;
      row = new Row(kind, name);
      parent.rows.put(key, row);
    }
    row.count++;
    return row;
  }

  /// {@return a name with `#` for its numbers}
  static String pattern(@Nullable String name) {
    if (name == null) {
      return "task-#";
    }
    var pattern = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      if (!digit) {
        pattern.append(c);
      } else if (pattern.isEmpty() || pattern.charAt(pattern.length() - 1) != '#') {
        pattern.append('#');
      }
    }
    return pattern.toString();
  }

  private String on(Object blocker, boolean each) {
    return blocker instanceof TaskImpl<?> task && !each
        ? "the task '" + pattern(task.givenName()) + "'"
        : descriptions.computeIfAbsent(blocker, Doing::describe);
  }

  private String heldBy(Object blocker) {
    return holders.computeIfAbsent(
        blocker, known -> String.join(", ", LiveWaits.holderNames(known)));
  }

  // ---- writing --------------------------------------------------------------------------------

  private static JsonText rows(JsonText json, Collection<Row> rows) {
    json.name("rows").open('[');
    for (Row row : rows) {
      json.open('{').member("kind", row.kind).member("name", row.name);
      if (row.count == 1 && row.id != 0) {
        json.member("id", row.id);
      }
      json.member("count", row.count).member("state", row.state);
      if (!row.on.isEmpty()) {
        json.member("on", row.on);
      }
      if (!row.heldBy.isEmpty()) {
        json.member(row.kind.equals("group") ? "owner" : "heldBy", row.heldBy);
      }
      if (row.age >= 0) {
        json.member("ageNanos", row.age);
      }
      if (row.cancelled) {
        json.member("cancelled", true);
      }
      if (row.left > 0) {
        json.member("left", row.left);
      }
      if (!row.rows.isEmpty()) {
        rows(json, row.rows.values());
      }
      json.close('}');
    }
    return json.close(']');
  }
}
