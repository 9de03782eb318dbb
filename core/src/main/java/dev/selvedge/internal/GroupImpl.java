package dev.selvedge.internal;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Fn;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.UnjoinedTasksException;
import dev.selvedge.internal.recording.Group;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.lang.Thread.UncaughtExceptionHandler;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The group.
///
/// ## The body
///
/// The owner's code is a task too ([TaskImpl#body]), so that cancelling it is nothing special: what
/// cancels the group cancels it, with the same delivery as any other task. It lies on top of the
/// task, if any, that opened the group (`outer`), and of nothing on a thread that runs no task.
///
/// ## How a group ends
///
/// `exit` decides from three facts, once everything has stopped: what the body threw, whether its
/// cancellation was requested before it threw, and what was recorded of the children. The first
/// reason to cancel stays (`reason`), later ones are ignored.
///
/// ## Unstarted tasks
///
/// Without a limit on an unbounded pool a fork is handed to the pool at once. Otherwise the group
/// keeps the unstarted tasks itself, in `queue`, and gives the pool *tickets*: whoever runs a
/// ticket takes the oldest task. So a worker that waits for the group can take a task from the
/// queue without searching the pool's, nothing that is done stays in a queue, and the limit is the
/// number of tickets:
///
/// - `permits` counts tickets that are with the pool and tasks that run under one; it never exceeds
///   the limit.
/// - `tickets` counts the former. There is a ticket for each queued task as far as permits go
///   (`pump`).
/// - A child that waits runs a queued task under its own permit. The owner has none: it takes over
///   that of a ticket, which is then `void`, and does nothing when its turn comes.
///
/// All of that is guarded by `lock`, which is never held while a task or foreign code runs.
public final class GroupImpl extends TaskOwner implements TaskGroup {
  private static final VarHandle REASON;

  static {
    try {
      REASON = MethodHandles.lookup().findVarHandle(GroupImpl.class, "reason", CancelReason.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long opened = System.nanoTime(); // for those who look from outside
  private final Options options;
  private final PoolTasks pool;
  private final boolean queues;
  private final Thread ownerThread = Thread.currentThread();
  private final @Nullable TaskImpl<?> outer;
  private final Kernel ownerKernel;
  private final @Nullable Deadline deadline;
  private final TaskImpl<@Nullable Void> body;

  // touched by the owner only
  private UncaughtExceptionHandler below = (t, e) -> {};
  private Kernel.@Nullable Alarm alarm;
  private @Nullable Group recorded;
  private boolean closing;
  private boolean cancelledByOwner;

  private volatile boolean attached;
  private volatile boolean unjoined;

  private volatile @Nullable CancelReason reason;
  private volatile boolean childCancelled;
  private volatile @Nullable Waiter joiner;
  private volatile Kernel.@Nullable Alarm graceAlarm;

  private final Object lock = new Object();
  private final Ticket ticket = this::redeem;
  private final Failures failures = new Failures();
  // guarded by lock
  private @Nullable ArrayDeque<TaskImpl<?>> queue;
  private @Nullable Set<Waiter> helpers; // those that run nothing in place at the moment
  private int permits;
  private int tickets;
  private int voidTickets;

  private GroupImpl(Options options) {
    this.options = options;
    this.outer = TaskImpl.current();
    this.pool = poolOf(options, outer);
    this.queues =
        options.limit() != Integer.MAX_VALUE || pool.capabilities().contains(Capability.BOUNDED);
    this.ownerKernel = TaskImpl.currentKernel();
    this.deadline = nearest(options, outer == null ? null : outer.deadline(), ownerKernel);
    this.body = TaskImpl.body(this, options.name());
  }

  /// {@return the pool that the options name, otherwise what the one around says}
  private static PoolTasks poolOf(Options options, @Nullable TaskImpl<?> outer) {
    if (options.pool() != null) {
      return PoolTasks.of(options.pool());
    }
    return outer == null ? VirtualPool.SHARED : outer.owner().pool().forGroups();
  }

  private static @Nullable Deadline nearest(
      Options options, @Nullable Deadline enclosing, Kernel kernel) {
    Duration asked = options.timeout();
    if (asked == null) {
      return enclosing;
    }
    long now = kernel.nanoTime();
    long at = now + Times.nanos(asked);
    return enclosing != null && enclosing.at() - at <= 0
        ? new Deadline(
            enclosing.at(),
            options.name(),
            asked,
            Duration.ofNanos(Math.max(0, enclosing.at() - now)),
            enclosing.scope())
        : new Deadline(at, options.name(), asked, asked, null);
  }

  // ---- opening --------------------------------------------------------------------------------

  /// Opens a group, for [TaskGroup#open].
  public static TaskGroup open(Options options) {
    GroupImpl group = new GroupImpl(options);
    group.enter();
    return group;
  }

  /// Runs a body, for [TaskGroup#call].
  public static <T extends @Nullable Object> T call(Options options, Body<T> body)
      throws Exception {
    Objects.requireNonNull(body, "body");
    GroupImpl group = new GroupImpl(options);
    group.enter();
    @Nullable T value = null;
    Throwable thrown = null;
    try {
      value = body.call(group);
    } catch (Throwable e) {
      thrown = e;
    }
    group.exit(thrown);
    return returned(value);
  }

  @SuppressWarnings("NullAway") // null only if the body returned it
  private static <T extends @Nullable Object> T returned(@Nullable T value) {
    return value;
  }

  /// Runs a call under a deadline, for [Deadline#within].
  public static <T extends @Nullable Object> T within(String name, Duration timeout, Call<T> work)
      throws Exception {
    Objects.requireNonNull(work, "call");
    return call(Options.DEFAULT.name(name).deadline(timeout), group -> work.call());
  }

  private void enter() {
    recorded = Tracing.opened();
    below = body.enter(ownerThread);
    if (outer != null) {
      outer.pushBody(body);
    }
    Deadline mine = deadline;
    if (mine != null && sets(mine)) {
      alarm = ownerKernel.at(mine.at(), () -> cancel(new CancelReason.DeadlineExpired(mine)));
    }
  }

  // ---- forking --------------------------------------------------------------------------------

  @Override
  public <T extends @Nullable Object> Task<T> fork(Call<T> call) {
    return start(null, Objects.requireNonNull(call, "call"));
  }

  @Override
  public <T extends @Nullable Object> Task<T> fork(String name, Call<T> call) {
    return start(Objects.requireNonNull(name, "name"), Objects.requireNonNull(call, "call"));
  }

  @Override
  public Task<@Nullable Void> fork(Action action) {
    return start(null, PoolTasks.asCall(action));
  }

  @Override
  public Task<@Nullable Void> fork(String name, Action action) {
    return start(Objects.requireNonNull(name, "name"), PoolTasks.asCall(action));
  }

  @Override
  public Task<@Nullable Void> background(Action action) {
    TaskImpl<?> me = checkMayFork();
    TaskImpl<@Nullable Void> task =
        TaskImpl.<@Nullable Void>background(
            this, pool.<@Nullable Void>prepared(PoolTasks.asCall(action)));
    admit(task, me, true);
    return task;
  }

  private <T extends @Nullable Object> TaskImpl<T> start(@Nullable String name, Callable<T> call) {
    TaskImpl<?> me = checkMayFork();
    TaskImpl<T> task = TaskImpl.of(this, name, pool.prepared(call), null);
    admit(task, me, false);
    return task;
  }

  /// {@return the current task, which may fork}
  private @Nullable TaskImpl<?> checkMayFork() {
    TaskImpl<?> me = TaskImpl.current();
    if (me == body) {
      return me;
    }
    if (me != null) {
      for (TaskImpl<?> t = me; t != null; t = t.parent()) {
        if (t.owner() == this) {
          return me;
        }
      }
    }
    if (isSealed()) {
      throw closedException();
    }
    throw new WrongThreadException(
        caller()
            + " is neither the owner of the group '"
            + path()
            + "' nor one of its tasks; use asExecutor() to run things in it from outside");
  }

  /// {@return who calls, for messages}
  private static String caller() {
    TaskImpl<?> me = TaskImpl.current();
    return me != null
        ? "the task '" + me.path() + "'"
        : "the thread '" + Problems.threadName(Thread.currentThread()) + "'";
  }

  private IllegalStateException closedException() {
    return new IllegalStateException(
        "the group '" + path() + "' is closed; fork before its body ends, or open another group");
  }

  /// Registers and starts a task. From here on it is counted, so each way out either starts it or
  /// ends it.
  ///
  /// @return whether it was started; if not, the group is cancelled, and so is the task
  private boolean admit(TaskImpl<?> task, @Nullable TaskImpl<?> me, boolean background) {
    if (!attached) {
      attach();
    }
    if (!unjoined) { // a volatile write costs more than the read
      unjoined = true;
    }
    if (!register(task)) {
      throw closedException();
    }
    try {
      CancelReason why = reason;
      if (why != null) {
        task.cancel(why);
        return false;
      }
      if (pool.isSealed()) { // after the task is counted: it keeps a pool up that is sealed later
        throw pool.refusal();
      }
      if (!queues || background) {
        pool.launch(task);
      } else {
        enqueue(task, me);
      }
      return true;
    } catch (Throwable refused) {
      task.cancel(new CancelReason.Requested("the pool refused it: " + refused));
      throw refused;
    }
  }

  /// Starts a call whose failure is none of the group's: another attempt may succeed instead.
  <T extends @Nullable Object> Task<T> attempt(Call<? extends T> call) {
    TaskImpl<T> task = TaskImpl.candidate(this, pool.prepared(call));
    admit(task, checkMayFork(), false);
    return task;
  }

  private void attach() {
    synchronized (lock) {
      if (!attached) {
        pool.attach(this);
        attached = true;
      }
    }
  }

  // ---- unstarted tasks ------------------------------------------------------------------------

  private void enqueue(TaskImpl<?> task, @Nullable TaskImpl<?> me) {
    if (me == body && options.limit() != Integer.MAX_VALUE) {
      awaitPermit(task);
    }
    synchronized (lock) {
      if (queue == null) {
        queue = new ArrayDeque<>();
      }
      queue.add(task);
      if (helpers != null) {
        helpers.forEach(Waiter::wake);
      }
    }
    pump(task);
  }

  /// The owner waits at the limit, so that a loop of forks does not run ahead of the tasks.
  private void awaitPermit(TaskImpl<?> task) {
    Waiter wait =
        new Waiter() {
          @Override
          protected WaitKind kind() {
            return WaitKind.LIMIT;
          }

          @Override
          protected boolean ready() {
            synchronized (lock) {
              return permits < options.limit() && !hasUnticketed();
            }
          }

          @Override
          protected boolean help(boolean timed) {
            return helpBody(this);
          }
        };
    if (wait.ready()) {
      return;
    }
    helping(wait, true);
    try {
      wait.await(this, Kernel.FOREVER);
    } catch (InterruptedException e) {
      CancelReason why = reason;
      if (why == null) {
        why = new CancelReason.Requested("the owner of '" + path() + "' was interrupted");
      }
      task.cancel(why);
      ownerThread.interrupt();
      throw new TaskCancelledException(path(), why, e);
    } finally {
      helping(wait, false);
    }
  }

  /// {@return whether a queued task waits for a ticket rather than for the pool}
  private boolean hasUnticketed() {
    return queue != null && queue.size() > tickets - voidTickets;
  }

  private boolean helpBody(Waiter wait) {
    return mayHelp(body) && helpOne(wait, body, null, false);
  }

  /// Gives the pool tickets for what is queued, as far as permits go.
  ///
  /// @param forked the task that is being forked, whose caller gets the pool's refusal; null
  ///   otherwise
  private void pump(@Nullable TaskImpl<?> forked) {
    while (true) {
      synchronized (lock) {
        dropTaken();
        if (permits >= options.limit() || !hasUnticketed()) {
          return;
        }
        permits++;
        if (voidTickets > 0) { // one that is with the pool already serves again
          voidTickets--;
          continue;
        }
        tickets++;
      }
      try {
        pool.launch(ticket);
      } catch (RejectedExecutionException | Error refused) {
        TaskImpl<?> unlucky;
        synchronized (lock) {
          permits--;
          tickets--;
          unlucky = forked != null ? forked : pollQueue();
        }
        wakeHelpers();
        if (forked != null) {
          throw refused;
        }
        if (unlucky != null) {
          unlucky.refuse(refused);
        }
      }
    }
  }

  /// Takes the oldest unstarted task, on behalf of a ticket whose turn has come.
  private @Nullable TaskImpl<?> redeem() {
    TaskImpl<?> task;
    synchronized (lock) {
      tickets--;
      if (voidTickets > 0) {
        voidTickets--;
        return null;
      }
      task = pollQueue();
      if (task == null) {
        permits--;
      } else {
        task.givePermit();
      }
    }
    if (task == null) {
      wakeHelpers();
    } else {
      freeIfDone(task);
    }
    return task;
  }

  private void freeIfDone(TaskImpl<?> task) {
    if (task.isDone() && task.returnPermit()) {
      releasePermit();
    }
  }

  private @Nullable TaskImpl<?> pollQueue() {
    dropTaken();
    return queue == null ? null : queue.poll();
  }

  /// Drops tasks at the ends of the queue that were ended, or taken by a helper which awaited them:
  /// mostly the one that was forked last. Others are dropped when they have come to an end.
  private void dropTaken() {
    if (queue != null) {
      while (!queue.isEmpty() && isTaken(queue.peekFirst())) {
        queue.pollFirst();
      }
      while (!queue.isEmpty() && isTaken(queue.peekLast())) {
        queue.pollLast();
      }
    }
  }

  private static boolean isTaken(TaskImpl<?> task) {
    return !task.isQueued() || task.isPermitted();
  }

  private void releasePermit() {
    synchronized (lock) {
      permits--;
    }
    pump(null);
    wakeHelpers();
  }

  private void wakeHelpers() {
    synchronized (lock) {
      if (helpers != null) {
        helpers.forEach(Waiter::wake);
      }
    }
  }

  @Override
  boolean mayHelp(TaskImpl<?> current) {
    return queues && isWithin(current) && (current != body || pool.isWorker(ownerThread));
  }

  @Override
  boolean helpOne(
      @Nullable Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed) {
    TaskImpl<?> task;
    boolean any = awaited == null || !awaited.isQueued();
    if (any && (timed || hasNearerDeadline(current))) {
      return false; // a stranger could make the wait miss its deadline
    }
    synchronized (lock) {
      boolean lends = options.limit() == Integer.MAX_VALUE || isPermitted(current);
      if (!lends && tickets <= voidTickets) {
        return false;
      }
      task = any ? pollQueue() : awaited;
      if (task == null || !task.takeForHelp(!lends)) {
        return false;
      }
      if (!lends) {
        voidTickets++;
      }
    }
    if (wait != null) {
      helping(wait, false); // it cannot help while it does
    }
    boolean ran;
    try {
      ran = current.runInPlace(task);
    } finally {
      if (wait != null) {
        helping(wait, true);
      }
    }
    if (!ran) {
      boolean permit;
      synchronized (lock) {
        task.returnLoan(); // before it is seen in the queue
        permit = task.returnPermit();
        if (queue == null) {
          queue = new ArrayDeque<>();
        }
        queue.addFirst(task); // perhaps a second time: what is taken is skipped
      }
      if (permit) {
        releasePermit();
      } else {
        pump(null);
      }
      return false;
    }
    freeIfDone(task);
    return true;
  }

  private boolean hasNearerDeadline(TaskImpl<?> task) {
    Deadline its = task.deadline();
    return its != null && (deadline == null || its.at() - deadline.at() < 0);
  }

  /// {@return whether a task of this group that has a permit is the task itself or waits for it}
  private boolean isPermitted(TaskImpl<?> task) {
    for (TaskImpl<?> t = task; t != null; t = t.parent()) {
      if (t.owner() == this) {
        return t.isPermitted();
      }
    }
    return false;
  }

  private boolean isWithin(TaskImpl<?> task) {
    for (TaskImpl<?> t = task; t != null; t = t.parent()) {
      if (t.owner() == this) {
        return true;
      }
    }
    return false;
  }

  @Override
  void helping(Waiter waiter, boolean starts) {
    synchronized (lock) {
      if (helpers == null) {
        helpers = new HashSet<>();
      }
      if (starts) {
        helpers.add(waiter);
      } else {
        helpers.remove(waiter);
      }
    }
  }

  // ---- the end of tasks -----------------------------------------------------------------------

  @Override
  void taskDone(TaskImpl<?> task) {
    Throwable failure = task.failure();
    if (failure != null && !task.isCandidate()) {
      failures.add(task.failedException());
      if (options.failFast()) {
        cancel(new CancelReason.SiblingFailed(task.path(), failure));
      }
    } else if (task.isCancelled()) {
      childCancelled = true;
    }
    if (task.returnPermit()) {
      releasePermit();
    }
    if (unregister(task) == 0) {
      Waiter waiter = joiner;
      if (waiter != null) {
        waiter.wake();
      }
      pool.ownerIdle();
    }
  }

  // ---- cancelling -----------------------------------------------------------------------------

  @Override
  public void cancel(CancelReason why) {
    Objects.requireNonNull(why, "why");
    if (isSealed() || !REASON.compareAndSet(this, null, why)) {
      return;
    }
    if (TaskImpl.current() == body) {
      cancelledByOwner = true;
    } else {
      body.cancel(why);
    }
    cancelTasks(why);
  }

  private void cancelTasks(CancelReason why) {
    List<TaskImpl<?>> told = live(task -> true);
    // first the queued ones: a worker that is stopped would take the next
    told.forEach(task -> task.cancelQueued(why));
    told.forEach(task -> task.cancel(why));
    warnAfterGrace(told);
  }

  private void warnAfterGrace(List<TaskImpl<?>> told) {
    if (told.stream().allMatch(TaskImpl::isDone)) {
      return;
    }
    graceAlarm =
        ownerKernel.at(
            Times.deadline(ownerKernel, options.grace()),
            () -> told.forEach(task -> task.warnIfRunning(options.grace())));
  }

  @Override
  public Optional<CancelReason> cancelReason() {
    return Optional.ofNullable(reason);
  }

  // ---- joining and closing --------------------------------------------------------------------

  private final class Join extends Waiter {
    @Override
    protected WaitKind kind() {
      return WaitKind.GROUP;
    }

    @Override
    protected boolean ready() {
      return pending() == 0;
    }

    @Override
    protected boolean help(boolean timed) {
      return helpBody(this);
    }
  }

  private final class BackgroundJoin extends Waiter {
    @Override
    protected WaitKind kind() {
      return WaitKind.GROUP;
    }

    @Override
    protected boolean ready() {
      return pending() > 0 || backgroundPending() == 0;
    }
  }

  /// Waits for the tasks, then stops those in the background, which may fork again before they
  /// stop.
  private void awaitTasks(boolean interruptibly) throws InterruptedException {
    while (pending() > 0 || backgroundPending() > 0) {
      awaitAs(new Join(), interruptibly);
      if (backgroundPending() > 0) {
        live(TaskImpl::isBackground)
            .forEach(task -> task.cancel(new CancelReason.ScopeClosed(path())));
        awaitAs(new BackgroundJoin(), interruptibly);
      }
    }
  }

  private void awaitAs(Waiter wait, boolean interruptibly) throws InterruptedException {
    joiner = wait;
    boolean helps = mayHelp(body);
    if (helps) {
      helping(wait, true);
    }
    try {
      if (interruptibly) {
        wait.await(this, Kernel.FOREVER);
      } else {
        wait.awaitUninterruptibly(this);
      }
    } finally {
      joiner = null;
      if (helps) {
        helping(wait, false);
      }
    }
  }

  @Override
  public void join() throws InterruptedException, TaskFailedException, DeadlineExceededException {
    checkOwner("join");
    try {
      awaitTasks(true);
    } catch (InterruptedException e) {
      if (reason == null) {
        cancel(interruptReason());
        throw e;
      }
      awaitTasks(false);
    }
    unjoined = false;
    TaskFailedException failed = failures.exception();
    if (failed != null) {
      throw failed;
    }
    CancelReason why = reason;
    if (why != null && !cancelledByOwner && childCancelled) {
      throwCancelled(why, null);
    }
  }

  private CancelReason interruptReason() {
    return outer != null && outer.isCancelRequested()
        ? new CancelReason.ParentCancelled(outer.path(), outer.reasonOrUnknown())
        : new CancelReason.Requested("the owner of '" + path() + "' was interrupted");
  }

  private void throwCancelled(CancelReason why, @Nullable Throwable thrown)
      throws InterruptedException, DeadlineExceededException {
    switch (why) {
      case CancelReason.DeadlineExpired(Deadline passed) -> {
        var exceeded = new DeadlineExceededException(passed);
        if (thrown != null) {
          exceeded.initCause(thrown);
        }
        throw exceeded;
      }
      case CancelReason.ParentCancelled parent -> {
        if (thrown instanceof InterruptedException interrupted) {
          throw interrupted;
        }
        var interrupted =
            new InterruptedException("'" + path() + "' was cancelled: " + parent.describe());
        if (thrown != null) {
          interrupted.initCause(thrown);
        }
        throw interrupted;
      }
      default -> throw new TaskCancelledException(path(), why, thrown);
    }
  }

  private void checkOwner(String what) {
    if (!Thread.currentThread().equals(ownerThread)) {
      throw new WrongThreadException(
          "only the owner of the group '"
              + path()
              + "' may call "
              + what
              + "(), and "
              + caller()
              + " is not; cancel() is open to all");
    }
    TaskImpl<?> me = TaskImpl.current();
    if (me != null && me != body && isWithin(me)) {
      throw new WrongThreadException(
          "the task '"
              + me.path()
              + "' belongs to the group '"
              + path()
              + "' and cannot call "
              + what
              + "() on it, which would wait for the task itself");
    }
  }

  @Override
  public void close() {
    checkOwner("close");
    if (closing) {
      return;
    }
    closing = true;
    UnjoinedTasksException inside = body.closeInner();
    List<TaskImpl<?>> left =
        reason == null && unjoined ? live(task -> !task.isBackground()) : List.of();
    if (!left.isEmpty()) {
      cancel(new CancelReason.ScopeClosed(path()));
    }
    stop();
    boolean cancelled = body.endBody(true);
    TaskFailedException failed = failures.exception();
    Tracing.closed(
        this, recorded, failed != null ? "failed" : reason != null ? "cancelled" : "succeeded");
    leaveThread(cancelled, false);
    if (!left.isEmpty()) {
      throw new UnjoinedTasksException(
          path(), left.stream().limit(10).map(TaskImpl::path).toList(), left.size());
    }
    if (inside != null) {
      throw inside;
    }
  }

  /// Waits until nothing of the group runs, and nothing can be added.
  private void stop() {
    try {
      do {
        awaitTasks(false);
      } while (!seal(true));
    } catch (InterruptedException e) {
      throw new AssertionError("not interruptible", e);
    }
  }

  private void leaveThread(boolean clearInterrupt, boolean throwsCancellation) {
    for (Kernel.Alarm set : new Kernel.@Nullable Alarm[] {alarm, graceAlarm}) {
      if (set != null) {
        set.cancel();
      }
    }
    if (attached) {
      pool.detach(this);
    }
    if (clearInterrupt) {
      Thread.interrupted();
    }
    TaskImpl.leave(ownerThread, below);
    if (outer != null) {
      outer.pop(null, throwsCancellation);
    }
  }

  /// Ends the group after its body.
  private void exit(@Nullable Throwable thrown) throws Exception {
    closing = true;
    Throwable out = thrown;
    UnjoinedTasksException inside = body.closeInner();
    if (out == null) {
      out = inside;
    }
    if (out == null) {
      try {
        awaitTasks(true);
      } catch (InterruptedException e) {
        out = e;
      }
    }
    if (out instanceof TaskCancelledException e && isMine(e.reason())) {
      expire(e.reason());
    }
    boolean cancelRequested = body.isCancelRequested();
    if (out != null && reason == null) {
      cancel(
          out instanceof InterruptedException
              ? interruptReason()
              : new CancelReason.SiblingFailed(path(), out));
    }
    stop();
    boolean late = body.endBody(out == null) && !cancelRequested;
    Throwable end = verdict(out, cancelRequested);
    Tracing.closed(this, recorded, outcome(end));
    leaveThread(
        late || (cancelRequested && !(out instanceof InterruptedException)),
        end instanceof InterruptedException);
    if (end instanceof Exception e) {
      throw e;
    }
    if (end instanceof Error e) {
      throw e;
    }
  }

  /// {@return whether a task was cancelled by this group's own deadline} A task of the pool has it
  /// too, with a timer of its own, which may be the first to go off.
  private boolean isMine(CancelReason why) {
    return alarm != null
        && deadline != null
        && why instanceof CancelReason.DeadlineExpired(Deadline passed)
        && passed.at() == deadline.at();
  }

  private void expire(CancelReason why) {
    boolean first = REASON.compareAndSet(this, null, why);
    CancelReason known = reason;
    if (first || (known != null && isMine(known))) {
      body.cancel(why); // the alarm may have given the reason, and not have come to this yet
    }
    if (first) {
      cancelTasks(why);
    }
  }

  /// {@return what comes out of the group, or null for its value}
  @SuppressWarnings("ReferenceEquality") // the same throwable, not one like it
  private @Nullable Throwable verdict(@Nullable Throwable thrown, boolean cancelRequested) {
    TaskFailedException failed = failures.exception();
    boolean derived =
        failed != null
            && thrown instanceof TaskFailedException e
            && e.getCause() == failed.getCause();
    if (thrown != null && !cancelRequested && !derived) {
      if (failed != null && thrown != failed && thrown != failed.getCause()) {
        thrown.addSuppressed(failed);
      }
      return thrown;
    }
    if (failed != null) {
      if (thrown != null && !derived && !isCancellation(thrown)) {
        failed.addSuppressed(thrown);
      }
      return failed;
    }
    CancelReason why = reason;
    if (why == null || (thrown == null && (cancelledByOwner || !childCancelled))) {
      return thrown;
    }
    try {
      throwCancelled(why, thrown);
      return null;
    } catch (InterruptedException | DeadlineExceededException | TaskCancelledException e) {
      return e;
    }
  }

  private static String outcome(@Nullable Throwable end) {
    if (end == null) {
      return "succeeded";
    }
    return isCancellation(end) || end instanceof DeadlineExceededException ? "cancelled" : "failed";
  }

  private static boolean isCancellation(Throwable thrown) {
    return thrown instanceof InterruptedException || thrown instanceof TaskCancelledException;
  }

  // ---- the rest -------------------------------------------------------------------------------

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    checkMayFork();
    return Mapping.ordered(path() + "/map", inputs, fn, pool.window(), this::startElement);
  }

  private <T extends @Nullable Object> Task<T> startElement(@Nullable String name, Call<T> call) {
    return start(name, call);
  }

  @Override
  public ExecutorService asExecutor() {
    return new GroupExecutor(this);
  }

  /// {@return a task for work that comes through [#asExecutor()]; not started}
  ///
  /// @param candidate whether its failure is only that of one of several attempts
  <T extends @Nullable Object> TaskImpl<T> taskForExecutor(Callable<T> call, boolean candidate) {
    Callable<T> prepared = pool.prepared(call);
    return candidate ? TaskImpl.candidate(this, prepared) : TaskImpl.of(this, null, prepared, null);
  }

  /// Starts such a task, from any thread.
  ///
  /// @return whether it was started; if not, the group is cancelled, and so is the task
  boolean startForExecutor(TaskImpl<?> task) {
    return admit(task, TaskImpl.current(), false);
  }

  @Override
  public String name() {
    return options.name();
  }

  @Override
  public PoolTasks pool() {
    return pool;
  }

  @Override
  String path() {
    return outer == null ? options.name() : outer.path() + "/" + options.name();
  }

  @Override
  TaskImpl<?> parent() {
    return body;
  }

  /// {@return whether a deadline is this group's own}
  boolean sets(Deadline which) {
    return which.equals(deadline) && options.timeout() != null && which.binding() == null;
  }

  @Nullable TaskImpl<?> outer() {
    return outer;
  }

  /// {@return the group's number, which is its body's}
  long id() {
    return body.id();
  }

  /// {@return how many tasks run at the same time at most, or 0 for any number}
  int limit() {
    return options.limit() == Integer.MAX_VALUE ? 0 : options.limit();
  }

  /// {@return whether tasks that are cancelled for this reason are so because the group is}
  @SuppressWarnings("ReferenceEquality") // the very reason
  boolean passesOn(CancelReason why) {
    return why == reason || why instanceof CancelReason.ScopeClosed;
  }

  /// {@return the task that its body is}
  TaskImpl<?> body() {
    return body;
  }

  /// {@return the thread of its body}
  Thread ownerThread() {
    return ownerThread;
  }

  /// {@return how long ago it was opened, in nanoseconds}
  long age() {
    return System.nanoTime() - opened;
  }

  Kernel ownerKernel() {
    return ownerKernel;
  }

  boolean isBody(TaskImpl<?> task) {
    return task == body;
  }

  @Override
  @Nullable Deadline deadline() {
    return deadline;
  }

  @Override
  public String toString() {
    return "TaskGroup '"
        + path()
        + "' "
        + (isSealed() ? "closed" : reason != null ? "cancelled" : "open")
        + ", "
        + pending()
        + " pending";
  }
}
