package dev.selvedge.loop.internal;

import dev.selvedge.internal.Problems;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.Ticket;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One thread that carries virtual threads, one step at a time: the scheduler that the JDK hands
/// their continuations to.
///
/// It is a `ForkJoinPool` in name only: the JDK gives the timers of timed parks to a scheduler only
/// if it is one. What the JDK calls, [#execute(Runnable)] and [#schedule], is overridden, and no
/// worker is ever made.
///
/// ## Who calls what
///
/// Only the *runner*, the platform thread that carries at the moment, touches `ready`, `timers` and
/// `ending`, and makes and closes the `poller`. Calls come from there, mostly by a coroutine that
/// wakes another one: then the current thread is the coroutine and its carrier is the runner.
/// Everything else goes to `arrivals`, which any thread may add to, and which the runner empties
/// between steps. [#execute(Runnable)] must not park, as the coroutine that calls it is pinned, so
/// nothing here takes a lock.
///
/// ## Sleeping and waking
///
/// ```
///   runner:  sleeping = true;   look at arrivals;  park, or select
///   others:  add to arrivals;   look at sleeping;  unpark, or wake the selector up
/// ```
///
/// Both fields are volatile, so one of the two sees the other. A late `sleeping = false` of a waker
/// does no harm: its unpark follows, and the runner looks at the arrivals again.
///
/// The runner selects instead of parking as soon as there is a `poller`, which the first coroutine
/// that waits for a channel makes. So the field changes only while the runner is awake, and a waker
/// that looks at it after `sleeping` knows how the runner sleeps now. A selector sleeps for whole
/// milliseconds, so timers of a loop with channels may be late by one.
///
/// ## Channels
///
/// A loop that never becomes idle polls its channels too: when it has made [#STEPS_PER_POLL] steps,
/// but not before all that was ready at the last poll has had its step. So whom a poll has woken
/// has read before the next one, which then does not find the same channels again; and with two
/// coroutines that wake each other for ever, polling takes about a hundredth of the time.
///
/// What a coroutine has written is sent when its step ends, whatever it waits for then: who writes
/// leaves an action in `ending` that sends.
///
/// ## The runner comes and goes
///
/// ```
///   none ──somebody adds──► runs ◄──► sleeps ──nothing to do for long──► none
/// ```
///
/// A runner that has nothing to do for half a minute and no channel to watch ends, and the next
/// arrival makes another; so a loop that nobody closes keeps no thread. It says so first (`runner =
/// null`), then looks at the arrivals once more; who adds does it in the other order. So one of the
/// two goes on, and a compare-and-set decides which if both do. The same mechanism serves what is
/// left when the [end][#end] has come: virtual threads that a coroutine has started by hand, and
/// that nobody waits for, go on as long as they have something to do. (Refusing them would leave
/// locks locked for ever that they hold.)
public final class CoroutineScheduler extends ForkJoinPool implements LoopScheduler {
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long FARTHEST_NANOS = 1L << 62; // so that no sum overflows

  /// How many steps are made before timers and arrivals are looked at again.
  private static final int STEPS = 64;

  /// How many steps are made at least before channels are looked at again.
  private static final int STEPS_PER_POLL = 256;

  private static final VarHandle RUNNER;

  static {
    try {
      RUNNER =
          MethodHandles.lookup().findVarHandle(CoroutineScheduler.class, "runner", Runner.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final Object owner;
  private final @Nullable Duration slowStep;

  // the runner's
  private final RunQueue ready = new RunQueue();
  private final TimerWheel timers = new TimerWheel(System.nanoTime());
  private final ArrayList<Runnable> ending = new ArrayList<>();
  private int stepsLeft; // of this turn
  private int stepsUntilPoll;
  private @Nullable Rehearsal rehearsal;

  private final ConcurrentLinkedQueue<Runnable> arrivals = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Runner runner;
  private volatile @Nullable LoopPoller poller; // written by the runner's thread
  private volatile boolean sleeping;
  private volatile boolean ended;

  /// Makes a scheduler, without a thread as yet.
  ///
  /// @param name for the names of threads and for messages
  /// @param owner what [#currentOwner()] answers on its threads
  /// @param slowStep the time after which a step is warned of, or null for no watch
  /// @throws IllegalStateException if the JVM does not allow it
  public CoroutineScheduler(String name, Object owner, @Nullable Duration slowStep) {
    VirtualThreads.require();
    super(1, CoroutineScheduler::refuseWorker, null, true, 0, 1, 0, null, 1, TimeUnit.SECONDS);
    this.name = name;
    this.owner = owner;
    this.slowStep = slowStep;
  }

  @SuppressWarnings("DoNotCallSuggester") // given to the superclass, which never calls it
  static ForkJoinWorkerThread refuseWorker(ForkJoinPool pool) {
    throw new IllegalStateException("the scheduler of an event loop has no workers");
  }

  static @Nullable Object currentOwner() {
    return VirtualThreads.carrier() instanceof Runner runner ? runner.scheduler.owner : null;
  }

  /// {@return the poller of the loop that the current thread is on, or null}
  static @Nullable Poller currentPoller() {
    return VirtualThreads.carrier() instanceof Runner runner ? runner.scheduler.poller() : null;
  }

  private Poller poller() {
    LoopPoller made = poller;
    if (made == null) {
      made = new LoopPoller(this);
      poller = made;
    }
    return made;
  }

  static boolean atStepEnd(Runnable action) {
    if (VirtualThreads.carrier() instanceof Runner runner) {
      runner.scheduler.ending.add(action);
      return true;
    }
    return false;
  }

  // ---- what comes in --------------------------------------------------------------------------

  /// A step that the runner makes itself, between those of coroutines.
  @FunctionalInterface
  private interface Errand extends Runnable {}

  /// A task whose coroutine is made when its turn comes. Until then it takes no more memory than
  /// itself; and if it never waits, its coroutine is gone before any other one is made, so that a
  /// million of them leave the collector nothing to copy.
  private record Launch(CoroutineScheduler scheduler, Ticket ticket) implements Runnable {
    @Override
    public void run() {
      Launch next = this;
      do {
        next.ticket.run();
        next = scheduler.following();
      } while (next != null);
    }

    void fail(Throwable failure) {
      PoolTask task = ticket.take();
      if (task != null && task.begin(_ -> {})) {
        task.fail(failure);
      }
    }
  }

  @Override
  public void launch(Ticket ticket) {
    execute(new Launch(this, ticket));
  }

  /// Called by a coroutine whose task is done: if the next step is that of a new task, the
  /// coroutine makes it, and no other one has to be made for it. Only if its thread is as good as
  /// new, so that no task finds what another one left; and if there is nothing to do between the
  /// two steps.
  private @Nullable Launch following() {
    if (stepsLeft > 0
        && ready.peek() instanceof Launch next
        && slowStep == null
        && ending.isEmpty()
        && VirtualThreads.isAsNew(Thread.currentThread())) {
      stepsLeft--;
      ready.poll();
      return next;
    }
    return null;
  }

  /// Makes and starts the coroutine of a task, and takes back its first step, which the JDK adds
  /// behind all others.
  private @Nullable Runnable firstStep(Launch launch) {
    try {
      VirtualThreads.unstarted(this, launch).start();
      return ready.pollLast();
    } catch (Throwable failure) { // no memory for it
      launch.fail(failure);
      return null;
    }
  }

  /// Takes the next step of a virtual thread; the JDK calls it.
  @Override
  public void execute(Runnable step) {
    if (isOurs()) {
      ready.add(step);
    } else {
      arrive(step);
    }
  }

  /// Takes what ends a timed park; the JDK calls it.
  @Override
  public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
    return at(System.nanoTime() + Math.min(unit.toNanos(delay), FARTHEST_NANOS), action);
  }

  /// Runs an action on the loop's thread, between two steps; it must not block.
  ///
  /// @param due when, in terms of [System#nanoTime()]; at the next opportunity if that has passed
  /// @param action what to run
  /// @return the timer, to be cancelled on any thread
  Timer at(long due, Runnable action) {
    Timer timer = new Timer(this, action, due);
    if (isOurs()) {
      add(timer);
    } else {
      run(
          () -> {
            if (timer.isWaiting()) {
              add(timer);
            }
          });
    }
    return timer;
  }

  private void add(Timer timer) {
    timers.add(timer, System.nanoTime());
    Rehearsal shown = rehearsal;
    if (shown != null) {
      shown.added();
    }
  }

  /// Takes a cancelled timer out.
  void remove(Timer timer) {
    if (isOurs()) {
      timers.remove(timer);
    } else {
      run(() -> timers.remove(timer));
    }
  }

  /// Runs an action on the loop's thread, between two steps; it must not block.
  ///
  /// @param action what to run
  void run(Runnable action) {
    arrive((Errand) action::run);
  }

  @Override
  public Kernel.Alarm callAt(long due, Callback callback) {
    Timer timer = at(due, callback);
    return () -> timer.cancel(false);
  }

  /// Lets the thread end when there is nothing to do.
  @Override
  public void end() {
    run(
        () -> {
          ended = true;
          timers.forEach(
              timer -> {
                if (timer.action instanceof Callback callback) {
                  callback.cancel();
                }
              });
        });
  }

  /// {@return whether the current thread is this loop's, or carried by it}
  boolean isOurs() {
    return VirtualThreads.carrier() instanceof Runner runner && runner.scheduler == this;
  }

  private void arrive(Runnable step) {
    arrivals.add(step);
    Runner current = runner;
    if (current == null) {
      start();
    } else if (sleeping) {
      sleeping = false;
      LoopPoller selecting = poller;
      if (selecting == null) {
        LockSupport.unpark(current);
      } else {
        selecting.wakeUp();
      }
    }
  }

  private void start() {
    Runner fresh = new Runner(this);
    if (RUNNER.compareAndSet(this, null, fresh)) {
      try {
        fresh.start();
      } catch (Throwable noThread) {
        runner = null; // the next arrival tries again
        throw noThread;
      }
    }
  }

  // ---- the runner -----------------------------------------------------------------------------

  private static final class Runner extends Thread {
    private final CoroutineScheduler scheduler;

    Runner(CoroutineScheduler scheduler) {
      super(null, null, "selvedge-" + scheduler.name, 0, false);
      this.scheduler = scheduler;
      setDaemon(true);
    }

    @Override
    public void run() {
      Sockets.prepare();
      scheduler.carry(this);
    }
  }

  /// Makes the JDK start the virtual threads that poll sockets, on its own scheduler. The first
  /// coroutine to wait for a socket would start them on its loop; then no socket of the program
  /// could be waited for when the loop has ended.
  private static final class Sockets {
    static {
      try {
        Class.forName("sun.nio.ch.Poller", true, null);
      } catch (ClassNotFoundException | LinkageError e) {
        Problems.warn("sockets on an event loop may hang, this JDK polls them otherwise: " + e);
      }
    }

    static void prepare() {
      // by loading this class
    }
  }

  private void carry(Runner me) {
    rehearsal = Rehearsal.isOver() ? null : new Rehearsal(this);
    StepWatch watch = slowStep == null ? null : StepWatch.start(name, slowStep);
    try {
      do {
        while (turn(watch)) {
          // the next one
        }
        closePoller();
        runner = null;
      } while (!arrivals.isEmpty() && RUNNER.compareAndSet(this, null, me));
    } finally {
      if (watch != null) {
        watch.stop();
      }
    }
  }

  /// Gives the descriptors back. Nothing is watched any more.
  private void closePoller() {
    LoopPoller idle = poller;
    if (idle != null) {
      poller = null;
      idle.close();
    }
  }

  /// {@return false if there has been nothing to do for long}
  private boolean turn(@Nullable StepWatch watch) {
    for (Runnable arrived; (arrived = arrivals.poll()) != null; ) {
      if (arrived instanceof Errand) {
        arrived.run();
      } else {
        ready.add(arrived);
      }
    }
    if (!timers.isEmpty()) {
      int fired = timers.advance(System.nanoTime());
      rehearse(fired);
    }
    LoopPoller channels = poller;
    if (channels != null && stepsUntilPoll <= 0) {
      poll(channels, 0);
    }
    for (stepsLeft = STEPS; stepsLeft > 0; stepsLeft--) {
      Runnable step = ready.poll();
      if (step == null) {
        return idle();
      }
      make(step, watch);
    }
    stepsUntilPoll -= STEPS;
    return true;
  }

  private void poll(LoopPoller channels, long millis) {
    channels.select(millis);
    stepsUntilPoll = Math.max(STEPS_PER_POLL, ready.size());
  }

  private void rehearse(int fired) {
    Rehearsal shown = rehearsal;
    if (shown != null) {
      shown.fired(fired);
      shown.runIfDue();
      if (Rehearsal.isOver()) {
        rehearsal = null;
      }
    }
  }

  private void make(Runnable next, @Nullable StepWatch watch) {
    Runnable step = next instanceof Launch launch ? firstStep(launch) : next;
    if (step == null) {
      return;
    }
    try {
      if (watch == null) {
        step.run();
      } else {
        watch.run(step);
      }
    } catch (Throwable failure) { // out of memory in the JDK's own code, for example
      Problems.warn("a step of a coroutine ended by " + failure);
    }
    if (!ending.isEmpty()) {
      endStep();
    }
  }

  private void endStep() {
    for (int i = 0; i < ending.size(); i++) {
      Problems.guard("the end of a step", ending.get(i));
    }
    ending.clear();
  }

  /// Sleeps until something may have to be done.
  ///
  /// @return false if there has been nothing to do for long
  private boolean idle() {
    long now = System.nanoTime();
    LoopPoller channels = poller;
    boolean mayEnd = timers.isEmpty() && (channels == null || channels.isIdle());
    long left;
    if (mayEnd) {
      ready.trim();
      left = ended ? 0 : LINGER_NANOS;
    } else {
      left = timers.isEmpty() ? FARTHEST_NANOS : timers.next() - now;
    }
    sleeping = true;
    long nanos = arrivals.isEmpty() ? Math.max(0, left) : 0;
    if (channels != null) {
      poll(channels, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    } else if (nanos > 0) {
      LockSupport.parkNanos(this, nanos);
    }
    sleeping = false;
    boolean _ = Thread.interrupted(); // a park would return at once
    return !mayEnd
        || !arrivals.isEmpty()
        || !ready.isEmpty()
        || left - (System.nanoTime() - now) > 0;
  }
}
