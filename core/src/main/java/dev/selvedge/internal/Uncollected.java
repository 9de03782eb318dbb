package dev.selvedge.internal;

import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/// A failure that nobody has asked for yet. It is reported when its task can be reached no more, as
/// nobody can ask for it then.
///
/// Must not refer to the task, which would always be reachable then.
final class Uncollected implements Runnable {
  private static final Cleaner CLEANER = Cleaner.create(Uncollected::thread);

  private final PoolTasks pool;
  private final String task;
  private final Throwable thrown;
  private final @Nullable Context context;
  private volatile boolean collected;

  Uncollected(PoolTasks pool, String task, Throwable thrown, @Nullable Context context) {
    this.pool = pool;
    this.task = task;
    this.thrown = thrown;
    this.context = context;
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(null, run, "selvedge-uncollected", 0, false);
    thread.setDaemon(true);
    return thread;
  }

  /// Begins to watch.
  ///
  /// @param holder what only the task refers to
  void watch(Object holder) {
    CLEANER.register(holder, this);
  }

  /// Says that somebody has asked for the failure.
  void collect() {
    collected = true;
  }

  @Override
  public void run() {
    if (!collected) {
      pool.uncaught(task, thrown, context);
    }
  }
}
