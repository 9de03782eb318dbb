package dev.selvedge;

import dev.selvedge.internal.PoolTasks;
import dev.selvedge.internal.Timetable;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Starts tasks later: after a time, at an instant, every period, or when an event is set.
///
/// ```java
/// try (Pool pool = Pool.virtual(); Schedule schedule = Schedule.on(pool)) {
///   Task<Report> report = schedule.at(midnight, this::makeReport);
///   Task<?> beat = schedule.every(Duration.ofSeconds(10), this::sendHeartbeat);
///   schedule.when(loaded, () -> System.out.println("ready"));
///   …
///   beat.cancel("no longer needed");
/// }
/// ```
///
/// **Order.** What is due is started by due time, then by priority (lower numbers first,
/// [#priority]), then in the order in which it was entered.
///
/// **Who waits for what.** A delayed task ([#after], [#at]) is work of the pool from the moment it
/// is entered: closing the pool waits for it, and it keeps the JVM up. A task that waits for an
/// event is so from the moment the event is set. Periodic actions never are; they end with the
/// schedule or the pool.
///
/// **Periodic actions** run for the first time after one period, and never twice at once: [#every]
/// leaves out the beats that were missed meanwhile, [#spaced] waits after the end of each run. A
/// run that fails is reported to the thread's default uncaught-exception handler, and the next one
/// comes nevertheless: a heartbeat should not stop by one bad packet. The task that they return is
/// done only when it is cancelled.
///
/// **Deadlines of others** are not held up by what is scheduled here: work on an executor that runs
/// it in the caller has a thread of its own, where what is due next waits for it.
///
/// **Cancelling** a task before it is due removes exactly its entry, and `cancel` answers true;
/// once it has run, it answers false. Timers follow the clock of the pool. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Schedule implements AutoCloseable {
  private final Timetable timetable;
  private final int priority;

  private Schedule(Timetable timetable, int priority) {
    this.timetable = timetable;
    this.priority = priority;
  }

  /// {@return a new schedule that starts what is due on a pool} Closing it leaves the pool open.
  ///
  /// @param pool where the tasks run
  public static Schedule on(Pool pool) {
    return new Schedule(Timetable.on(Objects.requireNonNull(pool, "pool")), 0);
  }

  /// Opens a schedule that starts nothing by itself: its caller runs what is due, with [#runDue()]
  /// or [#runAll()], on its own thread. So a program with a loop of its own can have timers, and a
  /// whole schedule can run on simulated time. What is entered does not keep the JVM up.
  ///
  /// @param kernel the clock, and how to wait for it
  /// @return a new schedule
  public static Schedule manual(Kernel kernel) {
    return new Schedule(Timetable.manual(Objects.requireNonNull(kernel, "kernel")), 0);
  }

  /// {@return a view of this schedule that enters tasks with another priority} Among tasks that are
  /// due at the same time, lower numbers start first; zero is usual.
  ///
  /// @param newPriority the priority
  public Schedule priority(int newPriority) {
    return new Schedule(timetable, newPriority);
  }

  /// Starts a call after a time.
  ///
  /// @param delay the time from now
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule or the pool is closed
  /// @throws IllegalArgumentException if the delay is negative
  public <T extends @Nullable Object> Task<T> after(Duration delay, Call<T> call) {
    return timetable.after(delay, priority, Objects.requireNonNull(call, "call"));
  }

  /// Starts an action after a time.
  ///
  /// @param delay the time from now
  /// @param action the work
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule or the pool is closed
  /// @throws IllegalArgumentException if the delay is negative
  public Task<@Nullable Void> after(Duration delay, Action action) {
    return timetable.after(delay, priority, PoolTasks.asCall(action));
  }

  /// Starts a call at a time of the wall clock; at once if that has passed. A wall clock that is
  /// set later does not move what was entered before.
  ///
  /// @param time when
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule or the pool is closed
  public <T extends @Nullable Object> Task<T> at(Instant time, Call<T> call) {
    return timetable.at(time, priority, Objects.requireNonNull(call, "call"));
  }

  /// Starts an action at a time of the wall clock, as [#at(Instant, Call)] does.
  ///
  /// @param time when
  /// @param action the work
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule or the pool is closed
  public Task<@Nullable Void> at(Instant time, Action action) {
    return timetable.at(time, priority, PoolTasks.asCall(action));
  }

  /// Runs an action at a fixed rate: at each beat, unless the last run still goes on.
  ///
  /// @param period the time between two beats, and until the first
  /// @param action the work
  /// @return a task to cancel it with; it is done when the last run has stopped
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule is closed
  /// @throws IllegalArgumentException if the period is not positive
  public Task<@Nullable Void> every(Duration period, Action action) {
    return timetable.every(period, true, priority, PoolTasks.asCall(action));
  }

  /// Runs an action again and again, with a fixed pause between the end of one run and the start of
  /// the next.
  ///
  /// @param pause the pause, also before the first run
  /// @param action the work
  /// @return a task to cancel it with; it is done when the last run has stopped
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule is closed
  /// @throws IllegalArgumentException if the pause is not positive
  public Task<@Nullable Void> spaced(Duration pause, Action action) {
    return timetable.every(pause, false, priority, PoolTasks.asCall(action));
  }

  /// Starts a call once when an event is set, or now if it is.
  ///
  /// @param event the event
  /// @param call the work
  /// @param <T> the type of its value
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule is closed
  public <T extends @Nullable Object> Task<T> when(Event event, Call<T> call) {
    return timetable.when(event, priority, Objects.requireNonNull(call, "call"));
  }

  /// Starts an action once when an event is set, or now if it is.
  ///
  /// @param event the event
  /// @param action the work
  /// @return the task
  /// @throws java.util.concurrent.RejectedExecutionException if the schedule is closed
  public Task<@Nullable Void> when(Event event, Action action) {
    return timetable.when(event, priority, PoolTasks.asCall(action));
  }

  /// An entry of a schedule.
  ///
  /// @param task the task
  /// @param at when it is due
  /// @param priority its priority among those due at the same time
  /// @since 0.1
  public record Scheduled(Task<?> task, Instant at, int priority) {}

  /// {@return what is entered and not started, in the order in which it will be; a snapshot} What
  /// waits for an event is not among it.
  public List<Scheduled> pending() {
    return timetable.pending();
  }

  /// Runs what is due, in order, on this thread. For [#manual] schedules.
  ///
  /// @return the time until the next task is due, or empty if there is none
  /// @throws TaskFailedException if a task failed; it is gone, and a further run goes on behind it
  /// @throws InterruptedException if this thread is interrupted or the running task cancelled
  /// @throws IllegalStateException if the schedule runs on a pool
  public Optional<Duration> runDue() throws InterruptedException, TaskFailedException {
    return timetable.runDue();
  }

  /// Runs everything on this thread and waits for what is not due yet, until nothing is left. Other
  /// threads may enter and cancel tasks meanwhile. For [#manual] schedules.
  ///
  /// @throws TaskFailedException if a task failed; it is gone, and a further run goes on behind it
  /// @throws InterruptedException if this thread is interrupted or the running task cancelled
  /// @throws IllegalStateException if the schedule runs on a pool
  public void runAll() throws InterruptedException, TaskFailedException {
    timetable.runAll();
  }

  /// Takes no more tasks, cancels what is periodic or waits for an event, and waits until it has
  /// stopped. Delayed tasks go on: they are the pool's, which waits for them when it is closed. In
  /// a [#manual] schedule they are cancelled. Closing twice does nothing, and closing a view closes
  /// the schedule.
  @Override
  public void close() {
    timetable.close();
  }

  @Override
  public String toString() {
    return "Schedule, " + pending().size() + " pending";
  }
}
