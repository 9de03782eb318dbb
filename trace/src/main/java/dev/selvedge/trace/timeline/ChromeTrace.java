package dev.selvedge.trace.timeline;

import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.TaskGraph;
import java.io.IOException;
import java.io.Writer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes a recording in the trace format of Chrome, which Perfetto's page opens, too.
///
/// A process of the recording is a process there, a lane is a thread. Tasks are complete events
/// (`X`), and their waits are such events in them. Arrows (`s`, `f`) go from a task to those that
/// it forked, and from who cancelled a task to that task. Times there are microseconds.
public final class ChromeTrace {
  private static final String FORK = "fork";
  private static final String CANCEL = "cancel";

  private final Recording recording;
  private final TaskGraph graph;
  private final Lanes lanes;
  private final JsonGenerator json;
  private long begin = Long.MAX_VALUE;
  private long arrows;

  private ChromeTrace(Recording recording, JsonGenerator json) {
    this.recording = recording;
    this.graph = TaskGraph.of(recording);
    this.lanes = new Lanes(graph);
    this.json = json;
  }

  /// Writes the whole trace; it is never in memory as a whole.
  public static void write(Recording recording, Writer out) throws IOException {
    try (var json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      new ChromeTrace(recording, json).write();
    }
  }

  private void write() {
    for (int node = 0; node < graph.size(); node++) {
      begin = Math.min(begin, graph.run(node).submitted());
    }
    json.writeStartObject();
    json.writeStringProperty("displayTimeUnit", "ms");
    json.writeName("traceEvents");
    json.writeStartArray();
    writeNames();
    for (int node = 0; node < graph.size(); node++) {
      writeTask(node);
      writeWaits(node);
      writeArrows(node);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void writeNames() {
    for (int process = 0; process < recording.processes().size(); process++) {
      writeName("process_name", process, 0, Lanes.title(recording.processes().get(process)));
    }
    int thread = 1;
    for (var section : lanes.sections()) {
      for (int lane = 0; lane < lanes.lanes(section); lane++) {
        writeName("thread_name", section.process(), thread, section.kind() + " " + section.name());
        thread++;
      }
    }
  }

  private void writeName(String what, int process, int thread, String name) {
    json.writeStartObject();
    json.writeStringProperty("ph", "M");
    json.writeStringProperty("name", what);
    writePlace(process, thread);
    json.writeName("args");
    json.writeStartObject();
    json.writeStringProperty("name", name);
    json.writeEndObject();
    json.writeEndObject();
  }

  private void writePlace(int process, int thread) {
    long pid = recording.processes().get(process).pid();
    json.writeNumberProperty("pid", pid == 0 ? process + 1 : pid);
    json.writeNumberProperty("tid", thread);
  }

  private void writePlace(int node) {
    writePlace(graph.process(node), lanes.laneOf(node) + 1);
  }

  private void writeTask(int node) {
    var run = graph.run(node);
    writeComplete(node, run.name(), "task," + run.outcome().word(), run.start(), run.duration());
    json.writeName("args");
    json.writeStartObject();
    json.writeNumberProperty("task", run.task());
    json.writeStringProperty("outcome", run.outcome().word());
    json.writeNumberProperty("queued_us", micros(run.queued()));
    json.writeNumberProperty("blocked_us", micros(run.blocked()));
    if (!run.exception().isEmpty()) {
      json.writeStringProperty("exception", run.exception());
    }
    if (run.attempt() > 1) {
      json.writeNumberProperty("attempt", run.attempt());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private void writeComplete(int node, String name, String category, long start, long duration) {
    json.writeStartObject();
    json.writeStringProperty("ph", "X");
    json.writeStringProperty("name", name);
    json.writeStringProperty("cat", category);
    writePlace(node);
    json.writeNumberProperty("ts", micros(start - begin));
    json.writeNumberProperty("dur", micros(duration));
  }

  private void writeWaits(int node) {
    for (var wait : graph.waits(node)) {
      writeComplete(node, "blocked: " + wait.kind(), "wait", wait.start(), wait.duration());
      json.writeName("args");
      json.writeStartObject();
      json.writeStringProperty("on", wait.on());
      json.writeEndObject();
      json.writeEndObject();
    }
  }

  private void writeArrows(int node) {
    var run = graph.run(node);
    int parent = graph.parent(node);
    if (parent >= 0) {
      writeArrow(FORK, parent, run.submitted(), node, run.start());
    }
    int canceller = graph.canceller(node);
    if (canceller >= 0) {
      long at = graph.cancellation(node).orElseThrow().start();
      writeArrow(CANCEL, canceller, at, node, Math.max(at, run.start()));
    }
  }

  private void writeArrow(String name, int from, long fromTime, int to, long toTime) {
    arrows++;
    writeArrowEnd("s", name, from, fromTime);
    json.writeEndObject();
    writeArrowEnd("f", name, to, toTime);
    json.writeStringProperty("bp", "e");
    json.writeEndObject();
  }

  private void writeArrowEnd(String phase, String name, int node, long time) {
    json.writeStartObject();
    json.writeStringProperty("ph", phase);
    json.writeStringProperty("name", name);
    json.writeStringProperty("cat", name);
    json.writeNumberProperty("id", arrows);
    writePlace(node);
    json.writeNumberProperty("ts", micros(time - begin));
  }

  private static double micros(long nanos) {
    return nanos / 1e3;
  }
}
