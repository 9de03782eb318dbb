package dev.selvedge.internal;

import dev.selvedge.internal.recording.TaskRun;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The runs of short tasks on virtual threads, which are recorded some at a time.
///
/// The first event of a thread makes the recorder note the thread, which costs more than the event
/// does; and a virtual thread mostly has one task only. So it leaves the run here, and the one that
/// completes a batch records all of it. What is lost is the thread, which nobody could look for any
/// more. A task that took longer is recorded by its own thread, so that the JDK can tell in which
/// task its own events happened: of these, none is shorter than a millisecond by default.
final class ShortRuns {
  private static final long LONGEST_NANOS = 1_000_000;
  private static final int BATCH = 64;

  private static final AtomicReference<@Nullable TaskRun> LAST = new AtomicReference<>();

  private ShortRuns() {}

  /// Records a run that has ended on this thread just now, at once or later.
  ///
  /// @param nanos how long it took
  static void record(TaskRun run, long nanos) {
    if (nanos >= LONGEST_NANOS || !Thread.currentThread().isVirtual()) {
      run.commit();
      return;
    }
    TaskRun before;
    do {
      before = LAST.get();
      run.before = before;
      run.count = before == null ? 1 : before.count + 1;
    } while (!LAST.compareAndSet(before, run));
    if (run.count == BATCH) {
      flush();
    }
  }

  /// Records all that are left.
  static void flush() {
    for (TaskRun run = LAST.getAndSet(null); run != null; run = run.before) {
      run.commit();
    }
  }
}
