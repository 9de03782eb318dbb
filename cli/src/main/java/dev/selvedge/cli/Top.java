package dev.selvedge.cli;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.RunningJvm;
import dev.selvedge.trace.live.TaskTree;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// What `selvedge top` does: shows, every second, what most tasks of a JVM do.
final class Top {
  private static final long PERIOD_NANOS = 1_000_000_000;
  private static final int MOST_ROWS_ASKED = 1000;
  private static final String HOME_AND_CLEAR = "\033[H\033[J";

  /// What the rows are sorted by; those that are equal in that, by their count.
  enum Order {
    count,
    name,
    state,
    group
  }

  /// How to show it.
  ///
  /// @param order what the rows are sorted by
  /// @param rows how many to show
  /// @param once whether to end after the first frame
  /// @param json whether each frame is an object in JSON, in a line
  /// @param terminal whether a frame takes the place of the one before
  record Look(Order order, int rows, boolean once, boolean json, boolean terminal) {}

  private record Key(String owner, String name, String state, String on) {}

  private record Line(String owner, String name, String state, String on, long count) {}

  private Top() {}

  static void show(long pid, Look look, PrintWriter out, PrintWriter err) throws CommandFailure {
    boolean shown = false;
    try (RunningJvm jvm = RunningJvm.attach(pid)) {
      long next = System.nanoTime();
      while (true) {
        TaskTree tree =
            jvm.tasks(MOST_ROWS_ASKED)
                .orElseThrow(
                    () ->
                        CommandFailure.noSuchTask(
                            "process "
                                + pid
                                + " does not use Selvedge, so it has no tasks; 'selvedge tree "
                                + pid
                                + "' shows its threads"));
        print(pid, tree, look, out);
        shown = true;
        if (look.once()) {
          return;
        }
        next += PERIOD_NANOS;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (CannotAttachException e) {
      if (!shown) {
        throw CommandFailure.cannotAttach(e);
      }
      err.println("selvedge top: " + e.getMessage());
    }
  }

  private static void print(long pid, TaskTree tree, Look look, PrintWriter out) {
    List<Line> lines = lines(tree, look.order());
    if (look.json()) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("pid", pid);
      all.put("states", tree.states());
      all.put("rows", lines.stream().limit(look.rows()).map(Top::json).toList());
      out.println(JsonText.of("selvedge.top/1", all));
    } else {
      out.print(look.terminal() ? HOME_AND_CLEAR : "");
      out.println(pid + ": " + Tree.summary(tree));
      out.printf("%n%9s  %-10s %-24s %-24s %s%n", "TASKS", "STATE", "NAME", "GROUP", "WAITS FOR");
      lines.stream()
          .limit(look.rows())
          .forEach(
              line ->
                  out.printf(
                      "%,9d  %-10s %-24s %-24s %s%n",
                      line.count(), line.state(), line.name(), line.owner(), line.on()));
      out.println();
      out.flush();
    }
  }

  private static Map<String, Object> json(Line line) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("tasks", line.count());
    all.put("state", line.state());
    all.put("name", line.name());
    all.put("group", line.owner());
    all.put("waitsFor", line.on());
    return all;
  }

  private static List<Line> lines(TaskTree tree, Order order) {
    Map<Key, Long> counts = new LinkedHashMap<>();
    tree.rows().forEach(row -> count(row, row.name(), counts));
    List<Line> lines = new ArrayList<>();
    counts.forEach(
        (key, count) -> lines.add(new Line(key.owner(), key.name(), key.state(), key.on(), count)));
    lines.sort(by(order).thenComparing(by(Order.count)));
    return lines;
  }

  private static Comparator<Line> by(Order order) {
    return switch (order) {
      case count -> Comparator.comparingLong(Line::count).reversed();
      case name -> Comparator.comparing(Line::name);
      case state -> Comparator.comparing(Line::state);
      case group -> Comparator.comparing(Line::owner);
    };
  }

  private static void count(TaskTree.Row owner, String path, Map<Key, Long> counts) {
    for (TaskTree.Row row : owner.rows()) {
      boolean task = row.kind().equals("task");
      if (task) {
        String name = row.name().replaceAll("\\d+", "#");
        counts.merge(new Key(path, name, row.state(), row.on()), row.count(), Long::sum);
      }
      count(row, task ? path : path + "/" + row.name(), counts);
    }
  }
}
