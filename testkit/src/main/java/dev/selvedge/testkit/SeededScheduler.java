package dev.selvedge.testkit;

import dev.selvedge.internal.Holders;
import dev.selvedge.internal.TaskImpl;
import dev.selvedge.loop.internal.Monitors;
import dev.selvedge.loop.internal.VirtualThreads;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Carries the virtual threads of one schedule on one platform thread, and a seed says whose step
/// is next.
///
/// ## What a schedule is made of
///
/// The JDK hands over the next step of a virtual thread when it starts, when it may go on after a
/// wait of any kind, and when it yields; so whatever makes such a thread wait, here, in
/// `java.util.concurrent` or at a monitor, is a place where the schedule may switch. The lanes that
/// are ready lie in [#ready], in the order of their numbers; a number from the seed picks one of
/// them. So a choice depends on nothing but the steps before, and a seed is a schedule. What
/// threads of other schedulers wake comes by [#arrivals], when it comes, and makes a schedule
/// unrepeatable.
///
/// ```
///   start, wake, yield ──► ready ──chosen──► runs ──► waits, or has ended
///   monitors, other threads ──► arrivals ──┘
/// ```
///
/// **Monitors** are passed on by a thread of the JVM, beside the schedule. As long as a lane waits
/// for one, each choice is made only after that thread has nothing more to do.
///
/// ## Time
///
/// It stands still while anybody is ready, and then jumps to the nearest timer. Timed waits of the
/// JDK read the real clock when they end, so their time cannot be virtual: a strict schedule
/// refuses them, another one has a timer for them too, but waits until that much real time has
/// passed. (For that their time is rounded up, as it may be the rest of something that was
/// measured.)
///
/// ## When nobody can run
///
/// ```
///   running ──nobody is ready, no timer──► in trouble ──nobody──► abandoned ──nobody──► over
///              (a deadlock)                 tasks are cancelled    waits throw
/// ```
///
/// A strict schedule is in trouble, too, when it has refused something. From then on time stands
/// still. Lanes that are left at the end wait where nothing reaches them; they hold nobody up.
///
/// Everything belongs to the thread that is in [#run], and to what it carries, except for what is
/// volatile or concurrent by its type; timers are guarded by `timers`, as others may set some.
final class SeededScheduler extends ForkJoinPool {
  private static final long GRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long FARTHEST_NANOS = 1L << 62; // so that no sum overflows
  private static final long OUTSIDE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// What went wrong, and the lanes of that moment.
  record Trouble(String what, String lanes) {}

  /// What happens at a virtual time.
  ///
  /// @param real whether so much real time has to pass first
  /// @param realAt when that has passed, in terms of [System#nanoTime()]
  private record Timer(long at, long order, Runnable action, boolean real, long realAt) {}

  private final Random random;
  private final boolean strict;
  private final Faults faults;
  private final Recording recording = new Recording();

  private final Map<Thread, Ticket> launched = new ConcurrentHashMap<>();

  /// Those that have not ended, by their steps.
  private final IdentityHashMap<Runnable, Lane> lanes = new IdentityHashMap<>();

  private final List<Lane> ready = new ArrayList<>(); // sorted
  private final List<Thread> atMonitors = new ArrayList<>();
  private final ConcurrentLinkedQueue<Runnable> arrivals = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::order));
  private long timerOrder; // guarded by timers

  private volatile @Nullable Thread runner;
  private volatile @Nullable Lane current;
  private volatile long time;
  private volatile boolean abandoned;
  private int adopted;
  private boolean timedWait; // the current lane has begun one of the JDK's
  private @Nullable Trouble trouble;

  /// Makes a schedule; nothing runs before [#run].
  ///
  /// @param strict whether timed waits of the JDK are refused
  SeededScheduler(long seed, boolean strict) {
    super(1, SeededScheduler::refuseWorker, null, true, 0, 1, 0, null, 1, TimeUnit.SECONDS);
    this.random = new Random(seed);
    this.strict = strict;
    this.faults = new Faults(random);
  }

  @SuppressWarnings("DoNotCallSuggester") // given to the superclass, which never calls it
  static ForkJoinWorkerThread refuseWorker(ForkJoinPool pool) {
    throw new IllegalStateException("a schedule has no workers");
  }

  // ---- what comes in --------------------------------------------------------------------------

  /// Starts a thread for a task.
  void start(Ticket ticket) {
    Thread thread = VirtualThreads.unstarted(this, ticket);
    launched.put(thread, ticket);
    thread.start();
  }

  /// Takes the next step of a virtual thread; the JDK calls it.
  @Override
  public void execute(Runnable step) {
    if (isCurrent()) {
      becomesReady(lane(step));
    } else {
      if (!Monitors.isUnblocker()) {
        recording.disturbed(Thread.currentThread());
      }
      arrivals.add(step);
      LockSupport.unpark(runner);
    }
  }

  /// Takes what ends a timed wait of the JDK; it calls this when the thread has stopped.
  @Override
  public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
    timedWait = true;
    long nanos = Math.min(unit.toNanos(delay), FARTHEST_NANOS);
    long rounded = (nanos + GRAIN_NANOS - 1) / GRAIN_NANOS * GRAIN_NANOS;
    return new TimedWait(add(time + rounded, action, true, System.nanoTime() + nanos));
  }

  /// What the JDK cancels when a timed wait has ended early.
  private final class TimedWait extends FutureTask<@Nullable Void>
      implements ScheduledFuture<@Nullable Void> {
    private final Timer timer;

    TimedWait(Timer timer) {
      super(timer.action(), null);
      this.timer = timer;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return remove(timer);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(timer.realAt() - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  /// {@return whether this is the thread in [#run], or one that it carries}
  @SuppressWarnings("ReferenceEquality") // this very thread
  boolean isCurrent() {
    return VirtualThreads.carrier() == runner;
  }

  private Lane lane(Runnable step) {
    return lanes.computeIfAbsent(step, this::adopted);
  }

  private Lane adopted(Runnable step) {
    Thread thread = VirtualThreads.threadOf(step);
    if (thread == null) {
      throw new IllegalStateException("a step that is not of a virtual thread: " + step);
    }
    Lane lane = new Lane(++adopted, thread, step, launched.remove(thread));
    recording.appeared(lane);
    return lane;
  }

  /// Runs an action between two steps; it must not block.
  ///
  /// @param at when, in virtual time
  Kernel.Alarm at(long at, Runnable action) {
    Timer timer = add(at, action, false, 0);
    return () -> remove(timer);
  }

  private Timer add(long at, Runnable action, boolean real, long realAt) {
    synchronized (timers) {
      Timer timer = new Timer(at, ++timerOrder, action, real, realAt);
      timers.add(timer);
      return timer;
    }
  }

  private boolean remove(Timer timer) {
    synchronized (timers) {
      return timers.remove(timer);
    }
  }

  // ---- the schedule ---------------------------------------------------------------------------

  /// Runs until every lane has ended, or none can.
  ///
  /// @param pool has the tasks; they are cancelled when nobody can run
  void run(SeededPool pool, Runnable begin) {
    runner = Thread.currentThread();
    begin.run();
    do {
      while (admit()) {
        make(choose());
        if (strict && timedWait && trouble == null) {
          refuseTimedWait(pool);
        }
      }
    } while (!lanes.isEmpty() && (passTime(pool) || escalate(pool)));
  }

  /// {@return whether anybody is ready}
  private boolean admit() {
    if (!atMonitors.isEmpty()) {
      Monitors.settle(atMonitors);
    }
    for (Runnable step; (step = arrivals.poll()) != null; ) {
      becomesReady(lane(step));
    }
    return !ready.isEmpty();
  }

  /// Takes a lane that may go on; the JDK may hand it over twice, when its stack was asked for.
  private void becomesReady(Lane lane) {
    int place = Collections.binarySearch(ready, lane);
    if (place < 0) {
      ready.add(-1 - place, lane);
    }
  }

  private Lane choose() {
    int candidates = ready.size();
    Lane chosen = ready.remove(random.nextInt(candidates));
    chosen.steps++;
    recording.chosen(chosen, candidates, time);
    return chosen;
  }

  private void make(Lane lane) {
    long delay = faults.strike(lane, recording);
    if (delay > 0) {
      lane.steps--; // it is still to be made
      recording.waits("the end of its delay");
      at(time + delay, () -> becomesReady(lane));
      return;
    }
    atMonitors.remove(lane.thread);
    current = lane;
    timedWait = false;
    lane.step.run();
    current = null;
    Thread thread = lane.thread;
    Thread.State state = thread.getState();
    if (state == Thread.State.TERMINATED) {
      lanes.remove(lane.step);
      recording.ended();
    } else if (state != Thread.State.RUNNABLE) {
      Object blocker = LockSupport.getBlocker(thread);
      recording.waits(blocker != null ? blocker : state);
      if (Monitors.isAwaitedBy(thread)) {
        atMonitors.add(thread);
      }
    }
  }

  /// Moves time to the next timer.
  ///
  /// @return false if there is none
  private boolean passTime(SeededPool pool) {
    if (pool.isTerminated() || trouble != null) {
      return false; // nobody waits for those who are left
    }
    if (anyWaitsOutside()) {
      LockSupport.park(this);
      return true;
    }
    if (anyWaitIsOver() && isWokenFromOutside()) {
      return true;
    }
    Timer next;
    synchronized (timers) {
      next = timers.peek();
    }
    if (next == null) {
      return (!strict || recording.isDisturbed()) && isWokenFromOutside();
    }
    if (next.real() && !isPast(next)) {
      return true; // somebody has arrived meanwhile
    }
    if (remove(next)) {
      time = Math.max(time, next.at());
      next.action().run();
    }
    return true;
  }

  /// Waits for the time of a timed wait of the JDK, or until somebody arrives.
  private boolean isPast(Timer timer) {
    long left;
    while ((left = timer.realAt() - System.nanoTime()) > 0 && arrivals.isEmpty()) {
      LockSupport.parkNanos(this, left);
    }
    return left <= 0;
  }

  /// {@return whether somebody waits for a task that runs elsewhere, such as what is offloaded}
  private boolean anyWaitsOutside() {
    for (Lane lane : lanes.values()) {
      Object blocker = LockSupport.getBlocker(lane.thread);
      if (blocker != null) {
        for (Holders.Holder holder : Holders.of(blocker)) {
          TaskImpl<?> task = holder.task();
          if (task != null && !(task.kernel() instanceof SeededKernel)) {
            return !abandoned;
          }
        }
      }
    }
    return false;
  }

  /// {@return whether a task that ran elsewhere has ended, and has not woken yet who waits for it}
  private boolean anyWaitIsOver() {
    for (Lane lane : lanes.values()) {
      Object blocker = LockSupport.getBlocker(lane.thread);
      if (blocker != null && Holders.isOver(blocker)) {
        return !abandoned;
      }
    }
    return false;
  }

  private boolean isWokenFromOutside() {
    long end = System.nanoTime() + OUTSIDE_NANOS;
    long left;
    while (arrivals.isEmpty() && (left = end - System.nanoTime()) > 0) {
      LockSupport.parkNanos(this, left);
    }
    return !arrivals.isEmpty();
  }

  // ---- trouble --------------------------------------------------------------------------------

  /// Nobody can run: reports the deadlock and cancels everything, then lets every wait throw.
  ///
  /// @return whether somebody might run again
  private boolean escalate(SeededPool pool) {
    if (pool.isTerminated() || abandoned) {
      boolean first = !abandoned;
      abandoned = true;
      lanes.values().forEach(lane -> lane.thread.interrupt());
      return first;
    }
    if (trouble == null) {
      report("deadlock: " + new Deadlock(lanes.values(), recording), pool);
    } else {
      abandon();
    }
    return true;
  }

  private void report(String what, SeededPool pool) {
    trouble = new Trouble(what, recording.lanes());
    pool.shutdownNow();
  }

  private void refuseTimedWait(SeededPool pool) {
    Lane lane = recording.last();
    report(
        lane
            + " waits for a time of the real clock, which a strict schedule refuses\n"
            + Frames.of(lane.thread.getStackTrace()).all()
            + "Use a timeout of Selvedge's, whose time is virtual, such as that of an Event or a"
            + " Deadline; or explore with strict = false, where such waits take their real time.\n",
        pool);
  }

  /// Lets every wait of ours throw. May be called by other threads, for a schedule that does not
  /// end.
  void abandon() {
    abandoned = true;
    if (isCurrent()) {
      lanes.values().forEach(lane -> LockSupport.unpark(lane.thread));
    } else {
      LockSupport.unpark(runner);
    }
  }

  /// Ends the current wait if the schedule was given up.
  void refuseIfAbandoned() {
    if (abandoned) {
      throw new AbandonedScheduleError();
    }
  }

  /// Throws what a fault has for the current lane.
  void failIfDue() {
    Lane me = current;
    if (me != null && me.failure != null) {
      var failure = me.failure;
      me.failure = null;
      throw failure.get();
    }
  }

  // ---- what happened --------------------------------------------------------------------------

  long time() {
    return time;
  }

  Faults faults() {
    return faults;
  }

  Recording recording() {
    return recording;
  }

  /// {@return the lane that makes a step at the moment, for a report if it does not end}
  @Nullable Lane current() {
    return current;
  }

  /// {@return why nobody could run, or what was refused, if that happened}
  @Nullable Trouble trouble() {
    return trouble;
  }

  /// Ends a task that nothing else ends.
  static final class AbandonedScheduleError extends Error {
    private static final long serialVersionUID = 1;

    AbandonedScheduleError() {
      super("the schedule was abandoned", null, false, false);
    }
  }
}
