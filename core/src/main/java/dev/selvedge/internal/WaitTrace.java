package dev.selvedge.internal;

import dev.selvedge.internal.Holders.Holder;
import dev.selvedge.internal.recording.TaskWait;
import dev.selvedge.internal.recording.Texts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a recording knows of one wait, while it lasts; used by the waiting thread only. A task that
/// runs in place of the wait ends it, and a new one begins.
public final class WaitTrace {
  private final WaitKind kind;
  private final Object blocker;
  private final @Nullable TaskImpl<?> task;
  private final long holder;
  private final long since = System.nanoTime();
  private final TaskWait event = new TaskWait();
  private long parked;

  private WaitTrace(WaitKind kind, Object blocker) {
    TaskImpl<?> me = TaskImpl.current();
    this.kind = kind;
    this.blocker = blocker;
    this.task = me == null ? null : me.recorded();
    this.holder = holder(kind, blocker);
    event.begin();
  }

  /// Begins to record a wait of this thread.
  ///
  /// @return null if nobody records
  public static @Nullable WaitTrace begin(WaitKind kind, Object blocker) {
    if (!Tracing.recordsWaits()) {
      return null;
    }
    try {
      return new WaitTrace(kind, blocker);
    } catch (Throwable lost) {
      return null; // what is recorded is not worth a wait
    }
  }

  /// The wait lasts until now, or longer.
  void lasts() {
    parked = System.nanoTime() - since;
    event.end();
  }

  /// The wait is over, at the time when it was last said to last.
  void close() {
    try {
      TaskTrace trace = task == null ? null : task.trace();
      if (trace != null) {
        trace.parked(parked);
      }
      if (event.shouldCommit()) {
        commit();
      }
    } catch (Throwable lost) {
      // as above
    }
  }

  /// The wait is over now.
  public void end() {
    lasts();
    close();
  }

  private void commit() {
    event.task = task == null ? 0 : task.id();
    event.name =
        task == null ? Texts.cut(Problems.threadName(Thread.currentThread())) : task.recordedName();
    event.kind = kind.text();
    event.on = Texts.cut(describe(blocker));
    event.holder = holder;
    event.commit();
  }

  /// Only where the answer costs nothing: a group may have many tasks, and a limit many holders.
  private static long holder(WaitKind kind, Object blocker) {
    TaskImpl<?> holder = null;
    if (blocker instanceof TaskImpl<?> awaited) {
      holder = awaited;
    } else if (kind == WaitKind.LOCK) {
      List<Holder> holders = Holders.of(blocker);
      holder = holders.isEmpty() ? null : holders.getFirst().task();
    }
    return holder == null ? 0 : holder.recorded().id();
  }

  private static String describe(Object blocker) {
    return switch (blocker) {
      case TaskImpl<?> awaited -> awaited.path();
      case GroupImpl group -> group.path();
      case List<?> tasks -> tasks.size() + " tasks";
      case Mapping.DoneQueue<?> tasks -> "the next of several tasks";
      case Class<?> none -> "";
      default ->
          blocker.getClass().getSimpleName()
              + "@"
              + Integer.toHexString(System.identityHashCode(blocker));
    };
  }
}
