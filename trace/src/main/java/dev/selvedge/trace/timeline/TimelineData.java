package dev.selvedge.trace.timeline;

import dev.selvedge.trace.recording.Outcome;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.TaskGraph;
import dev.selvedge.trace.recording.Wait;
import dev.selvedge.trace.report.NamePattern;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import tools.jackson.jr.ob.JSON;

/// What the page shows, as bytes; `data.js` reads them.
///
/// The tasks lie lane by lane, and in the order of time in each. What is alike lies together: all
/// begins, then all durations, and so on, each such [Column] packed and all of them deflated. In
/// front of them, after its length in four bytes, there is a text in JSON: the names, the sections,
/// and how long each column is.
final class TimelineData {
  /// Of the longest waits; each costs about six bytes in the page.
  private static final int MOST_WAITS = 300_000;

  private final Recording recording;
  private final TaskGraph graph;
  private final Lanes lanes;
  private final Texts texts = new Texts();
  private final Map<String, Column> columns = new LinkedHashMap<>();
  private final NamePattern patterns = new NamePattern();
  private final List<String> notes;

  /// The nodes in the order of the page, and where each one is there.
  private final int[] order;

  private final int[] places;
  private final long begin;

  private TimelineData(Recording recording) {
    this.recording = recording;
    graph = TaskGraph.of(recording);
    lanes = new Lanes(graph);
    notes = new ArrayList<>(recording.notes());
    recording
        .processes()
        .forEach(
            process ->
                process
                    .drops()
                    .forEach(
                        drop -> notes.add("not recorded: " + drop.count() + " " + drop.what())));
    order = order();
    places = new int[graph.size()];
    long first = Long.MAX_VALUE;
    for (int i = 0; i < order.length; i++) {
      places[order[i]] = i;
      first = Math.min(first, graph.run(i).submitted());
    }
    begin = order.length == 0 ? 0 : first;
  }

  /// {@return what the page of a recording shows}
  static byte[] of(Recording recording) throws IOException {
    return new TimelineData(recording).bytes();
  }

  /// Nodes are in the order of time already.
  private int[] order() {
    long[] keys = new long[graph.size()];
    for (int node = 0; node < keys.length; node++) {
      keys[node] = (long) lanes.laneOf(node) << Integer.SIZE | node;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  private byte[] bytes() throws IOException {
    addTasks();
    addWaits();
    var json = JSON.std.asBytes(json());
    var bytes = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(bytes)) {
      out.write(ByteBuffer.allocate(Integer.BYTES).putInt(json.length).array());
      out.write(json);
      for (var column : columns.values()) {
        out.write(column.bytes());
      }
    }
    return bytes.toByteArray();
  }

  private Column column(String name) {
    return columns.computeIfAbsent(name, n -> new Column());
  }

  private void addTasks() {
    long before = begin;
    long id = 0;
    int previous = -1;
    for (int node : order) {
      var run = graph.run(node);
      boolean isSameLane = previous >= 0 && lanes.laneOf(previous) == lanes.laneOf(node);
      column("start").addSigned(run.start() - (isSameLane ? before : begin));
      column("newLane").add(isSameLane ? 0 : 1);
      column("duration").add(run.duration());
      column("queued").add(run.queued());
      column("blocked").add(run.blocked());
      column("name").add(texts.number(run.name()));
      column("pattern").add(texts.number(patterns.of(run.name())));
      column("outcome").add(code(run.outcome()));
      column("attempt").add(run.attempt());
      column("exception").add(texts.number(run.exception()));
      column("id").addSigned(run.task() - id);
      column("parent").add(reference(graph.parent(node)));
      column("group").add(group(node));
      addCancellation(node);
      before = run.start();
      id = run.task();
      previous = node;
    }
  }

  private static int code(Outcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> 0;
      case FAILED -> 1;
      case CANCELLED -> 2;
      case UNKNOWN -> 3;
    };
  }

  private int group(int node) {
    int group = graph.group(node);
    return group < 0 ? 0 : texts.number(graph.groups().get(group).run().name());
  }

  private void addCancellation(int node) {
    var cancellation = graph.cancellation(node);
    column("canceller").add(reference(graph.canceller(node)));
    column("cancelledAt").add(cancellation.map(c -> c.start() - begin + 1).orElse(0L));
    column("cancelTook").add(cancellation.map(c -> c.duration()).orElse(0L));
    column("cancelReason").add(cancellation.map(c -> texts.number(c.reason())).orElse(0));
    column("cancelBy").add(cancellation.map(c -> texts.number(c.byName())).orElse(0));
    column("swallowed").add(cancellation.map(c -> texts.number(c.swallowed())).orElse(0));
  }

  /// {@return 0 for no node, else its place and one more}
  private int reference(int node) {
    return node < 0 ? 0 : places[node] + 1;
  }

  /// A wait, and whose.
  private record NodeWait(int node, Wait what) {}

  private void addWaits() {
    int last = 0;
    for (var waited : longestWaits()) {
      int place = places[waited.node];
      var wait = waited.what;
      column("waitTask").addSigned((long) place - last);
      column("waitStart").addSigned(wait.start() - graph.run(waited.node).start());
      column("waitDuration").add(wait.duration());
      column("waitKind").add(texts.number(wait.kind()));
      column("waitOn").add(texts.number(wait.on()));
      column("waitHolder")
          .add(reference(graph.find(graph.process(waited.node), wait.holder(), wait.end())));
      last = place;
    }
  }

  private List<NodeWait> longestWaits() {
    List<NodeWait> all = new ArrayList<>();
    for (int node : order) {
      graph.waits(node).forEach(wait -> all.add(new NodeWait(node, wait)));
    }
    if (all.size() <= MOST_WAITS) {
      return all;
    }
    notes.add("only the " + MOST_WAITS + " longest of " + all.size() + " waits are shown");
    return all.stream()
        .sorted(Comparator.<NodeWait>comparingLong(w -> w.what.duration()).reversed())
        .limit(MOST_WAITS)
        .sorted(Comparator.comparingInt(w -> places[w.node]))
        .toList();
  }

  private Map<String, Object> json() {
    Map<String, Object> lengths = new LinkedHashMap<>();
    columns.forEach((name, column) -> lengths.put(name, column.bytes().length));
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("beginMillis", begin / 1_000_000);
    all.put("tasks", graph.size());
    all.put("waits", columns.containsKey("waitTask") ? countOfWaits() : 0);
    all.put("processes", recording.processes().stream().map(Lanes::title).toList());
    all.put(
        "sections",
        lanes.sections().stream()
            .map(
                section ->
                    Map.of(
                        "process", section.process(),
                        "kind", section.kind(),
                        "name", section.name(),
                        "lanes", lanes.lanes(section)))
            .toList());
    all.put("notes", notes);
    all.put("columns", lengths);
    all.put("texts", texts.all());
    return all;
  }

  private int countOfWaits() {
    int count = 0;
    for (int node : order) {
      count += graph.waits(node).size();
    }
    return Math.min(count, MOST_WAITS);
  }
}
