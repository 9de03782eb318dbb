package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.internal.recording.Cancel;
import dev.selvedge.internal.recording.Recorder;
import dev.selvedge.internal.recording.TaskRun;
import dev.selvedge.internal.recording.Texts;
import dev.selvedge.spi.RemoteWork;
import org.jspecify.annotations.Nullable;

/// What a recording knows of one task while it lives; there is none where nobody records.
///
/// The task has it from its creation on, or, if the recording began later, from the moment that
/// something was to be noted; then what came before is unknown. A canceller writes `cancel` in the
/// task's monitor, before the state tells of the cancellation. Everything else is written by the
/// thread that runs the task, or, where it runs elsewhere, by those that begin and report it.
final class TaskTrace {
  private static final long UNKNOWN = Long.MIN_VALUE;

  private final String name;
  private final long submitted;
  private boolean started;
  private @Nullable RemoteWork remote;
  private @Nullable TaskRun run;
  private @Nullable Cancel cancel;
  private long begun;
  private long queued;
  private long blocked;
  private int attempt = 1;

  private TaskTrace(String name, long submitted) {
    this.name = name;
    this.submitted = submitted;
  }

  /// {@return what is known of a task that is being made}
  static TaskTrace ofNew(@Nullable String name, Object work) {
    String known = nameOf(name, work); // which takes time once for each place
    return new TaskTrace(known, System.nanoTime());
  }

  /// {@return what is known of a task that was there before somebody recorded}
  static TaskTrace ofOld(@Nullable String name, @Nullable Object work) {
    return new TaskTrace(nameOf(name, work), UNKNOWN);
  }

  /// {@return the name of a task, or the place of its code}
  static String nameOf(@Nullable String name, @Nullable Object work) {
    return Texts.cut(name != null ? name : Place.of(work));
  }

  String name() {
    return name;
  }

  /// The code of the task begins to run.
  ///
  /// @param elsewhere where, or null if it is on this thread
  void started(@Nullable RemoteWork elsewhere) {
    started = true;
    remote = elsewhere;
    begin();
    queued = submitted == UNKNOWN ? 0 : begun - submitted;
  }

  private void begin() {
    begun = System.nanoTime();
    if (Recorder.recordsRuns()) {
      TaskRun next = new TaskRun();
      next.begin();
      run = next;
    }
  }

  /// An attempt of the task has failed, and there will be another one.
  void retrying(TaskImpl<?> task, Throwable failure) {
    TaskRun failed = run;
    if (failed != null) {
      commit(task, failed, "failed", failure);
    }
    attempt++;
    queued = 0;
    blocked = 0;
    begin();
  }

  /// The task was parked in a wait.
  void parked(long nanos) {
    blocked += nanos;
  }

  /// Somebody asks for the cancellation of the task.
  void cancelling(TaskImpl<?> task, CancelReason why) {
    if (!Recorder.recordsCancels()) {
      return;
    }
    Cancel request = new Cancel();
    request.begin();
    TaskImpl<?> me = TaskImpl.current();
    request.by = me == null ? 0 : me.recorded().id();
    request.byName =
        me == null ? Problems.threadName(Thread.currentThread()) : me.recorded().recordedName();
    request.byGroup =
        task.owner() instanceof GroupImpl group && group.passesOn(why) ? group.id() : 0;
    cancel = request;
  }

  /// The task is done.
  void ended(TaskImpl<?> task) {
    TaskRun ending = run;
    if (ending != null) {
      commit(task, ending, task.outcomeName(), task.thrown());
      run = null;
    } else if (Recorder.recordsRuns()
        && !started
        && (submitted != UNKNOWN || task.endedInQueue())) {
      begun = System.nanoTime();
      queued = submitted == UNKNOWN ? 0 : begun - submitted;
      commit(task, new TaskRun(), task.outcomeName(), task.thrown());
    } else if (Recorder.recordsRuns()) {
      RecordingHooks.set().hadBegunEarlier();
    }
    cancelled(task);
  }

  /// The code of the task has stopped; if it was cancelled, that is recorded now.
  void cancelled(TaskImpl<?> task) {
    Cancel request = cancel;
    cancel = null;
    // it may have come too late, and have been taken back
    CancelReason why = request == null ? null : task.cancelReason().orElse(null);
    if (request != null && why != null) {
      request.task = task.id();
      request.name = name;
      request.reason = Texts.cut(why.describe());
      request.commit();
    }
  }

  private void commit(TaskImpl<?> task, TaskRun event, String outcome, @Nullable Throwable thrown) {
    event.end();
    TaskImpl<?> parent = task.parent() == null ? null : task.parent().recorded();
    event.task = task.id();
    event.name = name;
    event.parent = parent == null || parent.isBody() ? 0 : parent.id();
    event.worker = remote == null ? null : remote.worker();
    if (task.owner() instanceof PoolTasks pool && pool.worker() != null) {
      event.parent = pool.caller();
      event.worker = pool.worker();
    }
    event.group = task.owner() instanceof GroupImpl group ? group.id() : 0;
    event.pool = Texts.cut(task.owner().pool().name());
    event.queued = queued;
    event.blocked = blocked;
    event.attempt = attempt;
    event.outcome = outcome;
    event.exception = thrown == null ? null : thrown.getClass().getName();
    event.started = started;
    ShortRuns.record(event, System.nanoTime() - begun);
  }
}
