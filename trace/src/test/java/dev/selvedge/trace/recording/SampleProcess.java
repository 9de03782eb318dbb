package dev.selvedge.trace.recording;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes recordings without recording anything; times are milliseconds after some moment.
public final class SampleProcess {
  private static final long MOMENT = 1_700_000_000_000L;
  private static final long MS = 1_000_000;

  private final long pid;
  private final List<TaskRun> tasks = new ArrayList<>();
  private final List<GroupRun> groups = new ArrayList<>();
  private final List<Cancellation> cancellations = new ArrayList<>();
  private final List<Wait> waits = new ArrayList<>();
  private final Map<Long, Long> blocked = new HashMap<>();
  private final List<Drop> drops = new ArrayList<>();

  public SampleProcess(long pid) {
    this.pid = pid;
  }

  public static Recording recording(SampleProcess... processes) {
    return new Recording(
        List.of(processes).stream().map(SampleProcess::recorded).toList(), List.of());
  }

  private RecordedProcess recorded() {
    return new RecordedProcess(
        pid,
        MOMENT * MS,
        "Main",
        tasks,
        groups,
        cancellations,
        waits,
        List.of(),
        List.of(),
        List.of(),
        drops);
  }

  /// A task that succeeded.
  public SampleProcess task(
      long id, String name, long parent, long submitted, long start, long end) {
    return task(id, name, parent, 0, submitted, start, end, Outcome.SUCCEEDED);
  }

  public SampleProcess task(
      long id,
      String name,
      long parent,
      long group,
      long submitted,
      long start,
      long end,
      Outcome outcome) {
    tasks.add(
        new TaskRun(
            id,
            name,
            parent,
            group,
            "threads",
            "",
            at(start),
            (end - start) * MS,
            (start - submitted) * MS,
            blocked.getOrDefault(id, 0L),
            1,
            outcome,
            outcome == Outcome.FAILED ? "java.io.IOException" : "",
            start < end,
            1));
    return this;
  }

  /// To be called before the task is added.
  public SampleProcess wait(long task, String kind, long holder, long start, long end) {
    blocked.merge(task, (end - start) * MS, Long::sum);
    waits.add(new Wait(task, kind, kind + " of something", holder, at(start), (end - start) * MS));
    return this;
  }

  public SampleProcess group(long group, String name, long owner, long start, long end) {
    groups.add(
        new GroupRun(
            group, name, owner, "threads", at(start), (end - start) * MS, 0, 0, Outcome.SUCCEEDED));
    return this;
  }

  public SampleProcess cancel(
      long task, String name, long by, long start, long end, String swallowed) {
    cancellations.add(
        new Cancellation(
            task, name, "asked to", by, "task " + by, 0, at(start), (end - start) * MS, swallowed));
    return this;
  }

  public SampleProcess drop(String what, long count) {
    drops.add(new Drop(what, count));
    return this;
  }

  private static long at(long millis) {
    return (MOMENT + millis) * MS;
  }
}
