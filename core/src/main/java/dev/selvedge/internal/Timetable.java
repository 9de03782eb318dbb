package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Pool;
import dev.selvedge.Schedule.Scheduled;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// What is due when: the state behind [dev.selvedge.Schedule].
///
/// One timer of the kernel is set, for the earliest entry; when it goes off, all that is due is
/// started in order. In the manual form there is no timer: the caller runs what is due, on its own
/// thread.
///
/// All timers of the system's kernel share a thread, which must not be held up. A pool of ours only
/// queues what it is given; but somebody else's, and an executor, may run it in the caller. For
/// these a thread of its own starts what is due, one at a time, so that the order is kept.
public final class Timetable {
  private static final Duration CLOCK_STEP = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final PoolTasks pool;
  private final Kernel kernel;
  private final boolean manual;
  private final boolean handsOff; // whether starting may take long
  private final Set<Task<?>> endless = ConcurrentHashMap.newKeySet();

  // guarded by this
  private final TreeSet<Entry> entries = new TreeSet<>();
  private long entered;
  private Kernel.@Nullable Alarm alarm;
  private boolean starting; // what is due; the alarm is set again when that is over
  private long armedFor;
  private boolean closed;
  private long clockNanos;
  private Instant clock;
  private boolean changed;
  private @Nullable Thread runner;

  private Timetable(PoolTasks pool, boolean manual, boolean handsOff) {
    this.pool = pool;
    this.handsOff = handsOff;
    this.kernel = pool.kernel();
    this.manual = manual;
    this.clockNanos = kernel.nanoTime();
    this.clock = kernel.now();
  }

  /// {@return a timetable that starts what is due on a pool}
  public static Timetable on(Pool pool) {
    PoolTasks tasks = PoolTasks.of(pool);
    boolean queues = pool instanceof VirtualPool || pool instanceof ThreadPool;
    return new Timetable(tasks, false, !queues && tasks.kernel().equals(Kernel.system()));
  }

  /// {@return a timetable that runs what is due in the caller}
  public static Timetable manual(Kernel kernel) {
    return new Timetable(PoolTasks.of(new CallerPool(kernel)), true, false);
  }

  private static final class CallerPool extends AbstractPool {
    CallerPool(Kernel kernel) {
      super("schedule", kernel, Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), 1);
    }

    @Override
    protected void launch(Ticket ticket) {
      ticket.run();
    }
  }

  /// What happens when an entry is due.
  @FunctionalInterface
  private interface Due {
    /// Starts it, or runs it if the timetable is manual.
    ///
    /// @return the task that was started or run, or null
    @Nullable TaskImpl<?> start();
  }

  private static final class Entry implements Comparable<Entry> {
    private final long due;
    private final int priority;
    private final long number;
    private final Task<?> task;
    private final Due action;

    Entry(long due, int priority, long number, Task<?> task, Due action) {
      this.due = due;
      this.priority = priority;
      this.number = number;
      this.task = task;
      this.action = action;
    }

    /// By due time, priority and order of entry; never equal to another entry.
    @Override
    @SuppressWarnings("ComparableType")
    public int compareTo(Entry other) {
      int order = Long.signum(due - other.due); // the clock may wrap
      order = order != 0 ? order : Integer.compare(priority, other.priority);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  // ---- entering -------------------------------------------------------------------------------

  /// Enters a call that is due after a time.
  public <T extends @Nullable Object> Task<T> after(
      Duration delay, int priority, Callable<T> call) {
    Objects.requireNonNull(delay, "delay");
    return once(Times.deadline(kernel, delay), priority, call, TaskImpl.currentDeadline());
  }

  /// Enters a call that is due at a time of the wall clock.
  public <T extends @Nullable Object> Task<T> at(Instant time, int priority, Callable<T> call) {
    Objects.requireNonNull(time, "time");
    return once(dueAt(time), priority, call, TaskImpl.currentDeadline());
  }

  /// The two clocks are compared once, so that equal instants are due at equal times; and again
  /// when the wall clock was set.
  private synchronized long dueAt(Instant time) {
    long nanos = kernel.nanoTime();
    Instant now = kernel.now();
    Duration drift = Duration.between(clock, now).minusNanos(nanos - clockNanos);
    if (drift.abs().compareTo(CLOCK_STEP) > 0) {
      clock = now;
      clockNanos = nanos;
    }
    Duration away = Duration.between(clock, time);
    if (away.compareTo(LONGEST) > 0) {
      away = LONGEST;
    }
    return away.isNegative() ? clockNanos : clockNanos + away.toNanos();
  }

  private <T extends @Nullable Object> Task<T> once(
      long due, int priority, Callable<T> call, @Nullable Deadline deadline) {
    refuseIfClosed();
    TaskImpl<T> task =
        manual ? pool.acceptBackground(pool.prepared(call)) : pool.accept(call, deadline);
    try {
      Entry entry = enter(due, priority, task, () -> startOnce(task));
      task.onDone(done -> remove(entry));
      return task;
    } catch (RejectedExecutionException closedMeanwhile) {
      task.cancel(new CancelReason.ScopeClosed("schedule"));
      throw closedMeanwhile;
    }
  }

  private TaskImpl<?> startOnce(TaskImpl<?> task) {
    pool.launchAccepted(task);
    return task;
  }

  private synchronized Entry enter(long due, int priority, Task<?> task, Due action) {
    refuseIfClosed();
    Entry entry = new Entry(due, priority, entered++, task, action);
    entries.add(entry);
    arm();
    return entry;
  }

  private synchronized void remove(Entry entry) {
    if (entries.remove(entry)) {
      arm();
    }
  }

  private synchronized void refuseIfClosed() {
    if (closed) {
      throw new RejectedExecutionException("the schedule is closed; open another one");
    }
  }

  // ---- becoming due ---------------------------------------------------------------------------

  /// Sets the timer for the first entry, and wakes who waits for it. The monitor is held.
  private void arm() {
    changed = true;
    Thread waiting = runner;
    if (waiting != null) {
      kernel.unpark(waiting);
    }
    Entry first = entries.isEmpty() ? null : entries.first();
    if (manual || starting || (alarm != null && first != null && armedFor == first.due)) {
      return;
    }
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
    if (first != null) {
      armedFor = first.due;
      alarm = kernel.at(first.due, this::wentOff);
    }
  }

  private void wentOff() {
    synchronized (this) {
      if (starting) { // it went off while it was being cancelled
        return;
      }
      starting = true;
    }
    if (handsOff) {
      SystemKernel.runBeside("selvedge-schedule", this::startDue);
    } else {
      startDue();
    }
  }

  private void startDue() {
    try {
      for (Entry entry = takeDue(); entry != null; entry = takeDue()) {
        entry.action.start();
      }
    } finally {
      synchronized (this) {
        starting = false;
        if (alarm != null) {
          alarm.cancel();
          alarm = null;
        }
        arm();
      }
    }
  }

  private synchronized @Nullable Entry takeDue() {
    Entry first = entries.isEmpty() ? null : entries.first();
    if (first == null || first.due - kernel.nanoTime() > 0) {
      return null;
    }
    entries.remove(first);
    return first;
  }

  /// Runs what is due, in the caller.
  ///
  /// @return the time until the next entry is due, if there is one
  public Optional<Duration> runDue() throws InterruptedException, TaskFailedException {
    if (!manual) {
      throw new IllegalStateException(
          "this schedule runs on the pool '"
              + pool.name()
              + "'; only Schedule.manual is run by the caller");
    }
    for (Entry entry = takeDue(); entry != null; entry = takeDue()) {
      if (Thread.interrupted()) {
        restore(entry);
        throw new InterruptedException();
      }
      TaskImpl<?> ran = entry.action.start();
      if (ran != null && ran.failure() != null) {
        throw ran.failedException();
      }
    }
    synchronized (this) {
      changed = false;
      return entries.isEmpty()
          ? Optional.empty()
          : Optional.of(Duration.ofNanos(Math.max(0, entries.first().due - kernel.nanoTime())));
    }
  }

  private synchronized void restore(Entry entry) {
    entries.add(entry);
  }

  /// Runs everything in the caller, waiting for what is not due, until nothing is left.
  public void runAll() throws InterruptedException, TaskFailedException {
    while (runDue().isPresent()) {
      awaitDueOrChanged();
    }
  }

  private void awaitDueOrChanged() throws InterruptedException {
    try {
      while (true) {
        long due;
        synchronized (this) {
          runner = Thread.currentThread();
          if (changed || entries.isEmpty() || entries.first().due - kernel.nanoTime() <= 0) {
            return;
          }
          due = entries.first().due;
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        kernel.park(this, due);
      }
    } finally {
      synchronized (this) {
        runner = null;
      }
    }
  }

  // ---- again and again ------------------------------------------------------------------------

  /// Enters an action that is due again and again.
  public Task<@Nullable Void> every(
      Duration period, boolean fixedRate, int priority, Callable<@Nullable Void> action) {
    Objects.requireNonNull(period, "period");
    if (!period.isPositive()) {
      throw new IllegalArgumentException(
          "the period is " + period + "; give a time that is positive");
    }
    refuseIfClosed();
    Context context = Context.capture();
    Callable<?> work = pool.<@Nullable Void>prepared(action);
    Series series =
        new Series(
            OuterTasks.make("every " + Times.text(period)),
            Times.nanos(period),
            fixedRate,
            priority,
            context == null ? work : context.around(work));
    series.begin();
    endless.add(series.handle);
    series.handle.onDone(endless::remove);
    series.next(kernel.nanoTime() + Times.nanos(period));
    return series.handle;
  }

  /// An action that is due again and again: never twice at the same time, and what was missed
  /// meanwhile is left out.
  private final class Series extends OuterTasks.Report {
    private final TaskImpl<@Nullable Void> handle;
    private final long period;
    private final boolean fixedRate;
    private final int priority;
    private final Callable<?> action;
    // guarded by this
    private long due;
    private @Nullable Entry entry;
    private @Nullable TaskImpl<?> run;
    private boolean stopped;

    Series(
        TaskImpl<@Nullable Void> handle,
        long period,
        boolean fixedRate,
        int priority,
        Callable<?> action) {
      super(handle);
      this.handle = handle;
      this.period = period;
      this.fixedRate = fixedRate;
      this.priority = priority;
      this.action = action;
    }

    void next(long at) {
      synchronized (this) {
        if (stopped) {
          return;
        }
        try {
          due = at;
          entry = enter(at, priority, handle, this::start);
          return;
        } catch (RejectedExecutionException e) {
          stopped = true;
        }
      }
      cancelled(new CancelReason.ScopeClosed("schedule"), new CancellationException());
    }

    private @Nullable TaskImpl<?> start() {
      TaskImpl<?> started = accept();
      if (started == null) {
        return null;
      }
      started.onDone(this::ended);
      pool.launchAccepted(started);
      return started;
    }

    private @Nullable TaskImpl<?> accept() {
      RejectedExecutionException refusal;
      synchronized (this) {
        entry = null;
        if (stopped) {
          return null;
        }
        try {
          run = pool.acceptBackground(action);
          return run;
        } catch (RejectedExecutionException e) {
          stopped = true;
          refusal = e;
        }
      }
      cancelled(new CancelReason.Shutdown(pool.name()), refusal);
      return null;
    }

    private void ended(Task<?> done) {
      if (done.state() == Task.State.FAILED && !manual) {
        Problems.uncaught(handle.path(), done.exceptionNow());
      }
      boolean last;
      synchronized (this) {
        run = null;
        stopped |= done.isCancelled();
        last = stopped;
      }
      if (last) {
        CancelReason why = done.cancelReason().or(handle::cancelReason).orElseThrow();
        cancelled(why, new CancellationException());
      } else {
        next(nextDue());
      }
    }

    private synchronized long nextDue() {
      long now = kernel.nanoTime();
      if (!fixedRate) {
        return now + period;
      }
      long missed = Math.max(0, (now - due) / period);
      return due + (missed + 1) * period;
    }

    @Override
    void cancelWork(CancelReason why) {
      TaskImpl<?> running;
      Entry waiting;
      synchronized (this) {
        stopped = true;
        running = run;
        waiting = entry;
      }
      if (waiting != null) {
        remove(waiting);
      }
      if (running == null) {
        failed(new CancellationException(why.describe()));
      } else {
        running.cancel(why);
      }
    }
  }

  // ---- when something happens -----------------------------------------------------------------

  /// Enters a call that is due when an event is set.
  public <T extends @Nullable Object> Task<T> when(Event event, int priority, Callable<T> call) {
    Objects.requireNonNull(event, "event");
    refuseIfClosed();
    TaskImpl<T> handle = OuterTasks.make("when set");
    Context context = Context.capture();
    Callable<? extends T> work = pool.prepared(call);
    Trigger trigger =
        new Trigger(handle, event, priority, context == null ? work : context.around(work));
    trigger.begin();
    endless.add(handle);
    handle.onDone(endless::remove);
    event.onSet(trigger);
    return handle;
  }

  /// A call that waits for an event. It counts as the pool's work from then on.
  private final class Trigger extends OuterTasks.Report implements Runnable {
    private final TaskImpl<?> handle;
    private final Event event;
    private final int priority;
    private final Callable<?> work;
    private final @Nullable Deadline deadline = TaskImpl.currentDeadline();
    private boolean over; // guarded by this
    private @Nullable Task<?> started; // guarded by this

    Trigger(TaskImpl<?> handle, Event event, int priority, Callable<?> work) {
      super(handle);
      this.handle = handle;
      this.event = event;
      this.priority = priority;
      this.work = work;
    }

    /// The event was set.
    @Override
    public void run() {
      try {
        Task<?> task = start();
        if (task != null) {
          task.onDone(done -> OuterTasks.forward(done, this));
        }
      } catch (RejectedExecutionException e) {
        failed(e);
      }
    }

    private synchronized @Nullable Task<?> start() {
      if (over) {
        return null;
      }
      over = true;
      endless.remove(handle);
      started = once(kernel.nanoTime(), priority, work, deadline);
      return started;
    }

    @Override
    void cancelWork(CancelReason why) {
      Task<?> running;
      synchronized (this) {
        over = true;
        running = started;
      }
      event.forget(this);
      if (running == null) {
        failed(new CancellationException(why.describe()));
      } else {
        running.cancel(why);
      }
    }
  }

  // ---- looking and closing --------------------------------------------------------------------

  /// {@return what is entered and not started, in the order in which it will be}
  public synchronized List<Scheduled> pending() {
    long nanos = kernel.nanoTime();
    Instant now = kernel.now();
    return entries.stream()
        .map(e -> new Scheduled(e.task, now.plusNanos(e.due - nanos), e.priority))
        .toList();
  }

  /// Takes no more entries, stops what is endless, and leaves the rest to the pool.
  public void close() {
    List<Task<?>> left = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (manual) {
        entries.forEach(entry -> left.add(entry.task));
      }
    }
    left.addAll(endless);
    var why = new CancelReason.ScopeClosed("schedule");
    left.forEach(task -> task.cancel(why));
    if (!runsCurrent()) {
      Mapping.stop(left, why);
    }
  }

  private boolean runsCurrent() {
    for (TaskImpl<?> t = TaskImpl.current(); t != null; t = t.parent()) {
      if (t.isBackground() && t.owner().equals(pool)) {
        return true;
      }
    }
    return false;
  }
}
