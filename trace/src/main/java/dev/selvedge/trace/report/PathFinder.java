package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.TaskGraph;
import dev.selvedge.trace.report.Dependencies.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Walks from the end of everything back to its beginning: from whoever went on to whom it had
/// waited for, and from the beginning of a task to whoever forked it. The time between is what each
/// did.
final class PathFinder {
  private static final String OUTSIDE = "(outside of tasks)";
  private static final int SIMULATED = 12;

  private final TaskGraph graph;
  private final Dependencies dependencies;
  private final NamePattern patterns = new NamePattern();
  private final List<List<Edge>> incoming = new ArrayList<>();
  private final Map<List<String>, Long> times = new HashMap<>();

  private PathFinder(TaskGraph graph) {
    this.graph = graph;
    this.dependencies = new Dependencies(graph);
    for (int node = 0; node <= graph.size(); node++) {
      incoming.add(new ArrayList<>(1));
    }
    dependencies.edges().forEach(edge -> incoming.get(edge.to()).add(edge));
    incoming.forEach(list -> list.sort(Comparator.comparingLong(Edge::toTime)));
  }

  static CriticalPath of(TaskGraph graph) {
    return graph.size() == 0 ? new CriticalPath(0, List.of()) : new PathFinder(graph).find();
  }

  private CriticalPath find() {
    int node = dependencies.root();
    long time = dependencies.end();
    while (time > dependencies.begin()) {
      var edge = lastEdge(node, time);
      long from = edge == null ? dependencies.begin() : edge.toTime();
      addTime(node, from, time);
      if (edge == null) {
        break;
      }
      // What is between the two is the way from one to the other.
      addTime(edge.to(), edge.fromTime(), edge.toTime());
      node = edge.from();
      time = edge.fromTime();
    }
    long total = dependencies.end() - dependencies.begin();
    return new CriticalPath(total, steps());
  }

  /// The last one by then that has not been walked; each is walked once, so that the walk ends.
  private @Nullable Edge lastEdge(int node, long time) {
    var edges = incoming.get(node);
    while (!edges.isEmpty() && edges.getLast().toTime() > time) {
      edges.removeLast();
    }
    return edges.isEmpty() ? null : edges.removeLast();
  }

  private void addTime(int node, long from, long to) {
    if (node == dependencies.root()) {
      add(OUTSIDE, "running", to - from);
      return;
    }
    var run = graph.run(node);
    var pattern = patterns.of(run.name());
    long start = Math.clamp(run.start(), from, to);
    long blocked = 0;
    for (var wait : graph.waits(node)) {
      blocked += Math.max(0, Math.min(wait.end(), to) - Math.max(wait.start(), start));
    }
    blocked = Math.min(blocked, to - start);
    add(pattern, "queued", start - from);
    add(pattern, "blocked", blocked);
    add(pattern, "running", to - start - blocked);
  }

  private void add(String pattern, String activity, long time) {
    if (time > 0) {
      times.merge(List.of(pattern, activity), time, Long::sum);
    }
  }

  private List<Step> steps() {
    var replay = new Replay(graph, dependencies, patterns);
    long usual = replay.end("");
    List<Step> steps = new ArrayList<>();
    var longestFirst =
        times.entrySet().stream()
            .sorted(
                Map.Entry.<List<String>, Long>comparingByValue()
                    .reversed()
                    .thenComparing(entry -> entry.getKey().getFirst()))
            .toList();
    int simulated = 0;
    for (var entry : longestFirst) {
      var pattern = entry.getKey().getFirst();
      var activity = entry.getKey().getLast();
      boolean isCode = activity.equals("running") && !pattern.equals(OUTSIDE);
      long saves = isCode && simulated++ < SIMULATED ? Math.max(0, usual - replay.end(pattern)) : 0;
      steps.add(new Step(pattern, activity, entry.getValue(), saves));
    }
    return steps;
  }
}
