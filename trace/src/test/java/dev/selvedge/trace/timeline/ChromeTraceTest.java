package dev.selvedge.trace.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.recording.Outcome;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.SampleProcess;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

final class ChromeTraceTest {
  private static List<Map<?, ?>> events(Recording recording) throws Exception {
    var out = new StringWriter();
    ChromeTrace.write(recording, out);
    var trace = JSON.std.mapFrom(out.toString());
    List<Map<?, ?>> events = new ArrayList<>();
    for (var event : (List<?>) Objects.requireNonNull(trace.get("traceEvents"))) {
      events.add((Map<?, ?>) event);
    }
    return events;
  }

  private static List<Map<?, ?>> of(List<Map<?, ?>> events, String phase, String category) {
    return events.stream()
        .filter(event -> phase.equals(event.get("ph")))
        .filter(
            event -> category.isEmpty() || String.valueOf(event.get("cat")).startsWith(category))
        .toList();
  }

  private static double number(Map<?, ?> event, String member) {
    return ((Number) Objects.requireNonNull(event.get(member))).doubleValue();
  }

  @Test
  void aTaskIsACompleteEventInMicroseconds() throws Exception {
    var events =
        events(SampleProcess.recording(new SampleProcess(7).task(1, "a \"task\"", 0, 0, 5, 25)));
    var task = of(events, "X", "task").getFirst();
    assertEquals("a \"task\"", task.get("name"));
    assertEquals(7, task.get("pid"));
    assertEquals(5000.0, number(task, "ts"));
    assertEquals(20000.0, number(task, "dur"));
    assertEquals(5000.0, number((Map<?, ?>) Objects.requireNonNull(task.get("args")), "queued_us"));
  }

  @Test
  void eachProcessAndLaneHasAName() throws Exception {
    var events = events(Samples.crawl());
    var tasks = of(events, "X", "task");
    var named = new HashSet<Object>();
    for (var name : of(events, "M", "")) {
      if ("thread_name".equals(name.get("name"))) {
        assertTrue(named.add(name.get("tid")), "two names for a lane");
      }
    }
    tasks.forEach(task -> assertTrue(named.contains(task.get("tid")), "no name: " + task));
    assertEquals(25, tasks.size());
  }

  @Test
  void arrowsGoFromParentsToChildren() throws Exception {
    var recording =
        SampleProcess.recording(
            new SampleProcess(1).task(1, "parent", 0, 0, 0, 100).task(2, "child", 1, 10, 20, 30));
    var events = events(recording);
    var begin = of(events, "s", "fork").getFirst();
    var end = of(events, "f", "fork").getFirst();
    assertEquals(begin.get("id"), end.get("id"));
    assertEquals(10_000.0, number(begin, "ts"));
    assertEquals(20_000.0, number(end, "ts"));
    assertEquals(of(events, "X", "task").getFirst().get("tid"), begin.get("tid"));
    assertEquals(of(events, "X", "task").getLast().get("tid"), end.get("tid"));
  }

  @Test
  void arrowsGoFromCancellersToCancelledTasks() throws Exception {
    var recording =
        SampleProcess.recording(
            new SampleProcess(1)
                .task(1, "canceller", 0, 0, 0, 100)
                .task(2, "cancelled", 0, 0, 0, 0, 50, Outcome.CANCELLED)
                .cancel(2, "cancelled", 1, 40, 50, ""));
    var events = events(recording);
    assertEquals(40_000.0, number(of(events, "s", "cancel").getFirst(), "ts"));
    assertEquals(1, of(events, "f", "cancel").size());
  }

  @Test
  void tasksInALaneDoNotOverlap() throws Exception {
    var ends = new HashMap<Object, Double>();
    for (var task : of(events(Samples.many(5000)), "X", "task")) {
      var lane = task.get("tid");
      assertTrue(ends.getOrDefault(lane, 0.0) <= number(task, "ts"), "overlaps: " + task);
      ends.put(lane, number(task, "ts") + number(task, "dur"));
    }
    assertTrue(ends.size() <= 2 * 16, "lanes: " + ends.size());
  }
}
