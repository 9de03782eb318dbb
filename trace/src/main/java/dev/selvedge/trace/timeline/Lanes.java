package dev.selvedge.trace.timeline;

import dev.selvedge.trace.recording.RecordedProcess;
import dev.selvedge.trace.recording.TaskGraph;
import dev.selvedge.trace.report.NamePattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;

/// Puts tasks into lanes, so that those that run at the same time lie in different ones.
///
/// Work of a worker process is in that worker's section, other work in that of its group's name, or
/// of its pool. Within a section each task goes to the first lane that is free when it begins, in
/// the order in which they begin: so there are as many lanes as tasks ever ran at once.
final class Lanes {
  private final TaskGraph graph;
  private final NamePattern patterns = new NamePattern();
  private final Map<Section, Packing> sections = new LinkedHashMap<>();
  private final List<Section> inOrder;
  private final int[] laneOf;

  /// What belongs together.
  ///
  /// @param process the index of the process
  /// @param kind `worker`, `group` or `pool`
  /// @param name which one
  record Section(int process, String kind, String name) {}

  Lanes(TaskGraph graph) {
    this.graph = graph;
    laneOf = new int[graph.size()];
    Packing[] packings = new Packing[graph.size()];
    for (int node = 0; node < graph.size(); node++) {
      var run = graph.run(node);
      packings[node] = sections.computeIfAbsent(section(node), s -> new Packing());
      laneOf[node] = packings[node].take(run.start(), run.end());
    }
    inOrder = new ArrayList<>(sections.keySet());
    inOrder.sort((a, b) -> Integer.compare(a.process, b.process));
    int first = 0;
    for (var section : inOrder) {
      var packing = sections.getOrDefault(section, new Packing());
      packing.first = first;
      first += packing.lanes;
    }
    for (int node = 0; node < laneOf.length; node++) {
      laneOf[node] += packings[node].first;
    }
  }

  private Section section(int node) {
    var run = graph.run(node);
    int group = graph.group(node);
    if (!run.worker().isEmpty()) {
      return new Section(graph.process(node), "worker", run.worker());
    }
    if (group >= 0 && !graph.groups().get(group).run().name().isEmpty()) {
      return new Section(
          graph.process(node), "group", patterns.of(graph.groups().get(group).run().name()));
    }
    return new Section(graph.process(node), "pool", run.pool().isEmpty() ? "tasks" : run.pool());
  }

  /// {@return the sections, those of a process together}
  List<Section> sections() {
    return inOrder;
  }

  /// {@return how many lanes a section has}
  int lanes(Section section) {
    return sections.getOrDefault(section, new Packing()).lanes;
  }

  /// {@return the lane of a node, counted from 0 through all sections}
  int laneOf(int node) {
    return laneOf[node];
  }

  /// {@return what a process is called}
  static String title(RecordedProcess process) {
    var command = process.command().isEmpty() ? "process" : process.command();
    return process.pid() == 0 ? command : command + " (" + process.pid() + ")";
  }

  /// The lanes of one section.
  private static final class Packing {
    private final PriorityQueue<Busy> busy =
        new PriorityQueue<>((a, b) -> Long.compare(a.until, b.until));
    private final TreeSet<Integer> free = new TreeSet<>();
    private int lanes;
    private int first;

    private record Busy(long until, int lane) {}

    int take(long from, long until) {
      while (!busy.isEmpty() && busy.peek().until <= from) {
        free.add(busy.remove().lane);
      }
      Integer first = free.pollFirst();
      int lane = first == null ? lanes++ : first;
      busy.add(new Busy(until, lane));
      return lane;
    }
  }
}
