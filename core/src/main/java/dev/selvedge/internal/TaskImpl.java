package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.UnjoinedTasksException;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.RemoteWork;
import dev.selvedge.spi.Ticket;
import java.lang.Thread.UncaughtExceptionHandler;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The task: a state machine between the thread that runs it, those that cancel it and those that
/// wait for it.
///
/// ## States
///
/// ```
///   QUEUED ──run──► RUNNING ◄─────► WAITING        (parked in one of Selvedge's own waits)
///     │              │  │  │           │
///     │ cancel       │  │  └─cancel────┴──► DELIVERED   (interrupted, or unparked)
///     │              │  └─cancel──► DEFERRED ──pop──► DELIVERED
///     │              │                 │                 │
///     ▼              ▼                 ▼                 ▼
///  CANCELLED    SUCCEEDED, FAILED      SUCCEEDED (a value wins), CANCELLED (anything thrown)
/// ```
///
/// - QUEUED → RUNNING is the claim: a compare-and-set that a worker, a helper in place and a
///   canceller race for.
/// - RUNNING ⇄ WAITING is made by the running thread only, and every other transition from there by
///   compare-and-set; so a canceller knows whether an unpark is enough.
/// - Transitions to DELIVERED are made by cancellers inside the monitor, together with the
///   interrupt that they promise. The finishing thread, when it finds DELIVERED, passes through the
///   monitor once: after that the interrupt has happened, and can be cleared without leaking into
///   the next task of that thread.
/// - DEFERRED: while this task has another one on top of it on the same thread (`inner`), the
///   interrupt would hit that one. The body of a group that this task opened is cancelled instead;
///   a task that is run in place of this one's wait is a stranger, and goes on to its end. When
///   what is on top is gone, the cancellation is delivered to this task, by the exception that
///   comes out of the group or by the interrupt flag. `inner` is guarded by the monitor.
/// - `result` is written before the terminal state, and read after it.
///
/// ## Who am I
///
/// The current task is found through its thread's uncaught-exception handler: the handler of a
/// thread that runs a task *is* the task, which is also what should be asked when an exception
/// escapes. It costs no memory, where a `ThreadLocal` costs 136 bytes for each virtual thread and a
/// `ScopedValue` 56 and stack frames (docs/adr/0003). The common pool's workers do not let their
/// handler be changed; for them, and only after the first of them was met, a `ThreadLocal` is
/// asked.
///
/// ## Memory
///
/// 72 bytes, for a million of them: the number is made when asked for, listeners are a circular
/// list whose last node is the field, and what only some tasks have (context, deadline) is null in
/// the others.
///
/// @param <T> the type of the value
public final class TaskImpl<T extends @Nullable Object>
    implements Task<T>, RunnableFuture<T>, PoolTask, Ticket, UncaughtExceptionHandler {

  static final int QUEUED = 0;
  static final int RUNNING = 1;
  static final int WAITING = 2;
  static final int DEFERRED = 3;
  static final int DELIVERED = 4;
  static final int SUCCEEDED = 5;
  static final int FAILED = 6;
  static final int CANCELLED = 7;

  private static final VarHandle STATE;
  private static final VarHandle ID;
  private static final VarHandle PERMIT;
  private static final VarHandle THREAD;
  private static final AtomicLong IDS = new AtomicLong();
  private static final ThreadLocal<@Nullable TaskImpl<?>> STUBBORN = new ThreadLocal<>();
  private static volatile boolean stubbornThreads; // whether STUBBORN was ever used

  static {
    try {
      var lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(TaskImpl.class, "state", int.class);
      PERMIT = lookup.findVarHandle(TaskImpl.class, "permit", byte.class);
      THREAD = lookup.findVarHandle(TaskImpl.class, "thread", Thread.class);
      ID = lookup.findVarHandle(TaskImpl.class, "id", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final TaskOwner owner;
  private final @Nullable String name;
  private final @Nullable Context context;
  private final @Nullable Deadline deadline;

  private volatile int state;
  private volatile long id;
  private volatile @Nullable CancelReason reason;
  private volatile @Nullable Thread thread;

  /// The last node of a circular list; written in the monitor.
  private volatile @Nullable Listener listeners;

  private @Nullable TaskImpl<?> inner; // guarded by this

  /// Null while nobody records. Written before the task is visible, or in the monitor.
  private @Nullable TaskTrace trace;

  /// What to run; then, if it runs elsewhere, an [Elsewhere]; then null.
  private @Nullable Object work;

  private @Nullable Object result; // value, Failure, or what was thrown after a cancellation
  private final byte kind;
  private volatile byte permit; // NO_PERMIT, LENT, OWN or DELAYED
  private boolean draining; // guarded by this

  private static final byte NO_PERMIT = 0;
  private static final byte LENT = 1;
  private static final byte OWN = 2;

  /// A pool's task that is not to be run yet, not in place either.
  private static final byte DELAYED = 3;

  private static final byte ORDINARY = 0;
  private static final byte BACKGROUND = 1;
  private static final byte EXECUTED = 2;
  private static final byte CANDIDATE = 3;

  private record Failure(Throwable thrown, String place, @Nullable Uncollected uncollected) {}

  private TaskImpl(
      TaskOwner owner,
      @Nullable String name,
      @Nullable Object work,
      @Nullable Context context,
      @Nullable Deadline deadline,
      byte kind) {
    this.owner = owner;
    this.name = name;
    this.work = work;
    this.context = context;
    this.deadline = deadline;
    this.kind = kind;
    this.trace = work == null ? null : Tracing.traceOfNew(name, work);
  }

  /// {@return an ordinary task}
  public static <T extends @Nullable Object> TaskImpl<T> of(
      TaskOwner owner,
      @Nullable String name,
      Callable<? extends T> work,
      @Nullable Deadline deadline) {
    return new TaskImpl<>(owner, name, work, Context.capture(), deadline, ORDINARY);
  }

  /// {@return a task whose failure nobody waits for, and which no deadline keeps from starting}
  public static TaskImpl<@Nullable Void> executed(
      TaskOwner owner, Runnable work, Callable<?> prepared) {
    return new TaskImpl<>(
        owner, null, new Executed(work, prepared), Context.capture(), null, EXECUTED);
  }

  static <T extends @Nullable Object> TaskImpl<T> background(
      TaskOwner owner, Callable<? extends T> work) {
    return new TaskImpl<>(owner, null, work, Context.capture(), null, BACKGROUND);
  }

  /// {@return a task that may fail without making its group fail: another one may succeed instead}
  static <T extends @Nullable Object> TaskImpl<T> candidate(
      TaskOwner owner, Callable<? extends T> work) {
    return new TaskImpl<>(owner, null, work, Context.capture(), null, CANDIDATE);
  }

  /// {@return the task that a group's body is; it runs already, on this thread}
  static TaskImpl<@Nullable Void> body(TaskOwner group, String name) {
    var body = new TaskImpl<@Nullable Void>(group, name, null, null, null, ORDINARY);
    body.thread = Thread.currentThread();
    body.state = RUNNING;
    return body;
  }

  /// What was given to `execute`, and what runs of it.
  record Executed(Runnable runnable, Callable<?> call) {}

  // ---- recording ------------------------------------------------------------------------------

  /// {@return what a recording knows of this task, or null}
  @Nullable TaskTrace trace() {
    return trace;
  }

  /// {@return what a recording knows of this task, from now on at least}
  synchronized TaskTrace traced() {
    TaskTrace known = trace;
    if (known == null) {
      known = TaskTrace.ofOld(name, work);
      trace = known;
    }
    return known;
  }

  /// {@return the task that a recording tells of when it tells of this one} A group's body belongs
  /// to the task that opened the group, as what it runs and waits for is that task's doing. If a
  /// thread without task opened it, it stands for itself, by the number that the group has, too.
  TaskImpl<?> recorded() {
    TaskImpl<?> task = this;
    while (task.owner instanceof GroupImpl group && group.isBody(task) && group.outer() != null) {
      task = group.outer();
    }
    return task;
  }

  boolean isBody() {
    return owner instanceof GroupImpl group && group.isBody(this);
  }

  String recordedName() {
    TaskTrace known = trace;
    return known != null ? known.name() : TaskTrace.nameOf(name, work);
  }

  /// {@return what the code threw, without asking for it as one who waits for the task does}
  @Nullable Throwable thrown() {
    return result instanceof Failure failure
        ? failure.thrown
        : state != SUCCEEDED && result instanceof Throwable thrown ? thrown : null;
  }

  /// {@return whether it was cancelled before its code began to run}
  boolean endedInQueue() {
    return state == CANCELLED && result == null;
  }

  String outcomeName() {
    return switch (state) {
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      default -> "cancelled";
    };
  }

  // ---- who am I -------------------------------------------------------------------------------

  /// {@return the task that this thread runs, the innermost one, or null}
  @SuppressWarnings("ReferenceEquality") // this very thread
  public static @Nullable TaskImpl<?> current() {
    Thread me = Thread.currentThread();
    if (me.getUncaughtExceptionHandler() instanceof TaskImpl<?> task) {
      return task.thread == me ? task : null; // another one's if the thread was given its maker's
    }
    return stubbornThreads && !me.isVirtual() ? STUBBORN.get() : null;
  }

  /// {@return the task that a thread runs, the innermost one, or null}
  static @Nullable TaskImpl<?> on(Thread thread) {
    return thread.getUncaughtExceptionHandler() instanceof TaskImpl<?> task
            && thread.equals(task.thread)
        ? task
        : null;
  }

  /// {@return the kernel of the running task, otherwise the system's}
  public static Kernel currentKernel() {
    TaskImpl<?> task = current();
    return task == null ? Kernel.system() : task.kernel();
  }

  /// {@return the deadline of the running task, or null}
  public static @Nullable Deadline currentDeadline() {
    TaskImpl<?> task = current();
    return task == null ? null : task.deadline();
  }

  /// {@return the kernel on which this task waits}
  public Kernel kernel() {
    return owner instanceof GroupImpl group && group.isBody(this)
        ? group.ownerKernel()
        : owner.pool().kernel();
  }

  @Nullable Deadline deadline() {
    return deadline != null ? deadline : kind == EXECUTED ? null : owner.deadline();
  }

  /// {@return the thread that runs it, or null if it has not started or runs elsewhere}
  @Nullable Thread thread() {
    return thread;
  }

  /// {@return what owns this task}
  public TaskOwner owner() {
    return owner;
  }

  boolean isCandidate() {
    return kind == CANDIDATE;
  }

  boolean isBackground() {
    return kind == BACKGROUND;
  }

  /// {@return whether this task, or one that waits for it, is finite work of a pool, which keeps
  /// the JVM up}
  public boolean holdsJvm() {
    for (TaskImpl<?> t = this; t != null; t = t.parent()) {
      if (!t.isBackground() && !(t.owner instanceof GroupImpl group && group.isBody(t))) {
        return true;
      }
    }
    return false;
  }

  /// {@return whether the task runs under a permit of its group, its own or that of a task which
  /// waits below it}
  boolean isPermitted() {
    return permit != NO_PERMIT;
  }

  /// Gives the task a permit of its group, which is free again when the task is done.
  ///
  /// Whoever gives it looks afterwards whether the task is done already: a canceller that ended it
  /// meanwhile may not have seen the permit. [#returnPermit()] answers only one of the two.
  void givePermit() {
    permit = OWN;
  }

  /// Takes the task for a helper, which runs it in place: with a permit of its own, or under that
  /// of the task that waits below.
  ///
  /// @return false if somebody else is about to start it
  boolean takeForHelp(boolean ownPermit) {
    return PERMIT.compareAndSet(this, NO_PERMIT, ownPermit ? OWN : LENT);
  }

  /// Keeps the task from being run in place until [#endDelay].
  void delay() {
    permit = DELAYED;
  }

  void endDelay() {
    permit = NO_PERMIT;
  }

  boolean isDelayed() {
    return permit == DELAYED;
  }

  /// Gives back a loan, since the task was not run in place.
  void returnLoan() {
    PERMIT.compareAndSet(this, LENT, NO_PERMIT);
  }

  /// {@return whether there is a permit to be freed, once}
  boolean returnPermit() {
    return permit == OWN && PERMIT.compareAndSet(this, OWN, NO_PERMIT);
  }

  /// {@return the task that cannot end before this one, or null}
  @Nullable TaskImpl<?> parent() {
    return owner instanceof GroupImpl group && group.isBody(this) ? group.outer() : owner.parent();
  }

  /// Makes this task the thread's current one.
  ///
  /// @return what [#leave] needs
  @SuppressWarnings("ReferenceEquality") // whether the thread has taken this very handler
  UncaughtExceptionHandler enter(Thread me) {
    UncaughtExceptionHandler before = me.getUncaughtExceptionHandler();
    me.setUncaughtExceptionHandler(this);
    if (!me.isVirtual() && me.getUncaughtExceptionHandler() != this) {
      var kept = new Stubborn(STUBBORN.get());
      STUBBORN.set(this);
      stubbornThreads = true;
      return kept;
    }
    return before;
  }

  static void leave(Thread me, UncaughtExceptionHandler before) {
    if (before instanceof Stubborn(var below)) {
      if (below == null) {
        STUBBORN.remove();
      } else {
        STUBBORN.set(below);
      }
    } else {
      me.setUncaughtExceptionHandler(before instanceof ThreadGroup ? null : before);
    }
  }

  /// What was current on a thread that keeps its handler, as the workers of the JDK's common pool
  /// do.
  private record Stubborn(@Nullable TaskImpl<?> below) implements UncaughtExceptionHandler {
    @Override
    public void uncaughtException(Thread t, Throwable e) {
      throw new AssertionError("never installed");
    }
  }

  /// Called by the JVM if something escapes from the thread while this task is current: only a
  /// group that was opened and never closed lets that happen.
  @Override
  public void uncaughtException(Thread t, Throwable e) {
    Problems.uncaught(path(), e);
  }

  // ---- running --------------------------------------------------------------------------------

  @Override
  public PoolTask take() {
    return this;
  }

  @Override
  public void run() {
    if (STATE.compareAndSet(this, QUEUED, RUNNING)) {
      Thread me = Thread.currentThread();
      THREAD.setRelease(this, me);
      UncaughtExceptionHandler before = null;
      Object value;
      boolean returned;
      try {
        before = enter(me);
        Tracing.started(this, null);
        value = invoke();
        returned = true;
      } catch (Throwable e) {
        value = e;
        returned = false;
      }
      if (inner != null) { // plain read: written by this thread only
        UnjoinedTasksException unjoined = closeInner();
        if (returned && unjoined != null) {
          value = unjoined;
          returned = false;
        }
      }
      if (before != null) {
        leave(me, before);
      }
      Thread.interrupted();
      finish(returned, value);
    }
  }

  /// Cancels the scope whose deadline has passed, before its alarm does, so that everything in it
  /// learns of it in the same order.
  private void expire(Deadline passed) {
    var why = new CancelReason.DeadlineExpired(passed);
    for (TaskImpl<?> t = this; t != null; t = t.parent()) {
      if (t.owner instanceof GroupImpl group && group.sets(passed)) {
        group.cancel(why);
      }
    }
    cancel(why);
  }

  /// Closes the groups that were opened on top of this task and not closed.
  ///
  /// @return what the first of them has to say about unjoined tasks
  @Nullable UnjoinedTasksException closeInner() {
    TaskImpl<?> top = top();
    if (top == null || !(top.owner instanceof GroupImpl group) || !group.isBody(top)) {
      return null;
    }
    try {
      group.close();
      return null;
    } catch (UnjoinedTasksException e) {
      return e;
    }
  }

  private @Nullable Object invoke() throws Exception {
    Deadline until = deadline();
    if (until != null && until.at() - kernel().nanoTime() <= 0) {
      expire(until);
      throw new InterruptedException(cancelMessage());
    }
    if (context != null) {
      return context.call(callable());
    }
    if (work instanceof PoolTasks.ActionCall(var action)) { // a frame less on each parked stack
      action.perform();
      return null;
    }
    return callable().call();
  }

  private Callable<?> callable() {
    return callable(Objects.requireNonNull(work));
  }

  private static Callable<?> callable(Object code) {
    return code instanceof Executed(Runnable runnable, Callable<?> call)
        ? call
        : (Callable<?>) code;
  }

  /// Runs an unstarted task on this thread, on top of this one, which is waiting. Does nothing if
  /// the other one was started or cancelled meanwhile.
  ///
  /// @return false, and nothing has changed, if this task's own cancellation is pending
  boolean runInPlace(TaskImpl<?> other) {
    if (!push(other)) {
      return false;
    }
    try {
      Depth.run(other);
    } finally {
      pop(null, false);
    }
    return true;
  }

  /// Runs tasks in place, each on top of the one that waits for it, for some levels on one stack;
  /// then a spare thread goes on, so that no depth of recursion overflows the stack. The thread
  /// below does nothing meanwhile, so as many threads run as before.
  private static final class Depth {
    private static final int LEVELS_ON_A_STACK = 64;
    private static final ThreadLocal<@Nullable Depth> LEVELS = new ThreadLocal<>();

    private int levels;

    static void run(TaskImpl<?> task) {
      Depth depth = LEVELS.get();
      if (depth == null) {
        depth = new Depth();
        LEVELS.set(depth);
      }
      if (depth.levels == LEVELS_ON_A_STACK) {
        runOnSpare(task);
        return;
      }
      depth.levels++;
      try {
        task.run();
      } finally {
        if (--depth.levels == 0) {
          LEVELS.remove();
        }
      }
    }

    private static void runOnSpare(TaskImpl<?> task) {
      Thread spare = task.owner.pool().spare(task);
      spare.start();
      boolean interrupted = false;
      while (spare.isAlive()) {
        try {
          spare.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Puts a task on top of this one; both are on this thread.
  ///
  /// @return false, and nothing has changed, if this task's cancellation or an interrupt is
  ///   pending, which must not hit the other one
  private synchronized boolean push(TaskImpl<?> top) {
    if (state != RUNNING || Thread.currentThread().isInterrupted()) {
      return false;
    }
    inner = top;
    return true;
  }

  /// Puts a group's body on top of this task, also while it cleans up after its cancellation.
  synchronized void pushBody(TaskImpl<?> body) {
    inner = body;
  }

  /// Removes what is on top of this task.
  ///
  /// @param below what is on top then
  /// @param delivered whether the caller is about to throw the cancellation if there is one
  void pop(@Nullable TaskImpl<?> below, boolean delivered) {
    synchronized (this) {
      inner = below;
      if (state == DEFERRED && below == null) {
        state = DELIVERED;
        if (!delivered) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /// {@return what is on top of this task}
  synchronized @Nullable TaskImpl<?> top() {
    return inner;
  }

  /// Ends a task whose code has stopped. On this thread the interrupt flag belongs to nobody any
  /// more.
  private void finish(boolean returned, @Nullable Object value) {
    Object code = work;
    work = null;
    result =
        returned || state == DELIVERED
            ? value
            : failure((Throwable) Objects.requireNonNull(value), code);
    if (!STATE.compareAndSet(this, RUNNING, returned ? SUCCEEDED : FAILED)) {
      synchronized (this) { // after this the interrupt has happened
        if (!returned) {
          result = value;
        }
        Thread.interrupted();
        state = returned ? SUCCEEDED : CANCELLED;
      }
    }
    done();
  }

  /// {@return the failure with its place} Where there is no room left to find out, it is what was
  /// thrown: a task that ran out of memory ends all the same.
  private Object failure(Throwable thrown, @Nullable Object code) {
    try {
      Uncollected uncollected =
          kind != EXECUTED && owner instanceof PoolTasks pool && pool.reportsUncollected()
              ? new Uncollected(pool, path(), thrown, context)
              : null;
      Failure failure = new Failure(thrown, Place.of(code), uncollected);
      if (uncollected != null) {
        uncollected.watch(failure);
      }
      return failure;
    } catch (Throwable second) {
      return thrown;
    }
  }

  private void done() {
    THREAD.setRelease(this, null);
    Tracing.ended(this);
    if (kind == EXECUTED && state == FAILED) {
      // before the owner knows: a pool that was closed, and a JVM that may exit, have reported it
      owner.pool().uncaught(path(), Objects.requireNonNull(failure()), context);
    }
    if (owner instanceof PoolTasks pool) {
      try { // first: a pool that was closed, and a JVM that may exit, have called back
        if (listeners != null) {
          drainFor(pool);
        }
      } finally {
        owner.taskDone(this);
      }
    } else {
      try {
        owner.taskDone(this);
      } finally {
        if (listeners != null) {
          drain();
        }
      }
    }
  }

  private void drainFor(PoolTasks pool) {
    try {
      ScopedValue.where(PoolTasks.CALLING_BACK, pool).run(this::drain);
    } catch (OutOfMemoryError e) {
      drain(); // those that wait must be told; it takes no memory
    }
  }

  /// Ends the task that a group's body is. Nobody waits for a body but its group.
  ///
  /// @return whether its cancellation was requested before
  boolean endBody(boolean returned) {
    boolean running = STATE.compareAndSet(this, RUNNING, returned ? SUCCEEDED : FAILED);
    if (!running) {
      synchronized (this) {
        state = returned ? SUCCEEDED : CANCELLED;
      }
      Tracing.stopped(this);
    }
    thread = null;
    return !running;
  }

  // ---- running elsewhere ----------------------------------------------------------------------

  @Override
  public Callable<?> work() {
    Object code = work; // a canceller may take it away at any moment
    if (state != QUEUED || code == null) {
      throw new IllegalStateException("the task '" + path() + "' has been started or cancelled");
    }
    Callable<?> call = callable(code);
    return context == null ? call : context.around(call);
  }

  @Override
  public Optional<Duration> remaining() {
    Deadline until = deadline();
    return until == null
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(until.at() - kernel().nanoTime()));
  }

  @Override
  public synchronized boolean begin(RemoteWork remote) {
    if (!STATE.compareAndSet(this, QUEUED, RUNNING)) {
      return false;
    }
    work = new Elsewhere(remote, work);
    Tracing.started(this, remote);
    return true;
  }

  /// How to stop what runs elsewhere, and what it is, to tell its place if it fails.
  private record Elsewhere(RemoteWork remote, @Nullable Object work) {}

  @Override
  public void succeed(@Nullable Object value) {
    report(true, value);
  }

  @Override
  public void fail(Throwable failure) {
    report(false, failure);
  }

  private void report(boolean returned, @Nullable Object value) {
    synchronized (this) {
      if (!(work instanceof Elsewhere(var remote, var code)) || isDone()) {
        throw new IllegalStateException(
            "the task '"
                + path()
                + "' is "
                + state().toString().toLowerCase(Locale.ROOT)
                + "; an outcome is reported once, after begin()");
      }
      int end = returned ? SUCCEEDED : state == RUNNING ? FAILED : CANCELLED;
      work = null;
      result = end == FAILED ? failure((Throwable) Objects.requireNonNull(value), code) : value;
      state = end;
    }
    done();
  }

  /// Fails a task that could not be started.
  void refuse(Throwable failure) {
    if (STATE.compareAndSet(this, QUEUED, RUNNING)) {
      thread = Thread.currentThread();
      finish(false, failure);
    }
  }

  // ---- waiting of the running thread ----------------------------------------------------------

  /// {@return whether a canceller will end the wait that begins by an unpark} Otherwise by
  /// interrupt.
  boolean startWaiting() {
    return STATE.compareAndSet(this, RUNNING, WAITING);
  }

  /// {@return false if a canceller ended the wait}
  boolean stopWaiting() {
    return STATE.compareAndSet(this, WAITING, RUNNING);
  }

  CancelReason reasonOrUnknown() {
    CancelReason why = reason;
    return why == null ? new CancelReason.Requested("cancelled") : why;
  }

  void warnIfRunning(Duration grace) {
    StackTraceElement[] stack = stack();
    if (!isDone() && stack.length > 0) {
      StringBuilder text =
          new StringBuilder(
              cancelMessage()
                  + ", and is still running "
                  + Times.text(grace)
                  + " later; its code should end when it is interrupted");
      for (StackTraceElement frame : stack) {
        text.append("\n\tat ").append(frame);
      }
      Problems.warn(text.toString());
    }
  }

  boolean isCancelRequested() {
    int s = state;
    return s == DEFERRED || s == DELIVERED || s == CANCELLED;
  }

  String cancelMessage() {
    CancelReason why = reason;
    return "'" + path() + "' was cancelled" + (why == null ? "" : ": " + why.describe());
  }

  // ---- cancelling -----------------------------------------------------------------------------

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (!mayInterruptIfRunning && state != QUEUED) {
      return state == CANCELLED;
    }
    return cancel(new CancelReason.Requested("cancel() was called"), mayInterruptIfRunning);
  }

  @Override
  public boolean cancel(CancelReason why) {
    Objects.requireNonNull(why, "why");
    return cancel(why, true);
  }

  /// Cancels the task if it has not started.
  boolean cancelQueued(CancelReason why) {
    return cancel(why, false);
  }

  /// {@return what was given to `execute`, otherwise the task}
  Runnable unstarted() {
    return work instanceof Executed(Runnable runnable, Callable<?> call) ? runnable : this;
  }

  private boolean cancel(CancelReason why, boolean running) {
    TaskImpl<?> top = null;
    RemoteWork elsewhere = null;
    boolean ended = false; // by us; the state may be CANCELLED by the running thread meanwhile
    synchronized (this) {
      if (isDone() || isCancelRequested()) {
        return isCancelRequested();
      }
      reason = why; // before the state tells of it; taken back if this is refused
      Tracing.requesting(this, why);
      for (boolean settled = false; !settled; ) {
        switch (state) {
          case QUEUED -> {
            if (STATE.compareAndSet(this, QUEUED, CANCELLED)) {
              work = null;
              ended = true;
              settled = true;
            }
          }
          case RUNNING -> {
            if (!running) {
              reason = null;
              return false;
            }
            if (work instanceof Elsewhere(var remote, var code)) {
              state = DELIVERED; // only report() competes, in the monitor
              elsewhere = remote;
              settled = true;
            } else if (inner != null) {
              if (STATE.compareAndSet(this, RUNNING, DEFERRED)) {
                top = inner;
                settled = true;
              }
            } else if (STATE.compareAndSet(this, RUNNING, DELIVERED)) {
              runner().interrupt();
              settled = true;
            }
          }
          case WAITING -> {
            if (!running) {
              reason = null;
              return false;
            }
            if (STATE.compareAndSet(this, WAITING, DELIVERED)) {
              kernel().unpark(runner());
              settled = true;
            }
          }
          default -> { // it has just ended
            reason = null;
            return false;
          }
        }
      }
    }
    Tracing.cancelling(this, why);
    if (ended) {
      if (listeners != null && SystemKernel.isTimerThread()) { // callbacks may take long
        SystemKernel.runBeside("selvedge-callbacks", this::done);
      } else {
        done();
      }
    } else if (top != null && top.owner instanceof GroupImpl group && group.isBody(top)) {
      group.cancel(new CancelReason.ParentCancelled(path(), why));
    } else if (elsewhere != null) {
      RemoteWork remote = elsewhere;
      Problems.guard("the canceller of '" + path() + "'", () -> remote.cancel(why));
    }
    return true;
  }

  /// Cancels what a thread runs, from the outermost task inwards; a thread that runs no task is
  /// interrupted.
  static void interrupt(Thread runner, CancelReason why) {
    TaskImpl<?> innermost = on(runner);
    if (innermost == null) {
      runner.interrupt();
      return;
    }
    TaskImpl<?> outermost = innermost;
    for (TaskImpl<?> t = innermost; t != null; t = t.parent()) {
      outermost = runner.equals(t.thread) ? t : outermost;
    }
    outermost.cancelFromBelow(why);
  }

  private void cancelFromBelow(CancelReason why) {
    if (owner instanceof GroupImpl group && group.isBody(this)) {
      group.cancel(why);
    } else {
      cancel(why);
    }
  }

  /// The claim is followed at once by the write of the thread.
  private Thread runner() {
    Thread runner;
    while ((runner = thread) == null) {
      Thread.onSpinWait();
    }
    return runner;
  }

  @Override
  public Optional<CancelReason> cancelReason() {
    return reason == null ? Optional.empty() : settledReason();
  }

  /// {@return the reason, after a canceller that is at work has taken it back or not}
  private synchronized Optional<CancelReason> settledReason() {
    return Optional.ofNullable(reason);
  }

  /// {@return the stack of the code that still runs, for a warning; empty if there is none here}
  StackTraceElement[] stack() {
    Thread runner = thread;
    return runner == null ? new StackTraceElement[0] : runner.getStackTrace();
  }

  // ---- waiting for this task ------------------------------------------------------------------

  @Override
  public T await() throws InterruptedException, TaskFailedException {
    awaitDone(Kernel.FOREVER);
    return outcome();
  }

  @Override
  public T await(Duration timeout)
      throws InterruptedException, TaskFailedException, TimeoutException {
    if (!join(timeout)) {
      throw new TimeoutException(
          "'" + path() + "' was not done after " + Times.text(timeout) + "; it goes on");
    }
    return outcome();
  }

  @Override
  public void join() throws InterruptedException {
    awaitDone(Kernel.FOREVER);
  }

  @Override
  public boolean join(Duration timeout) throws InterruptedException {
    return awaitDone(Times.deadline(currentKernel(), timeout));
  }

  @Override
  public T get() throws InterruptedException, TaskFailedException {
    return await();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, TaskFailedException, TimeoutException {
    return await(Duration.ofNanos(Math.max(0, unit.toNanos(timeout))));
  }

  private boolean awaitDone(long until) throws InterruptedException {
    if (isDone()) {
      return true;
    }
    TaskImpl<?> me = current();
    if (me != null) {
      refuseEndlessWait(me);
    }
    if (until == Kernel.FOREVER && hastened()) {
      return true;
    }
    boolean helps = me != null && owner.mayHelp(me);
    Done wait = new Done(helps ? me : null);
    listen(wait);
    if (helps) {
      owner.helping(wait, true);
    }
    try {
      return wait.await(this, until);
    } finally {
      if (helps) {
        owner.helping(wait, false);
      }
      if (!isDone()) {
        forget(wait);
      }
    }
  }

  /// {@return whether it is done, after its work was told that this thread would wait for it}
  private boolean hastened() {
    if (work instanceof Elsewhere elsewhere) {
      elsewhere.remote().hasten();
    }
    return isDone();
  }

  /// Runs this task in place, if it has not started and the current task, which is about to wait
  /// for it in a way that cannot help, may run it.
  void runInPlaceOfWait() {
    TaskImpl<?> me = current();
    TaskImpl<?> worker = OuterTasks.worker(this);
    if (me != null && worker.isQueued() && worker.owner.mayHelp(me)) {
      worker.owner.helpOne(null, me, worker, true);
    }
  }

  /// Refuses a wait of the current task for this one that could never end.
  void refuseEndlessWait(TaskImpl<?> me) {
    boolean endless = false;
    for (TaskImpl<?> t = me; t != null && !endless; t = t.parent()) {
      endless = t == this;
    }
    for (TaskImpl<?> t = this; t != null && !endless; t = t.top()) {
      endless = t == me;
    }
    if (endless) {
      throw new IllegalStateException(
          this == me
              ? "the task '" + path() + "' waits for itself; return the value instead"
              : "the task '"
                  + me.path()
                  + "' waits for '"
                  + path()
                  + "', which cannot end before it; let the outer task wait for the inner one");
    }
  }

  private T outcome() throws TaskFailedException {
    return switch (state) {
      case SUCCEEDED -> value();
      case FAILED -> throw failedException();
      default -> throw cancelledException();
    };
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a value of T is null only if T says so
  private T value() {
    return (T) result;
  }

  /// {@return what the task failed with, or null if it did not}
  public @Nullable Throwable failure() {
    if (state != FAILED) {
      return null;
    }
    if (!(result instanceof Failure(var thrown, var place, var uncollected))) {
      return (Throwable) result;
    }
    if (uncollected != null) {
      uncollected.collect();
    }
    return thrown;
  }

  /// {@return whether its failure is reported if nobody asks for it}
  boolean isWatched() {
    return state == FAILED && result instanceof Failure failure && failure.uncollected != null;
  }

  TaskFailedException failedException() {
    Throwable thrown = Objects.requireNonNull(failure());
    return thrown instanceof TaskFailedException e
        ? new TaskFailedException(e.task(), e.place(), e.failures(), e.getCause())
        : new TaskFailedException(
            path(), result instanceof Failure failure ? failure.place : "", 1, thrown);
  }

  TaskCancelledException cancelledException() {
    return new TaskCancelledException(
        path(), reasonOrUnknown(), result instanceof Throwable thrown ? thrown : null);
  }

  @Override
  public boolean isDone() {
    return state >= SUCCEEDED;
  }

  @Override
  public boolean isCancelled() {
    return state == CANCELLED;
  }

  @Override
  public boolean isQueued() {
    return state == QUEUED;
  }

  @Override
  public State state() {
    return switch (state) {
      case SUCCEEDED -> State.SUCCESS;
      case FAILED -> State.FAILED;
      case CANCELLED -> State.CANCELLED;
      default -> State.RUNNING;
    };
  }

  @Override
  public T resultNow() {
    if (state != SUCCEEDED) {
      throw new IllegalStateException("'" + path() + "' has no value, it is " + state());
    }
    return value();
  }

  @Override
  public Throwable exceptionNow() {
    Throwable failure = failure();
    if (failure == null) {
      throw new IllegalStateException("'" + path() + "' has not failed, it is " + state());
    }
    return failure;
  }

  // ---- listeners ------------------------------------------------------------------------------

  /// Something to tell when the task is done: a callback or a waiter.
  private static final class Listener {
    final Object told; // a Done, or a Consumer of the task
    Listener next = this;

    Listener(Object told) {
      this.told = told;
    }
  }

  private final class Done extends Waiter {
    private final @Nullable TaskImpl<?> helper;

    Done(@Nullable TaskImpl<?> helper) {
      this.helper = helper;
    }

    @Override
    protected WaitKind kind() {
      return WaitKind.JOIN;
    }

    @Override
    protected boolean ready() {
      return isDone();
    }

    @Override
    protected boolean help(boolean timed) {
      return helper != null && owner.helpOne(this, helper, TaskImpl.this, timed);
    }
  }

  @Override
  public void onDone(Consumer<? super Task<T>> callback) {
    listen(Objects.requireNonNull(callback, "callback"));
  }

  private void listen(Object told) {
    Listener node = new Listener(told);
    synchronized (this) {
      Listener last = listeners;
      if (last != null) {
        node.next = last.next;
        last.next = node;
      }
      listeners = node;
    }
    if (isDone()) {
      drain();
    }
  }

  /// Removes a waiter or callback that was not told yet.
  @SuppressWarnings("ReferenceEquality") // this very callback
  synchronized void forget(Object told) {
    Listener last = listeners;
    if (last == null) {
      return;
    }
    Listener before = last;
    do {
      Listener node = before.next;
      if (node.told == told) {
        before.next = node.next;
        if (node == last) {
          listeners = before == node ? null : before;
        }
        return;
      }
      before = node;
    } while (before != last);
  }

  /// Tells all listeners, in order. One thread drains at a time; a listener that is added meanwhile
  /// is told by it.
  private void drain() {
    if (listeners != null && SystemKernel.isTimerThread()) { // added since cancel() looked
      SystemKernel.runBeside("selvedge-callbacks", this::drain);
      return;
    }
    for (; ; ) {
      Listener first;
      synchronized (this) {
        Listener last = listeners;
        if (draining || last == null) {
          return;
        }
        first = last.next;
        if (first == last) {
          listeners = null;
        } else {
          last.next = first.next;
        }
        draining = true;
      }
      try {
        tell(first.told);
      } finally {
        synchronized (this) {
          draining = false;
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // listeners are waiters, and consumers from onDone
  private void tell(Object told) {
    if (told instanceof Waiter waiter) {
      waiter.wake();
    } else {
      Problems.guard(
          "a callback of '" + path() + "'", () -> ((Consumer<? super Task<T>>) told).accept(this));
    }
  }

  @Override
  public CompletableFuture<T> toCompletableFuture() {
    return TaskFuture.of(this);
  }

  // ---- names ----------------------------------------------------------------------------------

  @Override
  public long id() {
    long known = id;
    if (known == 0) {
      ID.compareAndSet(this, 0L, IDS.incrementAndGet());
      known = id;
    }
    return known;
  }

  @Override
  public String name() {
    return name != null ? name : "task-" + id();
  }

  /// {@return the name that it was given, or null}
  @Nullable String givenName() {
    return name;
  }

  @Override
  public String path() {
    if (owner instanceof GroupImpl group && group.isBody(this)) {
      return group.path();
    }
    String above = owner.path();
    return above.isEmpty() ? name() : above + "/" + name();
  }

  @Override
  public String toString() {
    return "Task '"
        + path()
        + "' "
        + switch (state) {
          case QUEUED -> "queued";
          case RUNNING -> "running";
          case WAITING -> "waiting";
          case DEFERRED, DELIVERED -> "running, cancellation requested";
          case SUCCEEDED -> "succeeded";
          case FAILED -> "failed: " + failure();
          default -> cancelMessage();
        };
  }
}
