package dev.selvedge.testkit;

import dev.selvedge.Task;
import dev.selvedge.spi.Kernel;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A kernel on which exactly one thread runs at a time, and a seed says which one is next.
///
/// ## The baton
///
/// Each task has a thread of its own, and one of them holds the baton: it runs, the others wait in
/// [Strand#awaitBaton]. It is handed on only in [#park], [#step] and at a task's end. Everything
/// that happens is therefore in the order of the decisions, and a decision depends on nothing but
/// the seed and what happened before; so a seed is a schedule.
///
/// ## What a strand can be
///
/// ```
///   READY ──chosen──► RUNNING ──park──► PARKED ──unpark, interrupt, deadline──► READY
///     ▲                 │  └─────end────► ENDED
///     └──────step───────┘
/// ```
///
/// Strands are made READY by whoever holds the baton, and by timers, which run on the thread that
/// is handing it on. Threads from outside may unpark too; they make a schedule unrepeatable, and
/// the explorer uses them only to end one.
///
/// ## Time
///
/// It stands still while anybody is READY. When nobody is, it jumps to the nearest timer or
/// deadline. If there is none, nobody will ever run again: that is a deadlock, and is reported with
/// what each strand waits for. All of this is guarded by `this`.
final class SeededKernel implements Kernel {
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private enum Phase {
    READY,
    RUNNING,
    PARKED,
    ENDED
  }

  /// A task's thread, as the schedule sees it.
  static final class Strand {
    private final int number;
    private final String name;
    private final Thread thread;
    private Phase phase = Phase.READY;
    private boolean permit;
    private long deadline = FOREVER;
    private @Nullable Object blocker;
    private volatile boolean holdsBaton;
    private volatile boolean interrupted;

    private Strand(int number, String name, Runnable work, SeededKernel kernel) {
      this.number = number;
      this.name = name;
      this.thread =
          Thread.ofVirtual()
              .name("strand-" + number)
              .unstarted(
                  () -> {
                    awaitBaton();
                    try {
                      work.run();
                    } finally {
                      kernel.end(this);
                    }
                  });
    }

    /// Waits until this strand is chosen. An interrupt is kept for later, since it would make each
    /// further park return at once.
    private void awaitBaton() {
      while (!holdsBaton) {
        LockSupport.park(this);
        if (thread.isInterrupted()) {
          interrupted = true; // before the flag is cleared: the chooser looks at both
          Thread.interrupted();
        }
      }
      if (interrupted) {
        interrupted = false;
        thread.interrupt();
      }
    }

    private boolean isInterrupted() {
      return interrupted || thread.isInterrupted();
    }

    @Override
    public String toString() {
      return name + "#" + number;
    }
  }

  private record Timer(long at, long order, Runnable action) {}

  private final Random random;
  private final List<Strand> strands = new ArrayList<>(); // not ENDED, in the order of their start
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::order));
  private final StringBuilder trace = new StringBuilder();
  private final Runnable onDeadlock;
  private @Nullable Strand running;
  private long time;
  private long timerOrder;
  private int started;
  private long decisions;
  private boolean begun;
  private boolean choosing; // somebody is handing the baton on, and will see what has changed
  private boolean abandoned;
  private @Nullable String deadlock;

  /// Makes a kernel.
  ///
  /// @param onDeadlock is called, on the thread that was the last to wait, when nobody can run; it
  ///   may cancel tasks
  SeededKernel(long seed, Runnable onDeadlock) {
    this.random = new Random(seed);
    this.onDeadlock = onDeadlock;
  }

  // ---- starting and ending --------------------------------------------------------------------

  /// Adds a strand; it runs when it is chosen.
  void start(String name, Runnable work) {
    Strand strand;
    synchronized (this) {
      strand = new Strand(++started, name, work, this);
      strands.add(strand);
    }
    strand.thread.start();
    hurryIfIdle();
  }

  private void hurryIfIdle() {
    boolean idle;
    synchronized (this) {
      idle = begun && running == null && !choosing && !abandoned;
    }
    if (idle) {
      handOn();
    }
  }

  /// Lets the first strand run.
  void begin() {
    synchronized (this) {
      begun = true;
    }
    handOn();
  }

  private void end(Strand strand) {
    synchronized (this) {
      strand.phase = Phase.ENDED;
      strands.remove(strand);
    }
    handOn();
  }

  /// Lets every wait throw, so that tasks which ignore their cancellation end.
  void abandon() {
    List<Strand> left;
    synchronized (this) {
      abandoned = true;
      left = List.copyOf(strands);
    }
    for (Strand strand : left) {
      strand.holdsBaton = true;
      LockSupport.unpark(strand.thread);
    }
  }

  // ---- switching ------------------------------------------------------------------------------

  private @Nullable Strand me() {
    Strand strand = running;
    return strand != null && strand.thread.equals(Thread.currentThread()) ? strand : null;
  }

  @Override
  public void step() {
    Strand me;
    synchronized (this) {
      me = me();
      if (me != null) {
        me.phase = Phase.READY;
      }
    }
    if (me != null) {
      giveUp(me);
    }
  }

  @Override
  public void park(Object blocker, long deadline) {
    Strand me;
    synchronized (this) {
      me = me();
      if (me == null || me.permit || me.isInterrupted()) {
        if (me != null) {
          me.permit = false;
        }
        refuseIfAbandoned();
        return;
      }
      me.phase = Phase.PARKED;
      me.blocker = blocker;
      me.deadline = deadline;
    }
    giveUp(me);
  }

  private void giveUp(Strand me) {
    me.holdsBaton = false;
    handOn();
    me.awaitBaton();
    synchronized (this) {
      me.permit = false;
      me.blocker = null;
      me.deadline = FOREVER;
      refuseIfAbandoned();
    }
  }

  private void refuseIfAbandoned() {
    if (abandoned) {
      throw new AbandonedScheduleError();
    }
  }

  @Override
  public void unpark(Thread thread) {
    synchronized (this) {
      for (Strand strand : strands) {
        if (strand.thread.equals(thread)) {
          strand.permit = true;
        }
      }
    }
    hurryIfIdle();
  }

  /// Chooses who is next and hands it the baton. If nobody can run, time goes on; timers run here,
  /// outside of the monitor, and may make strands ready.
  private void handOn() {
    while (true) {
      Timer due;
      synchronized (this) {
        choosing = !abandoned;
        if (abandoned) {
          return;
        }
        Strand next = choose();
        running = next;
        if (next != null) {
          choosing = false;
          next.phase = Phase.RUNNING;
          next.holdsBaton = true;
          LockSupport.unpark(next.thread);
          return;
        }
        if (strands.isEmpty()) {
          choosing = false;
          return; // the end, or a pause until somebody submits from outside
        }
        due = advance();
      }
      if (due != null) {
        asNobody(due.action());
      } else if (!reportDeadlock()) {
        abandon();
        return;
      }
    }
  }

  private @Nullable Strand choose() {
    List<Strand> ready = new ArrayList<>();
    for (Strand strand : strands) {
      if (strand.phase == Phase.PARKED
          && (strand.permit || strand.isInterrupted() || isPast(strand.deadline))) {
        strand.phase = Phase.READY;
      }
      if (strand.phase == Phase.READY) {
        ready.add(strand);
      }
    }
    if (ready.isEmpty()) {
      return null;
    }
    Strand next = ready.get(random.nextInt(ready.size()));
    decisions++;
    trace.append(next.number).append('/').append(ready.size()).append('@').append(time).append(' ');
    return next;
  }

  private boolean isPast(long deadline) {
    return deadline != FOREVER && deadline - time <= 0;
  }

  /// Moves time to the next timer or deadline.
  ///
  /// @return the timer to run, if it is one; null if a strand is ready now, or nothing is left
  private @Nullable Timer advance() {
    long nearest = FOREVER;
    for (Strand strand : strands) {
      nearest = Math.min(nearest, strand.deadline);
    }
    Timer first = timers.peek();
    if (first != null && first.at() <= nearest) {
      time = Math.max(time, first.at());
      return timers.poll();
    }
    if (nearest == FOREVER) {
      return null;
    }
    time = Math.max(time, nearest);
    return new Timer(time, 0, () -> {});
  }

  /// {@return false if there was a report before: the tasks were told to stop, and still wait}
  private boolean reportDeadlock() {
    synchronized (this) {
      if (deadlock != null) {
        return false;
      }
      deadlock = describeWaits();
    }
    asNobody(onDeadlock);
    return true;
  }

  /// Runs something on the thread that hands the baton on, but not as the task of that thread,
  /// which is the thread's uncaught-exception handler: a group that its owner's task cancels takes
  /// it for the owner's own wish.
  private static void asNobody(Runnable action) {
    Thread me = Thread.currentThread();
    UncaughtExceptionHandler before = me.getUncaughtExceptionHandler();
    me.setUncaughtExceptionHandler(null);
    try {
      action.run();
    } finally {
      me.setUncaughtExceptionHandler(before instanceof ThreadGroup ? null : before);
    }
  }

  private String describeWaits() {
    StringJoiner waits = new StringJoiner("\n  ", "nobody can run:\n  ", "");
    for (Strand strand : strands) {
      String who =
          strand.thread.getUncaughtExceptionHandler() instanceof Task<?> task
              ? task.path()
              : strand.name;
      waits.add("'" + who + "' waits for " + strand.blocker);
    }
    return waits.toString();
  }

  // ---- time -----------------------------------------------------------------------------------

  @Override
  public synchronized long nanoTime() {
    return time;
  }

  @Override
  public Instant now() {
    return EPOCH.plus(Duration.ofNanos(nanoTime()));
  }

  @Override
  public synchronized Alarm at(long deadline, Runnable action) {
    Timer timer = new Timer(deadline, ++timerOrder, action);
    timers.add(timer);
    return () -> cancel(timer);
  }

  private synchronized void cancel(Timer timer) {
    timers.remove(timer);
  }

  // ---- what happened --------------------------------------------------------------------------

  /// {@return the decisions so far: who was chosen of how many, and when}
  synchronized String trace() {
    return trace.toString();
  }

  /// {@return how many decisions there were}
  synchronized long decisions() {
    return decisions;
  }

  /// {@return who waited for what when nobody could run, if that happened}
  synchronized @Nullable String deadlock() {
    return deadlock;
  }

  /// {@return the thread that holds the baton, for a report if it does not let go}
  synchronized @Nullable Thread runningThread() {
    return running == null ? null : running.thread;
  }

  /// Ends a task that nothing else ends.
  static final class AbandonedScheduleError extends Error {
    private static final long serialVersionUID = 1;

    AbandonedScheduleError() {
      super("the schedule was abandoned", null, false, false);
    }
  }
}
