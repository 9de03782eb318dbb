package dev.selvedge.loop.internal;

import dev.selvedge.internal.Problems;
import dev.selvedge.internal.SystemKernel;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The portable scheduler: ordinary virtual threads, of which the one runs that holds the baton.
///
/// It needs no flag of the JVM, and knows only of waits that go through its [kernel][#KERNEL],
/// which are those of Selvedge: there a thread passes the baton on, and afterwards waits for its
/// turn. A thread that waits in another way keeps the baton meanwhile, and with it the loop. Each
/// switch wakes a thread, which costs some ten times what a step of [CoroutineScheduler] does.
///
/// ```
///   launch ──► WAITS ──granted──► RUNS ──park──► AWAY ──unparked, interrupted, time──► WAITS
///                ▲                 │  └──end──► gone
///                └─────yield───────┘
/// ```
///
/// A turn waits in `waiting`, or somebody has granted it: `mine` is set by who passes the baton,
/// with the monitor held when nobody had it, and outside otherwise; so exactly one turn has it set,
/// or is about to. Its thread alone clears it.
///
/// **Wake-ups.** A thread that waits for its turn may consume a permit that was meant for the wait
/// around it. That does no harm: whoever waits in Selvedge looks at its condition again before it
/// parks. An **interrupt** would make each further park return at once; so it is put aside, and
/// given back with the baton.
public final class BatonScheduler implements LoopScheduler {
  /// The kernel of loops with this scheduler.
  public static final Kernel KERNEL = new BatonKernel();

  private static final ThreadLocal<@Nullable Turn> CURRENT = new ThreadLocal<>();

  private final String name;
  private final Object owner;
  private final @Nullable StepWatch watch;
  private final Set<Callback> notDue = ConcurrentHashMap.newKeySet();
  private final ArrayList<Runnable> ending = new ArrayList<>(); // of who has the baton
  // guarded by this
  private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
  private boolean held;

  /// Makes a scheduler.
  ///
  /// @param name for the names of threads and for messages
  /// @param owner what [#currentOwner()] answers on its threads
  /// @param slowStep the time after which a step is warned of, or null for no watch
  public BatonScheduler(String name, Object owner, @Nullable Duration slowStep) {
    this.name = name;
    this.owner = owner;
    this.watch = slowStep == null ? null : StepWatch.start(name, slowStep);
  }

  private static final class BatonKernel extends SystemKernel {
    @Override
    public void park(Object blocker, long deadline) {
      Turn turn = CURRENT.get();
      if (turn == null) {
        super.park(blocker, deadline);
        return;
      }
      turn.leave();
      try {
        super.park(blocker, deadline);
      } finally {
        turn.comeBack();
      }
    }
  }

  static @Nullable Object currentOwner() {
    Turn turn = CURRENT.get();
    return turn == null ? null : turn.scheduler().owner;
  }

  static boolean atStepEnd(Runnable action) {
    Turn turn = CURRENT.get();
    return turn != null && turn.scheduler().ending.add(action);
  }

  /// Lets every other coroutine that is ready make a step, if the current thread is one.
  ///
  /// @return false if it is not
  public static boolean yieldNow() {
    Turn turn = CURRENT.get();
    if (turn != null) {
      turn.goBehind();
    }
    return turn != null;
  }

  // ---- turns ----------------------------------------------------------------------------------

  /// A coroutine's claim to the baton.
  private final class Turn implements Runnable {
    private final Ticket ticket;
    private final Thread thread;
    private volatile boolean mine;
    private long began;

    Turn(Ticket ticket) {
      this.ticket = ticket;
      this.thread =
          Thread.ofVirtual().name("").inheritInheritableThreadLocals(false).unstarted(this);
    }

    BatonScheduler scheduler() {
      return BatonScheduler.this;
    }

    @Override
    public void run() {
      CURRENT.set(this);
      await();
      try {
        ticket.run();
      } finally {
        leave();
      }
    }

    void grant() {
      mine = true;
      LockSupport.unpark(thread);
    }

    void leave() {
      endStep();
      pass();
    }

    /// Queues up before the baton is passed on, so that nobody can overtake this turn.
    void goBehind() {
      endStep();
      passBehind(this);
      await();
    }

    private void endStep() {
      if (watch != null) {
        watch.end(thread, began);
      }
      for (int i = 0; i < ending.size(); i++) {
        Problems.guard("the end of a step", ending.get(i));
      }
      ending.clear();
      mine = false;
    }

    void comeBack() {
      claim(this);
      await();
    }

    private void await() {
      boolean interrupted = false;
      while (!mine) {
        LockSupport.park(BatonScheduler.this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        thread.interrupt();
      }
      if (watch != null) {
        began = watch.begin(thread);
      }
    }
  }

  private synchronized void claim(Turn turn) {
    if (held) {
      waiting.add(turn);
    } else {
      held = true;
      turn.grant();
    }
  }

  private void pass() {
    Turn next;
    synchronized (this) {
      next = waiting.poll();
      held = next != null;
    }
    if (next != null) {
      next.grant();
    }
  }

  private void passBehind(Turn turn) {
    Turn next;
    synchronized (this) {
      waiting.add(turn);
      next = waiting.remove();
    }
    next.grant();
  }

  // ---- as a scheduler -------------------------------------------------------------------------

  @Override
  public void launch(Ticket ticket) {
    Turn turn = new Turn(ticket);
    claim(turn); // before it starts, so that tasks begin in the order of their submission
    turn.thread.start();
  }

  @Override
  public Kernel.Alarm callAt(long due, Callback callback) {
    notDue.add(callback);
    Kernel.Alarm alarm =
        KERNEL.at(
            due,
            () -> {
              notDue.remove(callback);
              callback.run();
            });
    return () -> {
      notDue.remove(callback);
      alarm.cancel();
    };
  }

  @Override
  public void end() {
    notDue.forEach(Callback::cancel);
    if (watch != null) {
      watch.stop();
    }
  }

  @Override
  public String toString() {
    return "the baton of '" + name + "'";
  }
}
