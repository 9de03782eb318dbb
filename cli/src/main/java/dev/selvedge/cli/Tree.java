package dev.selvedge.cli;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.RunningJvm;
import dev.selvedge.trace.live.TaskTree;
import dev.selvedge.trace.live.WaitingPlaces;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What `selvedge tree` does: prints the tasks of a JVM, or where its threads are if Selvedge is
/// not in it.
final class Tree {
  private Tree() {}

  static void print(long pid, int most, boolean threads, boolean json, PrintWriter out)
      throws CommandFailure {
    try (RunningJvm jvm = RunningJvm.attach(pid)) {
      Optional<TaskTree> tasks = threads ? Optional.empty() : jvm.tasks(most);
      if (tasks.isEmpty()) {
        WaitingPlaces places = WaitingPlaces.of(jvm.threads(), most);
        if (json) {
          out.println(JsonText.of("selvedge.tree/1", Places.json(pid, places)));
        } else {
          Places.print(places, out);
        }
      } else if (json) {
        out.println(JsonText.of("selvedge.tree/1", json(pid, tasks.get())));
      } else {
        lines(tasks.get()).forEach(out::println);
      }
    } catch (CannotAttachException e) {
      throw CommandFailure.cannotAttach(e);
    }
  }

  // ---- as text --------------------------------------------------------------------------------

  /// {@return the tree, a line for each row}
  static List<String> lines(TaskTree tree) {
    List<String> lines = new ArrayList<>();
    lines.add(summary(tree));
    for (TaskTree.Row row : tree.rows()) {
      if (!isIdlePool(row)) {
        lines.add(title(row));
        addBelow(row, "", lines);
      }
    }
    if (tree.left() > 0) {
      lines.add("… " + counted(tree.left(), "more"));
    }
    return lines;
  }

  static String summary(TaskTree tree) {
    long all = tree.states().values().stream().mapToLong(Long::longValue).sum();
    return all == 0
        ? "no tasks"
        : counted(all, all == 1 ? "task" : "tasks")
            + ": "
            + tree.states().entrySet().stream()
                .map(entry -> counted(entry.getValue(), entry.getKey()))
                .collect(Collectors.joining(", "));
  }

  private static boolean isIdlePool(TaskTree.Row row) {
    return row.kind().equals("pool") && row.rows().isEmpty() && row.left() == 0;
  }

  private static void addBelow(TaskTree.Row parent, String indent, List<String> lines) {
    List<TaskTree.Row> rows = parent.rows();
    for (int i = 0; i < rows.size(); i++) {
      boolean last = i == rows.size() - 1 && parent.left() == 0;
      lines.add(indent + (last ? "└─ " : "├─ ") + title(rows.get(i)));
      addBelow(rows.get(i), indent + (last ? "   " : "│  "), lines);
    }
    if (parent.left() > 0) {
      lines.add(indent + "└─ … " + counted(parent.left(), "more"));
    }
  }

  private static String title(TaskTree.Row row) {
    var title = new StringBuilder();
    if (row.count() > 1) {
      title.append(String.format("%,d × ", row.count()));
    }
    title.append(row.kind()).append(" '").append(row.name()).append('\'');
    if (row.id() != 0) {
      title.append(" #").append(row.id());
    }
    title.append(' ').append(row.state());
    if (row.cancelled()) {
      title.append(", cancelled");
    }
    if (!row.on().isEmpty()) {
      title.append(" for ").append(row.on());
    }
    if (!row.heldBy().isEmpty()) {
      title.append(", held by ").append(row.heldBy());
    }
    if (!row.owner().isEmpty()) {
      title.append(", opened by the thread '").append(row.owner()).append('\'');
    }
    if (row.ageNanos() >= 0) {
      title.append(", open for ").append(Durations.text(row.ageNanos()));
    }
    return title.toString();
  }

  private static String counted(long number, String what) {
    return String.format("%,d %s", number, what);
  }

  // ---- as JSON --------------------------------------------------------------------------------

  static Map<String, Object> json(long pid, TaskTree tree) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", pid);
    all.put("states", tree.states());
    all.put("rows", json(tree.rows()));
    all.put("left", tree.left());
    return all;
  }

  private static List<Map<String, Object>> json(List<TaskTree.Row> rows) {
    return rows.stream().map(Tree::json).toList();
  }

  private static Map<String, Object> json(TaskTree.Row row) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("kind", row.kind());
    all.put("name", row.name());
    if (row.id() != 0) {
      all.put("id", row.id());
    }
    all.put("count", row.count());
    all.put("state", row.state());
    all.put("cancelled", row.cancelled());
    all.put("waitsFor", row.on());
    all.put("heldBy", row.heldBy());
    if (row.ageNanos() >= 0) {
      all.put("ageNanos", row.ageNanos());
    }
    all.put("left", row.left());
    all.put("rows", json(row.rows()));
    return all;
  }
}
