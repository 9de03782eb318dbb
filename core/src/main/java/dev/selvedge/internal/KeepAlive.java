package dev.selvedge.internal;

import dev.selvedge.spi.AbstractPool;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Keeps the JVM up until accepted work is done, though virtual threads are daemons.
///
/// One non-daemon thread waits for the main thread to end and then reads the pools' own counts, a
/// few hundred times a second at most, until all are idle; submitting and completing pay nothing
/// for it. (A global counter is one contended word for all tasks of the JVM; a thread for each
/// period in which a pool is busy costs one for each task of a sequential program; in a shutdown
/// hook it is too late, the executors are gone.)
///
/// When it has gone and work is accepted again, by a thread that outlived `main`, it comes back.
/// Those who accept work count it first and look at `gone` then; the thread sets `gone` first and
/// looks at the counts then: so one of the two sees the other.
public final class KeepAlive {
  private static final long SHORTEST_NANOS = 500_000;
  private static final long LONGEST_NANOS = 10_000_000;
  private static final String AFTER_MAIN = "DestroyJavaVM"; // the thread that waits for the others

  // guarded by KeepAlive.class
  private static final List<WeakReference<PoolTasks>> POOLS = new ArrayList<>();
  private static boolean started;

  private static volatile boolean gone;

  private KeepAlive() {}

  static synchronized void watch(PoolTasks pool) {
    POOLS.removeIf(known -> known.get() == null);
    POOLS.add(new WeakReference<>(pool));
    if (!started) {
      started = true;
      start();
      InterruptSignal.install();
      RunRecording.install();
    }
  }

  /// Lets the JVM exit though a pool has work: it is that of a test, which may be given up.
  public static synchronized void forget(AbstractPool pool) {
    PoolTasks forgotten = PoolTasks.of(pool);
    POOLS.removeIf(known -> known.refersTo(forgotten));
  }

  /// Called after work has been counted.
  static void accepted() {
    if (gone) {
      comeBack();
    }
  }

  private static synchronized void comeBack() {
    if (gone) {
      gone = false;
      start();
    }
  }

  private static void start() {
    Thread thread = new Thread(null, KeepAlive::watchPools, "selvedge-keep-alive", 0, false);
    thread.setDaemon(false);
    thread.start();
  }

  private static void watchPools() {
    awaitMain();
    awaitIdle();
  }

  /// Waits until no pool has finite work left.
  private static void awaitIdle() {
    long pause = SHORTEST_NANOS;
    while (true) {
      if (!anyBusy()) {
        gone = true;
        if (!anyBusy()) {
          return;
        }
        synchronized (KeepAlive.class) {
          if (!gone) {
            return; // somebody has started another one
          }
          gone = false;
        }
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(LONGEST_NANOS, pause * 2);
    }
  }

  /// Waits until all work that pools have accepted is done, for an orderly exit. An interrupt does
  /// not end the wait, and is gone after it.
  public static void awaitWork() {
    long pause = SHORTEST_NANOS;
    while (anyBusy()) {
      Thread.interrupted(); // a park would return at once
      LockSupport.parkNanos(pause);
      pause = Math.min(LONGEST_NANOS, pause * 2);
    }
  }

  static List<PoolTasks> pools() {
    List<PoolTasks> found = new ArrayList<>();
    synchronized (KeepAlive.class) {
      for (Iterator<WeakReference<PoolTasks>> all = POOLS.iterator(); all.hasNext(); ) {
        PoolTasks pool = all.next().get();
        if (pool == null) {
          all.remove();
        } else {
          found.add(pool);
        }
      }
    }
    return found;
  }

  private static boolean anyBusy() {
    return pools().stream().anyMatch(PoolTasks::isBusy);
  }

  @SuppressWarnings("ThreadJoinLoop") // the loop asks whether the thread is alive
  private static void awaitMain() {
    Thread main = mainThread();
    while (main != null && main.isAlive()) {
      try {
        main.join();
      } catch (InterruptedException e) {
        // nobody has a reason to
      }
    }
  }

  /// {@return the thread that runs `main`, or null if it has returned} That is the oldest one of
  /// its group, whatever it is called by now; the JVM puts another one in its place when `main`
  /// returns.
  static @Nullable Thread mainThread() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] threads = new Thread[root.activeCount() + 16];
    int count = root.enumerate(threads, true);
    Thread oldest = null;
    for (int i = 0; i < count; i++) {
      Thread thread = threads[i];
      if (thread.getName().equals(AFTER_MAIN)) {
        return null;
      }
      if (isOfMain(thread) && (oldest == null || thread.threadId() < oldest.threadId())) {
        oldest = thread;
      }
    }
    return oldest;
  }

  @SuppressWarnings("ReferenceEquality") // this very thread
  private static boolean isOfMain(Thread thread) {
    ThreadGroup group = thread.getThreadGroup(); // null once it has ended
    return !thread.isDaemon()
        && thread != Thread.currentThread()
        && group != null
        && group.getName().equals("main");
  }
}
