package dev.selvedge.trace.recording;

import dev.selvedge.Stability;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the tasks of a recording belong together, across its processes.
///
/// Its **nodes** are the attempts at tasks of all processes, from 0 in the order in which they
/// began; a node that does not exist is -1. Ids in a recording may mean a task of the same process,
/// or, where work travelled, one of another process: the one that was there at that time is taken,
/// of the same process if possible.
///
/// It never changes and may be used from any thread.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class TaskGraph {
  private static final int NONE = -1;

  /// Groups in each other that are followed to a task; in a damaged file they may form a circle.
  private static final int DEEPEST = 100;

  private final List<RecordedProcess> processes;
  private final List<Node> nodes;
  private final List<Map<Long, List<Integer>>> byId = new ArrayList<>();
  private final List<Map<Long, GroupRun>> groupRuns = new ArrayList<>();
  private final int[] parents;
  private final Map<Integer, List<Wait>> waits = new HashMap<>();
  private final Map<Integer, Cancellation> cancellations = new HashMap<>();
  private final List<OutsideWait> outside = new ArrayList<>();
  private final List<GroupNode> groups = new ArrayList<>();
  private final List<Map<Long, Integer>> groupsById = new ArrayList<>();

  private record Node(TaskRun run, int process) {}

  /// A group, and where it belongs.
  ///
  /// @param run the group
  /// @param process the index of its process
  /// @param owner the node that opened it, or -1
  public record GroupNode(GroupRun run, int process, int owner) {}

  /// A wait of a thread without a task, such as that of `main`.
  ///
  /// @param process the index of its process
  /// @param what the wait
  public record OutsideWait(int process, Wait what) {}

  private TaskGraph(Recording recording) {
    processes = recording.processes();
    nodes = new ArrayList<>(recording.taskCount());
    for (int process = 0; process < processes.size(); process++) {
      int index = process;
      processes.get(process).tasks().forEach(run -> nodes.add(new Node(run, index)));
    }
    nodes.sort(Comparator.comparingLong(node -> node.run.start()));
    processes.forEach(process -> byId.add(new HashMap<>()));
    for (int node = 0; node < nodes.size(); node++) {
      byId.get(process(node)).computeIfAbsent(run(node).task(), id -> new ArrayList<>(1)).add(node);
    }
    for (var process : processes) {
      Map<Long, GroupRun> known = new HashMap<>();
      process.groups().forEach(group -> known.put(group.group(), group));
      groupRuns.add(known);
    }
    parents = new int[nodes.size()];
    for (int node = 0; node < parents.length; node++) {
      int parent = find(process(node), run(node).parent(), run(node).submitted());
      parents[node] = parent == node ? NONE : parent;
    }
    for (int process = 0; process < processes.size(); process++) {
      addGroupsAndWaits(process);
    }
  }

  /// {@return how the tasks of a recording belong together}
  public static TaskGraph of(Recording recording) {
    return new TaskGraph(recording);
  }

  private void addGroupsAndWaits(int process) {
    Map<Long, Integer> known = new HashMap<>();
    groupsById.add(known);
    for (var group : processes.get(process).groups()) {
      known.put(group.group(), groups.size());
      groups.add(new GroupNode(group, process, find(process, group.owner(), group.start())));
    }
    for (var wait : processes.get(process).waits()) {
      int node = find(process, wait.task(), wait.end());
      if (node == NONE) {
        outside.add(new OutsideWait(process, wait));
      } else {
        waits.computeIfAbsent(node, n -> new ArrayList<>(1)).add(wait);
      }
    }
    for (var cancellation : processes.get(process).cancellations()) {
      int node = find(process, cancellation.task(), cancellation.start());
      if (node != NONE) {
        cancellations.putIfAbsent(node, cancellation);
      }
    }
  }

  /// {@return how many nodes there are}
  public int size() {
    return nodes.size();
  }

  /// {@return the processes, as in the recording}
  public List<RecordedProcess> processes() {
    return processes;
  }

  /// {@return the attempt that is a node}
  public TaskRun run(int node) {
    return nodes.get(node).run;
  }

  /// {@return the index of a node's process}
  public int process(int node) {
    return nodes.get(node).process;
  }

  /// {@return the node that forked this one, or -1}
  public int parent(int node) {
    return parents[node];
  }

  /// {@return the waits of a node, in the order of time}
  public List<Wait> waits(int node) {
    return waits.getOrDefault(node, List.of());
  }

  /// {@return the waits of threads without a task}
  public List<OutsideWait> outsideWaits() {
    return List.copyOf(outside);
  }

  /// {@return the request to cancel a node, if there was one}
  public Optional<Cancellation> cancellation(int node) {
    return Optional.ofNullable(cancellations.get(node));
  }

  /// {@return the node that cancelled this one, or -1}
  public int canceller(int node) {
    var cancellation = cancellations.get(node);
    return cancellation == null
        ? NONE
        : find(process(node), cancellation.by(), cancellation.start());
  }

  /// {@return the groups of all processes}
  public List<GroupNode> groups() {
    return List.copyOf(groups);
  }

  /// {@return the index of a node's group in [#groups], or -1}
  public int group(int node) {
    return group(process(node), run(node).group());
  }

  /// {@return the index in [#groups] of a process's group, or -1}
  public int group(int process, long id) {
    return groupsById.get(process).getOrDefault(id, NONE);
  }

  /// {@return the node that an id of a process meant at some time, or -1; the id of a group means
  /// its body, which belongs to the node that opened the group}
  public int find(int process, long id, long time) {
    return find(process, id, time, DEEPEST);
  }

  private int find(int process, long id, long time, int depth) {
    if (id == 0 || depth == 0) {
      return NONE;
    }
    int found = at(process, id, time);
    for (int other = 0; found == NONE && other < processes.size(); other++) {
      found = at(other, id, time);
    }
    var group = groupRuns.get(process).get(id);
    if (found == NONE && group != null) {
      return find(process, group.owner(), time, depth - 1);
    }
    for (int other = 0; found == NONE && other <= processes.size(); other++) {
      var any = byId.get(other == 0 ? process : other - 1).get(id);
      found = any == null ? NONE : any.getLast();
    }
    return found;
  }

  /// The last attempt that had been submitted by then, if it was not over.
  private int at(int process, long id, long time) {
    int found = NONE;
    for (int node : byId.get(process).getOrDefault(id, List.of())) {
      if (run(node).submitted() <= time && time <= run(node).end()) {
        found = node;
      }
    }
    return found;
  }
}
