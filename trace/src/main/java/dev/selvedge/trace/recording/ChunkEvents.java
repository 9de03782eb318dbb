package dev.selvedge.trace.recording;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;

/// The events of one process, in the order in which they come; not thread-safe.
final class ChunkEvents {
  private static final int FRAMES = 20;
  private static final String UNNAMED = "task-";

  private final EventFields fields;
  private final List<TaskRun> tasks = new ArrayList<>();
  private final List<GroupRun> groups = new ArrayList<>();
  private final List<Cancellation> cancellations = new ArrayList<>();
  private final List<Wait> waits = new ArrayList<>();
  private final List<PoolSample> samples = new ArrayList<>();
  private final List<LoopStall> stalls = new ArrayList<>();
  private final List<Transfer> transfers = new ArrayList<>();
  private final List<Drop> drops = new ArrayList<>();
  private final JdkWaits jdkWaits = new JdkWaits();
  private long pid;
  private long started;
  private String command = "";

  ChunkEvents(EventFields fields) {
    this.fields = fields;
  }

  long pid() {
    return pid;
  }

  long started() {
    return started;
  }

  void add(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case "selvedge.TaskRun" -> tasks.add(taskRun(event));
      case "selvedge.Group" -> groups.add(groupRun(event));
      case "selvedge.Cancel" -> cancellations.add(cancellation(event));
      case "selvedge.TaskWait" -> waits.add(taskWait(event));
      case "selvedge.PoolSample" -> samples.add(poolSample(event));
      case "selvedge.LoopStall" -> stalls.add(loopStall(event));
      case "selvedge.Transfer" -> transfers.add(transfer(event));
      case "selvedge.Dropped" ->
          drops.add(new Drop(fields.text(event, "what"), EventFields.number(event, "count")));
      case "jdk.JVMInformation" -> jvm(event);
      case "jdk.ThreadSleep" -> jdkWaits.add(event, "sleep", "Thread.sleep");
      case "jdk.SocketRead", "jdk.SocketWrite" ->
          jdkWaits.add(event, "io", fields.text(event, "host") + port(event));
      default -> {}
    }
  }

  /// Takes over what another chunk of the same process has.
  void addAll(ChunkEvents other) {
    tasks.addAll(other.tasks);
    groups.addAll(other.groups);
    cancellations.addAll(other.cancellations);
    waits.addAll(other.waits);
    samples.addAll(other.samples);
    stalls.addAll(other.stalls);
    transfers.addAll(other.transfers);
    drops.addAll(other.drops);
    jdkWaits.addAll(other.jdkWaits);
    pid = other.pid;
    started = other.started;
    command = other.command;
  }

  RecordedProcess process() {
    List<Wait> all = new ArrayList<>(waits);
    all.addAll(jdkWaits.of(tasks, waits));
    return new RecordedProcess(
        pid,
        started,
        command,
        inOrder(tasks, TaskRun::start),
        inOrder(groups, GroupRun::start),
        inOrder(cancellations, Cancellation::start),
        inOrder(all, Wait::start),
        inOrder(samples, PoolSample::at),
        inOrder(stalls, LoopStall::start),
        inOrder(transfers, Transfer::at),
        drops);
  }

  private static <T> List<T> inOrder(List<T> list, ToLongFunction<T> time) {
    return list.stream().sorted(Comparator.comparingLong(time)).toList();
  }

  private TaskRun taskRun(RecordedEvent event) {
    long task = EventFields.number(event, "task");
    var name = fields.text(event, "name");
    long duration = EventFields.duration(event);
    return new TaskRun(
        task,
        name.isEmpty() ? fields.kept(UNNAMED + task) : name,
        EventFields.number(event, "parent"),
        EventFields.number(event, "group"),
        fields.text(event, "pool"),
        fields.text(event, "worker"),
        EventFields.start(event),
        duration,
        Math.max(0, EventFields.number(event, "queued")),
        Math.clamp(EventFields.number(event, "blocked"), 0, duration),
        (int) Math.max(1, EventFields.number(event, "attempt")),
        Outcome.of(fields.text(event, "outcome")),
        fields.text(event, "exception"),
        EventFields.flag(event, "started", true),
        EventFields.thread(event));
  }

  private GroupRun groupRun(RecordedEvent event) {
    return new GroupRun(
        EventFields.number(event, "group"),
        fields.text(event, "name"),
        EventFields.number(event, "owner"),
        fields.text(event, "pool"),
        EventFields.start(event),
        EventFields.duration(event),
        EventFields.number(event, "limit"),
        EventFields.number(event, "forked"),
        Outcome.of(fields.text(event, "outcome")));
  }

  private Cancellation cancellation(RecordedEvent event) {
    return new Cancellation(
        EventFields.number(event, "task"),
        fields.text(event, "name"),
        fields.text(event, "reason"),
        EventFields.number(event, "by"),
        fields.text(event, "byName"),
        EventFields.number(event, "byGroup"),
        EventFields.start(event),
        EventFields.duration(event),
        fields.text(event, "swallowed"));
  }

  private Wait taskWait(RecordedEvent event) {
    var kind = fields.text(event, "kind");
    return new Wait(
        EventFields.number(event, "task"),
        kind.isEmpty() ? "other" : kind,
        fields.text(event, "on"),
        EventFields.number(event, "holder"),
        EventFields.start(event),
        EventFields.duration(event));
  }

  private PoolSample poolSample(RecordedEvent event) {
    return new PoolSample(
        EventFields.start(event),
        fields.text(event, "pool"),
        EventFields.number(event, "threads"),
        EventFields.number(event, "running"),
        EventFields.number(event, "queued"),
        EventFields.number(event, "done"));
  }

  private LoopStall loopStall(RecordedEvent event) {
    return new LoopStall(
        fields.text(event, "loop"),
        EventFields.number(event, "task"),
        fields.text(event, "name"),
        EventFields.start(event),
        EventFields.duration(event),
        stack(event));
  }

  private Transfer transfer(RecordedEvent event) {
    return new Transfer(
        EventFields.start(event),
        EventFields.number(event, "task"),
        fields.text(event, "pool"),
        fields.text(event, "worker"),
        fields.text(event, "direction"),
        EventFields.number(event, "bytes"),
        EventFields.number(event, "serialization"));
  }

  private void jvm(RecordedEvent event) {
    pid = EventFields.number(event, "pid");
    started = EventFields.number(event, "jvmStartTime") * 1_000_000L;
    command = fields.text(event, "javaArguments");
  }

  private static String port(RecordedEvent event) {
    return ":" + EventFields.number(event, "port");
  }

  private static String stack(RecordedEvent event) {
    RecordedStackTrace stack = event.getStackTrace();
    return stack == null
        ? ""
        : stack.getFrames().stream()
            .filter(RecordedFrame::isJavaFrame)
            .limit(FRAMES)
            .map(ChunkEvents::line)
            .collect(Collectors.joining("\n"));
  }

  private static String line(RecordedFrame frame) {
    var method = frame.getMethod();
    return method.getType().getName() + "." + method.getName() + ":" + frame.getLineNumber();
  }
}
