package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.TaskGraph;
import dev.selvedge.trace.recording.Wait;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Who had to wait for whom.
///
/// Node [#root] stands for all that is no task, such as `main`: it forks what has no parent. What
/// it waits for is not recorded, so it is taken to have waited for what ended last before it went
/// on.
final class Dependencies {
  /// Between the end of a task and whoever waited for it going on.
  private static final long SLACK = 1_000_000;

  /// How many tasks are looked at to find the one that forked another.
  private static final int CANDIDATES = 64;

  private static final Set<String> FOR_CHILDREN = Set.of("join", "group");

  private final TaskGraph graph;
  private final List<Edge> edges = new ArrayList<>();
  private final List<List<Integer>> children = new ArrayList<>();

  /// Those of each group, as they ended.
  private final List<List<Integer>> members = new ArrayList<>();

  private final long begin;
  private final long end;

  /// At `toTime`, `to` had waited since `since` for what `from` had done at `fromTime`.
  record Edge(int from, long fromTime, int to, long toTime, long since, boolean isFork) {}

  Dependencies(TaskGraph graph) {
    this.graph = graph;
    for (int node = 0; node <= graph.size(); node++) {
      children.add(new ArrayList<>(0));
    }
    long first = Long.MAX_VALUE;
    long last = 0;
    for (int node = 0; node < graph.size(); node++) {
      var run = graph.run(node);
      first = Math.min(first, run.submitted());
      last = Math.max(last, run.end());
      children.get(orRoot(graph.parent(node))).add(node);
    }
    graph.groups().forEach(group -> members.add(new ArrayList<>(0)));
    for (int node = 0; node < graph.size(); node++) {
      if (graph.group(node) >= 0) {
        members.get(graph.group(node)).add(node);
      }
    }
    members.forEach(list -> list.sort(byEnd()));
    children.forEach(list -> list.sort(byEnd()));
    begin = first;
    end = Math.max(first, last);
    addAll();
  }

  int root() {
    return graph.size();
  }

  long begin() {
    return begin;
  }

  long end() {
    return end;
  }

  List<Edge> edges() {
    return edges;
  }

  private int orRoot(int node) {
    return node < 0 ? root() : node;
  }

  private void addAll() {
    for (int node = 0; node < graph.size(); node++) {
      var run = graph.run(node);
      int parent = orRoot(forker(node));
      edges.add(new Edge(parent, run.submitted(), node, run.submitted(), run.submitted(), true));
      for (var wait : graph.waits(node)) {
        addWait(node, graph.process(node), wait, children.get(node));
      }
    }
    addGroups();
    int known = edges.size();
    for (var outside : graph.outsideWaits()) {
      addWait(root(), outside.process(), outside.what(), List.of());
    }
    if (edges.size() == known) {
      guessRoot();
    }
  }

  /// A parent that waits cannot fork: then it was another task of the group, which one is not
  /// recorded. It is taken to be the one that ended next, as work is often passed on at the end.
  private int forker(int node) {
    int parent = graph.parent(node);
    int group = graph.group(node);
    long time = graph.run(node).submitted();
    if (parent < 0 || group < 0 || !waitsForChildren(parent, time)) {
      return parent;
    }
    var others = members.get(group);
    int first = firstToEnd(others, time);
    for (int i = first; i < Math.min(others.size(), first + CANDIDATES); i++) {
      int other = others.get(i);
      if (other != node && graph.run(other).start() <= time) {
        return other;
      }
    }
    return parent;
  }

  private boolean waitsForChildren(int node, long time) {
    var waits = graph.waits(node);
    int low = 0;
    int high = waits.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (waits.get(middle).start() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0
        && waits.get(low - 1).end() > time
        && FOR_CHILDREN.contains(waits.get(low - 1).kind());
  }

  /// {@return the index of the first of `byEnd` that ended at this time or later}
  private int firstToEnd(List<Integer> byEnd, long time) {
    int low = 0;
    int high = byEnd.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (graph.run(byEnd.get(middle)).end() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// @param children whom a wait for children is for, unless it is one of a group's body
  private void addWait(int node, int process, Wait wait, List<Integer> children) {
    int holder = graph.find(process, wait.holder(), wait.end());
    if (holder < 0 && FOR_CHILDREN.contains(wait.kind())) {
      int group = graph.group(process, wait.task());
      holder =
          lastToEnd(group < 0 ? children : members.get(group), wait.start(), wait.end() + SLACK);
    }
    if (holder >= 0 && holder != node) {
      long done = Math.min(graph.run(holder).end(), wait.end());
      add(new Edge(holder, done, node, wait.end(), wait.start(), false));
    }
  }

  private void add(Edge edge) {
    if (edge.fromTime <= edge.toTime) {
      edges.add(edge);
    }
  }

  /// An owner waits for its group at the end; where it did something else longer, it did not wait.
  private void addGroups() {
    for (int i = 0; i < members.size(); i++) {
      var group = graph.groups().get(i);
      int last = lastToEnd(members.get(i), group.run().start(), group.run().end() + SLACK);
      if (last >= 0 && group.owner() >= 0) {
        long done = graph.run(last).end();
        if (done >= group.run().end() - SLACK) {
          long since =
              members.get(i).stream().mapToLong(n -> graph.run(n).submitted()).max().orElse(done);
          add(
              new Edge(
                  last,
                  done,
                  group.owner(),
                  Math.max(done, group.run().end()),
                  Math.min(since, done),
                  false));
        }
      }
    }
  }

  /// In the order of submissions, each has waited for the child that had ended last by then.
  private void guessRoot() {
    var byEnd = children.get(root());
    var bySubmission = new ArrayList<>(byEnd);
    bySubmission.sort(Comparator.comparingLong(node -> graph.run(node).submitted()));
    int next = 0;
    for (int child : bySubmission) {
      long submitted = graph.run(child).submitted();
      int before = next;
      while (graph.run(byEnd.get(next)).end() <= submitted && byEnd.get(next) != child) {
        next++;
      }
      if (next > before) {
        int last = byEnd.get(next - 1);
        edges.add(new Edge(last, graph.run(last).end(), root(), submitted, begin, false));
      }
    }
    if (!byEnd.isEmpty()) {
      int last = byEnd.getLast();
      edges.add(new Edge(last, graph.run(last).end(), root(), end, begin, false));
    }
  }

  /// {@return the last of `byEnd` that ended in this time, or -1}
  private int lastToEnd(List<Integer> byEnd, long after, long until) {
    int end = firstToEnd(byEnd, until + 1);
    return end > 0 && graph.run(byEnd.get(end - 1)).end() > after ? byEnd.get(end - 1) : -1;
  }

  private Comparator<Integer> byEnd() {
    return Comparator.comparingLong(node -> graph.run(node).end());
  }
}
