package dev.selvedge.loop.internal;

import dev.selvedge.Task;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.TaskImpl;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Warns of steps that take long: while one does, with the stack of what it does at that moment,
/// and when it has ended, with the time that it took.
///
/// A thread of its own looks several times in each period, so that it sees also a coroutine that
/// never waits. Who runs steps writes when its step began, and zero when it has ended; a step that
/// is still the same behind the look at its stack is the one whose stack it was.
final class StepWatch {
  private static final int LOOKS = 8;
  private static final long SHORTEST_PAUSE_NANOS = 100_000;

  private final String loop;
  private final long threshold;
  private final Thread watcher;

  private volatile long began; // or 0 between two steps
  private volatile @Nullable Runnable step;
  private volatile boolean stopped;

  /// Whom the last report named; who has ended within its step cannot be told any more.
  private volatile String reported = "a coroutine";

  private volatile @Nullable Runnable reportedStep; // written behind `reported`

  private StepWatch(String loop, Duration threshold) {
    this.loop = loop;
    this.threshold = threshold.toNanos();
    this.watcher = new Thread(null, this::watch, "selvedge-" + loop + "-watch", 0, false);
    watcher.setDaemon(true);
  }

  static StepWatch start(String loop, Duration threshold) {
    StepWatch watch = new StepWatch(loop, threshold);
    watch.watcher.start();
    return watch;
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(watcher);
  }

  /// Makes a step.
  void run(Runnable made) {
    long start = begin(made);
    try {
      made.run();
    } finally {
      end(made, start);
    }
  }

  /// Notes that a step begins.
  ///
  /// @param made what the JDK runs, or the thread that makes the step
  /// @return what [#end] wants
  long begin(Runnable made) {
    long start = System.nanoTime() | 1; // never 0
    step = made;
    began = start;
    return start;
  }

  /// Notes that it has ended.
  @SuppressWarnings("ReferenceEquality") // the very step
  void end(Runnable made, long start) {
    began = 0;
    long took = System.nanoTime() - start;
    if (took >= threshold) {
      String who = made == reportedStep ? reported : described(threadOf(made));
      Problems.warn("a step of " + who + " held the event loop '" + loop + "' for " + millis(took));
    }
  }

  private static @Nullable Thread threadOf(Runnable made) {
    return made instanceof Thread thread ? thread : VirtualThreads.threadOf(made);
  }

  private void watch() {
    long last = 0;
    while (!stopped) {
      LockSupport.parkNanos(this, Math.max(SHORTEST_PAUSE_NANOS, threshold / LOOKS));
      long start = began;
      if (start != 0 && start != last && System.nanoTime() - start >= threshold) {
        report(start);
        last = start;
      }
    }
  }

  private void report(long start) {
    Runnable made = step;
    Thread thread = made == null ? null : threadOf(made);
    if (thread == null) {
      return;
    }
    String who = described(thread);
    StackTraceElement[] stack = thread.getStackTrace();
    if (began != start) {
      return;
    }
    reported = who;
    reportedStep = made;
    StringBuilder text =
        new StringBuilder(
            who
                + " has held the event loop '"
                + loop
                + "' for "
                + millis(System.nanoTime() - start)
                + ", and nothing else runs there meanwhile; let it wait, or use EventLoop.offload");
    for (StackTraceElement frame : stack) {
      text.append("\n\tat ").append(frame);
    }
    Problems.warn(text.toString());
  }

  private static String millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
  }

  private static String described(@Nullable Thread thread) {
    if (thread == null) {
      return "a coroutine";
    }
    return thread.getUncaughtExceptionHandler() instanceof TaskImpl<?> task
        ? "'" + ((Task<?>) task).path() + "'"
        : "thread #" + thread.threadId() + " " + thread.getName();
  }
}
