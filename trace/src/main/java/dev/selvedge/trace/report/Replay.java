package dev.selvedge.trace.report;

import dev.selvedge.trace.recording.TaskGraph;
import dev.selvedge.trace.report.Dependencies.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Plays a recording again with some tasks faster, to see when everything would have ended.
///
/// In the order of recorded time, each node goes from one of its points to the next. It takes as
/// long as it took, without the time in which it waited for others; where it waited, it goes on
/// when the other one is there. How long tasks are queued, and who gets a lock first, stays as it
/// was.
final class Replay {
  private static final double FASTER = 0.5;

  private final TaskGraph graph;
  private final Dependencies dependencies;
  private final List<Point> points = new ArrayList<>();
  private final String[] patterns;
  private final double[] runningShare;

  /// One end of an edge.
  private record Point(int edge, long time, boolean leaves, boolean isFork) {}

  /// @param patterns knows the names of the tasks
  Replay(TaskGraph graph, Dependencies dependencies, NamePattern patterns) {
    this.graph = graph;
    this.dependencies = dependencies;
    this.patterns = new String[graph.size()];
    long[] waited = new long[graph.size() + 1];
    for (int i = 0; i < dependencies.edges().size(); i++) {
      var edge = dependencies.edges().get(i);
      points.add(new Point(i, edge.fromTime(), true, edge.isFork()));
      points.add(new Point(i, edge.toTime(), false, edge.isFork()));
      waited[edge.to()] += edge.toTime() - edge.since();
    }
    // Who went on at some moment may have forked others right then.
    points.sort(
        Comparator.comparingLong(Point::time)
            .thenComparing(Point::isFork)
            .thenComparingInt(Point::edge));
    runningShare = new double[graph.size()];
    for (int node = 0; node < graph.size(); node++) {
      var run = graph.run(node);
      this.patterns[node] = patterns.of(run.name());
      double own = Math.max(1, run.duration() - waited[node]);
      runningShare[node] = Math.clamp((run.duration() - run.blocked()) / own, 0.0, 1.0);
    }
  }

  /// {@return how long everything takes if the code of these tasks takes half the time}
  ///
  /// @param faster the pattern of their names, or one that no task has
  long end(String faster) {
    return new Run(faster).end();
  }

  /// One time through.
  private final class Run {
    private final String faster;
    private final long[] recorded = new long[graph.size() + 1];
    private final double[] replayed = new double[graph.size() + 1];
    private final double[] left = new double[dependencies.edges().size()];

    Run(String faster) {
      this.faster = faster;
    }

    long end() {
      recorded[dependencies.root()] = dependencies.begin();
      for (var point : points) {
        var edge = dependencies.edges().get(point.edge);
        if (point.leaves) {
          advance(edge.from(), edge.fromTime());
          left[point.edge] = replayed[edge.from()];
        } else {
          arrive(edge, left[point.edge]);
        }
      }
      double last = 0;
      for (int node = 0; node < graph.size(); node++) {
        advance(node, graph.run(node).end());
        last = Math.max(last, replayed[node]);
      }
      return Math.round(last);
    }

    private void arrive(Edge edge, double arrival) {
      int node = edge.to();
      if (recorded[node] == 0) {
        recorded[node] = edge.toTime();
        replayed[node] = arrival;
      } else if (edge.fromTime() >= edge.since()) {
        advance(node, edge.since());
        replayed[node] = Math.max(replayed[node], arrival + edge.toTime() - edge.fromTime());
        recorded[node] = Math.max(recorded[node], edge.toTime());
      }
    }

    private void advance(int node, long time) {
      if (time > recorded[node] && recorded[node] != 0) {
        replayed[node] += work(node, recorded[node], time);
        recorded[node] = time;
      }
    }

    private double work(int node, long from, long to) {
      double time = to - from;
      if (node == dependencies.root() || !patterns[node].equals(faster)) {
        return time;
      }
      var run = graph.run(node);
      double code = Math.max(0, Math.min(run.end(), to) - Math.max(run.start(), from));
      return time - code * runningShare[node] * FASTER;
    }
  }
}
