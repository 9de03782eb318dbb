package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Task;
import dev.selvedge.internal.recording.Group;
import dev.selvedge.internal.recording.Recorder;
import dev.selvedge.internal.recording.Texts;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.RemoteWork;
import dev.selvedge.spi.TaskObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The hooks for [TaskObserver] and for recordings. Off, each is a read of one field that never
/// changes, and a branch that is never taken.
///
/// What goes wrong while something is recorded, even for want of memory, must not disturb the task.
public final class Tracing {
  /// False only under `-Dselvedge.tracing=never`, which lets the compiler remove the hooks: what
  /// the benchmark compares with.
  private static final boolean POSSIBLE = !"never".equals(System.getProperty("selvedge.tracing"));

  private static volatile @Nullable TaskObserver observer;

  private Tracing() {}

  /// Installs the observer of this JVM; see [TaskObserver#install].
  public static synchronized @Nullable TaskObserver install(@Nullable TaskObserver next) {
    TaskObserver before = observer;
    observer = next;
    return before;
  }

  /// {@return whether somebody looks or records}
  public static boolean isOn() {
    return POSSIBLE && (observer != null || Recorder.recordsRuns());
  }

  static void submitted(Task<?> task) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.submitted(task));
    }
  }

  /// {@return what a recording shall know of a task that is being made, or null}
  static @Nullable TaskTrace traceOfNew(@Nullable String name, Object work) {
    return POSSIBLE && Recorder.recordsRuns() ? newTrace(name, work) : null;
  }

  private static @Nullable TaskTrace newTrace(@Nullable String name, Object work) {
    try {
      RecordingHooks.set();
      return TaskTrace.ofNew(name, work);
    } catch (Throwable lost) {
      return null;
    }
  }

  /// @param elsewhere where it runs, or null if on this thread
  static void started(TaskImpl<?> task, @Nullable RemoteWork elsewhere) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.started(task));
    }
    if (POSSIBLE && (task.trace() != null || Recorder.recordsRuns())) {
      record(task, trace -> trace.started(elsewhere));
    }
  }

  /// Says that what a pool runs, one task at a time, comes from another process.
  ///
  /// @param worker what that one calls this process
  public static void isWorker(AbstractPool pool, String worker) {
    PoolTasks.of(pool).worker(worker);
  }

  /// Says for which task of the other process the next one runs.
  public static void runsFor(AbstractPool pool, long task) {
    PoolTasks.of(pool).caller(task);
  }

  static boolean recordsWaits() {
    return POSSIBLE && (Recorder.recordsWaits() || Recorder.recordsRuns());
  }

  /// An attempt of the current task has failed, and there will be another one.
  public static void retrying(Throwable failure) {
    TaskImpl<?> me = POSSIBLE && Recorder.recordsRuns() ? TaskImpl.current() : null;
    if (me != null && !me.recorded().isBody()) {
      record(me.recorded(), trace -> trace.retrying(me.recorded(), failure));
    }
  }

  /// Called before the state of the task tells of its cancellation.
  static void requesting(TaskImpl<?> task, CancelReason why) {
    if (POSSIBLE && Recorder.recordsCancels()) {
      record(task, trace -> trace.cancelling(task, why));
    }
  }

  static void cancelling(Task<?> task, CancelReason why) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.cancelling(task, why));
    }
  }

  /// The code of a group's body has stopped, which was cancelled.
  static void stopped(TaskImpl<?> body) {
    if (POSSIBLE && body.trace() != null) {
      record(body, trace -> trace.cancelled(body));
    }
  }

  static void ended(TaskImpl<?> task) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.ended(task));
    }
    if (POSSIBLE && (task.trace() != null || Recorder.recordsRuns())) {
      record(task, trace -> trace.ended(task));
    }
  }

  /// {@return what records the group that this thread opens, or null}
  static @Nullable Group opened() {
    if (!POSSIBLE || !Recorder.recordsGroups()) {
      return null;
    }
    Group opened = new Group();
    opened.begin();
    return opened;
  }

  static void closed(GroupImpl group, @Nullable Group opened, String outcome) {
    if (opened != null) {
      TaskImpl<?> owner = group.outer();
      opened.group = group.id();
      opened.name = Texts.cut(group.name());
      opened.owner = owner == null ? 0 : owner.recorded().id();
      opened.pool = Texts.cut(group.pool().name());
      opened.limit = group.limit();
      opened.forked = group.taken();
      opened.outcome = outcome;
      opened.commit();
    }
  }

  private static void record(TaskImpl<?> task, Consumer<TaskTrace> what) {
    try {
      if (!(task.owner() instanceof OuterTasks)) { // those run nothing
        TaskTrace known = task.trace();
        what.accept(known != null ? known : task.traced());
      }
    } catch (Throwable lost) {
      // what is recorded is not worth a task
    }
  }

  private static void tell(Consumer<TaskObserver> what) {
    TaskObserver to = observer;
    if (to != null) {
      Problems.guard("the task observer", () -> what.accept(to));
    }
  }
}
