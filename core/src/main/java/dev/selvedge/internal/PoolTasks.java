package dev.selvedge.internal;

import dev.selvedge.Action;
import dev.selvedge.BrokenPoolException;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Pool;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import dev.selvedge.sync.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The tasks of a pool: those submitted to it, which it owns, and the groups that run on it.
///
/// ## Life
///
/// ```
///   open ──shutdown──► sealed ──last task and group──► terminated
/// ```
///
/// A pool is idle when none of its own tasks and no task of an attached group is pending. Whoever
/// makes it idle looks whether it is sealed, and whoever seals it looks whether it is idle; so one
/// of the two sees both and terminates it, once.
public final class PoolTasks extends TaskOwner {

  /// What the pool's class does; see the methods of the same names there.
  public interface Workers {
    /// Starts or queues a ticket.
    void launch(Ticket ticket);

    /// {@return the work as it will run}
    <T extends @Nullable Object> Callable<T> prepare(Callable<T> call);

    /// {@return whether a thread is one of the workers}
    boolean isWorker(Thread thread);

    /// {@return an unstarted thread that stands in for a worker, and counts as one}
    Thread spare(Runnable run);

    /// {@return the pool for groups that the current task opens without naming one; null for this}
    default @Nullable Pool groupPool() {
      return null;
    }

    /// Ends the workers.
    void retire();

    /// {@return whether a failure that nobody asks for is to be reported}
    default boolean reportsUncollected() {
      return false;
    }

    /// Takes a failure that nobody waits for.
    default void uncaught(String task, Throwable failure) {
      Problems.uncaught(task, failure);
    }
  }

  /// The pool whose task is done but for the callback that this thread runs.
  static final ScopedValue<PoolTasks> CALLING_BACK = ScopedValue.newInstance();

  private static volatile @Nullable Function<AbstractPool, PoolTasks> accessor;

  private final String name;
  private final Kernel kernel;
  private final Set<Capability> capabilities;
  private final int window;
  private final Workers workers;
  private final Set<GroupImpl> groups = ConcurrentHashMap.newKeySet();
  private final LongAdder takenByPast = new LongAdder(); // groups that have ended

  /// Waits of workers that would run a delayed task in place once it is due.
  private final Set<Waiter> helpers = ConcurrentHashMap.newKeySet();

  private final Event terminated = Event.create();
  private final AtomicBoolean retired = new AtomicBoolean();
  private volatile @Nullable BrokenPoolException broken;
  private volatile String path = "";
  private volatile @Nullable String worker;
  private volatile long caller;

  /// Makes the tasks of a new pool.
  public PoolTasks(
      String name, Kernel kernel, Set<Capability> capabilities, int window, Workers workers) {
    this.name = name;
    this.kernel = kernel;
    this.capabilities = Set.copyOf(capabilities);
    this.window = window;
    this.workers = workers;
    Waiter.use(kernel);
    KeepAlive.watch(this);
  }

  /// Lets this package find the tasks of a pool without making them public.
  public static void accessor(Function<AbstractPool, PoolTasks> access) {
    accessor = access;
  }

  static PoolTasks of(Pool pool) {
    Function<AbstractPool, PoolTasks> access = accessor;
    if (pool instanceof AbstractPool ours && access != null) {
      return access.apply(ours);
    }
    throw new IllegalArgumentException(
        "the pool "
            + pool
            + " cannot run groups; extend dev.selvedge.spi.AbstractPool, or use Pool.of(executor)");
  }

  /// {@return an action as a call}
  public static Call<@Nullable Void> asCall(Action action) {
    Objects.requireNonNull(action, "action");
    return new ActionCall(action);
  }

  /// An action that is run as a call; a class of its own so that [Place] finds the action.
  record ActionCall(Action action) implements Call<@Nullable Void> {
    @Override
    public @Nullable Void call() throws Exception {
      action.perform();
      return null;
    }
  }

  /// {@return a runnable as a call without a value}
  public static Call<@Nullable Void> asCall(Runnable runnable) {
    return new RunnableCall<@Nullable Void>(Objects.requireNonNull(runnable, "runnable"), null);
  }

  /// {@return a runnable as a call with a given value}
  public static <T extends @Nullable Object> Call<T> asCall(Runnable runnable, T result) {
    return new RunnableCall<>(Objects.requireNonNull(runnable, "runnable"), result);
  }

  /// A runnable that is run as a call; travels if the runnable and the result do.
  record RunnableCall<T extends @Nullable Object>(Runnable runnable, T result) implements Call<T> {
    @Override
    public T call() {
      runnable.run();
      return result;
    }
  }

  // ---- submitting -----------------------------------------------------------------------------

  /// Starts a call.
  public <T extends @Nullable Object> TaskImpl<T> submit(
      @Nullable String taskName, Callable<T> call) {
    return submit(taskName, TaskImpl.currentDeadline(), call);
  }

  /// Starts a call with a deadline of its own, in place of the one that binds the submitter.
  public <T extends @Nullable Object> TaskImpl<T> submit(
      @Nullable String taskName, @Nullable Deadline deadline, Callable<T> call) {
    Objects.requireNonNull(call, "call");
    TaskImpl<T> task = TaskImpl.of(this, taskName, prepared(call), deadline);
    count(task);
    expire(task, deadline); // before it is launched, which may run it here
    launchCounted(task);
    return task;
  }

  private void expire(TaskImpl<?> task, @Nullable Deadline deadline) {
    if (deadline != null && !task.isDone()) {
      Kernel.Alarm alarm =
          kernel.at(deadline.at(), () -> task.cancel(new CancelReason.DeadlineExpired(deadline)));
      task.onDone(done -> alarm.cancel());
    }
  }

  /// Accepts a call that will be launched later; it counts from now on.
  <T extends @Nullable Object> TaskImpl<T> accept(Callable<T> call, @Nullable Deadline deadline) {
    TaskImpl<T> task = TaskImpl.of(this, null, prepared(call), deadline);
    task.delay();
    count(task);
    expire(task, deadline);
    return task;
  }

  /// Accepts a call that does not keep the pool open nor the JVM up.
  <T extends @Nullable Object> TaskImpl<T> acceptBackground(Callable<T> call) {
    TaskImpl<T> task = TaskImpl.background(this, call);
    task.delay();
    count(task);
    return task;
  }

  /// Starts what was accepted. The pool's refusal is the task's failure, as nobody calls.
  void launchAccepted(TaskImpl<?> task) {
    task.endDelay();
    try {
      launch(task);
      helpers.forEach(Waiter::wake);
    } catch (RejectedExecutionException | Error refused) {
      task.refuse(refused);
    }
  }

  /// Starts a runnable whose failure nobody waits for.
  public void execute(Runnable runnable) {
    Objects.requireNonNull(runnable, "command");
    admit(TaskImpl.executed(this, runnable, this.<@Nullable Void>prepared(asCall(runnable))));
  }

  private void count(TaskImpl<?> task) {
    JvmShutdown.refuse(name);
    if (!register(task)) {
      throw refusal();
    }
    KeepAlive.accepted();
  }

  void admit(TaskImpl<?> task) {
    count(task);
    launchCounted(task);
  }

  private void launchCounted(TaskImpl<?> task) {
    try {
      launch(task);
    } catch (Throwable refused) {
      task.cancel(new CancelReason.Requested("the pool refused it: " + refused));
      throw refused;
    }
  }

  RejectedExecutionException refusal() {
    BrokenPoolException why = broken;
    return why != null
        ? new BrokenPoolException(name, Objects.requireNonNull(why.getCause()))
        : new RejectedExecutionException(
            "the pool '" + name + "' is shut down; submit before close(), or open another pool");
  }

  <T extends @Nullable Object> Callable<T> prepared(Callable<T> call) {
    return workers.prepare(call);
  }

  void launch(Ticket ticket) {
    workers.launch(ticket);
  }

  // ---- groups ---------------------------------------------------------------------------------

  /// {@return where a group runs that a task of this pool opens on this thread without naming a
  /// pool} A pool with a kernel of its own says so, as the group shall follow its time and waits;
  /// others leave it to virtual threads.
  PoolTasks forGroups() {
    if (!capabilities.contains(Capability.OWN_KERNEL)) {
      return VirtualPool.SHARED;
    }
    Pool chosen = workers.groupPool();
    return chosen == null ? this : of(chosen);
  }

  void attach(GroupImpl group) {
    JvmShutdown.refuse(name);
    groups.add(group);
    if (isSealed()) {
      groups.remove(group);
      ownerIdle();
      throw refusal();
    }
    KeepAlive.accepted();
  }

  /// {@return the groups that run here and have forked something}
  Set<GroupImpl> groups() {
    return groups;
  }

  void detach(GroupImpl group) {
    if (groups.remove(group)) {
      takenByPast.add(group.taken());
    }
    ownerIdle();
  }

  /// Called when the pool's own tasks or those of a group have all ended. Background tasks are
  /// cancelled then; the last of them comes here again.
  void ownerIdle() {
    if (!isSealed() || isBusy()) {
      return;
    }
    if (backgroundPending() > 0) {
      var why = new CancelReason.Shutdown(name);
      live(TaskImpl::isBackground).forEach(task -> task.cancel(why));
    }
    if (backgroundPending() == 0 && retired.compareAndSet(false, true)) {
      Problems.guard("the end of pool '" + name + "'", workers::retire);
      terminated.set();
    }
  }

  /// {@return whether finite work is not done}
  boolean isBusy() {
    if (pending() > 0) {
      return true;
    }
    for (GroupImpl group : groups) {
      if (group.pending() > 0) {
        return true;
      }
    }
    return false;
  }

  // ---- for samples: about so many, while tasks come and go -------------------------------------

  /// {@return how many tasks it was ever given, those of groups included}
  long everTaken() {
    return taken() + takenByPast.sum() + ofGroups(TaskOwner::taken);
  }

  /// {@return how many tasks are not done, those of groups included}
  long undone() {
    return pending()
        + backgroundPending()
        + ofGroups(group -> group.pending() + group.backgroundPending());
  }

  /// {@return how many tasks have not begun, those of groups included}
  long waiting() {
    return queued() + ofGroups(TaskOwner::queued);
  }

  private long ofGroups(ToLongFunction<GroupImpl> number) {
    return groups.stream().mapToLong(number).sum();
  }

  // ---- ending ---------------------------------------------------------------------------------

  /// Refuses further work.
  public void shutdown() {
    seal(false);
    ownerIdle();
  }

  /// Refuses further work, and cancels what was accepted.
  ///
  /// @param queuedOnly whether to leave alone what runs
  /// @return what had not started, for [java.util.concurrent.ExecutorService#shutdownNow]
  public List<Runnable> cancelAll(boolean queuedOnly, CancelReason why) {
    seal(false);
    List<TaskImpl<?>> told = new ArrayList<>(live(task -> !queuedOnly || task.isQueued()));
    for (GroupImpl group : groups) {
      if (queuedOnly) {
        told.addAll(group.live(TaskImpl::isQueued));
      } else {
        group.cancel(why);
      }
    }
    List<Runnable> unstarted = new ArrayList<>();
    List<TaskImpl<?>> running = new ArrayList<>();
    for (TaskImpl<?> task :
        told) { // first the queued ones: a worker that is stopped takes the next
      Runnable work = task.unstarted();
      if (task.cancelQueued(why)) {
        unstarted.add(work);
      } else if (!queuedOnly) {
        running.add(task);
      }
    }
    running.forEach(task -> task.cancel(why));
    ownerIdle();
    return unstarted;
  }

  /// Cancels everything that was accepted, and goes on accepting, so that cleanup code still can
  /// use the pool.
  void interruptAll(CancelReason why) {
    groups.forEach(group -> group.cancel(why));
    live(task -> true).forEach(task -> task.cancel(why));
  }

  /// {@return whether anything runs or is queued, background work included}
  boolean hasTasks() {
    return pending() + backgroundPending() > 0
        || groups.stream().anyMatch(group -> group.pending() + group.backgroundPending() > 0);
  }

  /// Fails what is queued and refuses further work, since no worker can run it.
  public void breakDown(Throwable cause) {
    var why = new BrokenPoolException(name, cause);
    broken = why;
    seal(false);
    for (TaskImpl<?> task : live(TaskImpl::isQueued)) {
      task.refuse(why);
    }
    for (GroupImpl group : groups) {
      group.live(TaskImpl::isQueued).forEach(task -> task.refuse(why));
    }
    ownerIdle();
  }

  /// {@return whether all work has ended and none is accepted}
  public boolean isTerminated() {
    return terminated.isSet();
  }

  /// Waits until the pool is terminated.
  public Event termination() {
    return terminated;
  }

  /// {@return whether the current task belongs to this pool, so that waiting for the pool would
  /// never end}
  public boolean runsCurrent() {
    if (CALLING_BACK.isBound() && CALLING_BACK.get() == this) {
      return true;
    }
    for (TaskImpl<?> t = TaskImpl.current(); t != null; t = t.parent()) {
      if (t.owner() == this
          || (t.owner() instanceof GroupImpl group && group.pool() == this && !group.isBody(t))) {
        return true;
      }
    }
    return false;
  }

  // ---- as an owner ----------------------------------------------------------------------------

  @Override
  public PoolTasks pool() {
    return this;
  }

  @Override
  String path() {
    return path;
  }

  /// Says where the tasks of this pool are, which are those of a group elsewhere.
  public void path(String ofGroup) {
    path = ofGroup;
  }

  void worker(String name) {
    worker = name;
  }

  /// {@return what the process that the tasks come from calls this one, or null}
  @Nullable String worker() {
    return worker;
  }

  void caller(long task) {
    caller = task;
  }

  /// {@return the number, in another process, of the task for which the running one was made; or 0}
  long caller() {
    return caller;
  }

  @Override
  @Nullable TaskImpl<?> parent() {
    return null;
  }

  @Override
  @Nullable Deadline deadline() {
    return null;
  }

  @Override
  void taskDone(TaskImpl<?> task) {
    if (task.isWatched()) { // so that it becomes unreachable though nothing else is submitted
      sweepIfFew();
    }
    if (unregister(task) == 0) {
      ownerIdle();
    }
  }

  /// A worker that waits for a task of its own pool runs it in place if it has not started; other
  /// tasks of the pool are strangers to it.
  @Override
  boolean mayHelp(TaskImpl<?> current) {
    return capabilities.contains(Capability.BOUNDED) && isWorker(Thread.currentThread());
  }

  @Override
  boolean helpOne(
      @Nullable Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed) {
    return awaited != null
        && awaited.isQueued()
        && !awaited.isDelayed()
        && current.runInPlace(awaited);
  }

  @Override
  void helping(Waiter waiter, boolean starts) {
    if (starts) {
      helpers.add(waiter);
    } else {
      helpers.remove(waiter);
    }
  }

  /// {@return a thread that will run a task in the place of a worker that waits for it}
  Thread spare(Runnable run) {
    return workers.spare(run);
  }

  boolean isWorker(Thread thread) {
    return workers.isWorker(thread);
  }

  boolean reportsUncollected() {
    return workers.reportsUncollected();
  }

  /// Reports a failure that nobody waits for, under what was captured for its task.
  void uncaught(String task, Throwable failure, @Nullable Context context) {
    Problems.guard(
        "the report of a failure in '" + task + "'",
        () -> {
          if (context == null) {
            workers.uncaught(task, failure);
          } else {
            context.run(() -> workers.uncaught(task, failure));
          }
        });
  }

  /// {@return the kernel on which the pool's tasks wait}
  public Kernel kernel() {
    return kernel;
  }

  /// {@return what the pool can do}
  public Set<Capability> capabilities() {
    return capabilities;
  }

  /// {@return how far `map` runs ahead}
  public int window() {
    return window;
  }

  /// {@return the pool's name}
  public String name() {
    return name;
  }
}
