package dev.selvedge.loop;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.Stability;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.internal.OsSignal;
import dev.selvedge.internal.PoolTasks;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.Waiter;
import dev.selvedge.loop.internal.BatonScheduler;
import dev.selvedge.loop.internal.Callback;
import dev.selvedge.loop.internal.CoroutineScheduler;
import dev.selvedge.loop.internal.LoopKernel;
import dev.selvedge.loop.internal.LoopScheduler;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.PreparedCall;
import dev.selvedge.spi.Ticket;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A pool whose tasks take turns on one thread: each is a coroutine, written as plain blocking
/// code, that runs until it waits.
///
/// ```java
/// int sum = EventLoop.run(() -> {
///   var counts = new HashMap<String, Integer>();      // no lock: one task runs at a time
///   TaskGroup.run(group -> {
///     for (String word : words) {
///       group.fork(() -> { Thread.sleep(10); counts.merge(word, 1, Integer::sum); });
///     }
///   });
///   return counts.values().stream().mapToInt(n -> n).sum();
/// });
/// ```
///
/// **One at a time.** Between two waits a task has the loop to itself, so what only tasks of one
/// loop touch needs no lock. Whatever makes a virtual thread wait lets others go on: everything of
/// Selvedge, the locks and queues of `java.util.concurrent`, `synchronized`, `Thread.sleep`,
/// sockets. Groups that a task opens, and virtual threads that it starts, run on the same loop.
///
/// **Threads.** A coroutine may run several tasks one after the other, as a worker of any pool
/// does, but only if its thread is as new: with no thread-local, name or interrupt that another
/// left.
///
/// **What holds the loop** is what makes the JDK keep the carrying thread: computing, files,
/// looking up names of hosts, native code, waiting in a class initializer. Hand that to
/// [#offload(Call)]. The [debug mode][EventLoopOptions#debug] warns of such steps, with their
/// stack.
///
/// **The flag.** The JDK lets nobody else schedule virtual threads unless java is started with
/// `--add-opens java.base/java.lang=dev.selvedge.loop`, or `=ALL-UNNAMED` where this module is on
/// the class path; `selvedge run` does it, and the line `Add-Opens: java.base/java.lang` in the
/// manifest of an executable jar has the effect of the latter. Without it an
/// [IllegalStateException] says so. A [portable][EventLoopOptions#portable] loop does without, and
/// knows only of the waits of Selvedge.
///
/// **Cancellation** ends a task where it waits, as everywhere; a deadline interrupts also a task
/// that never waits.
///
/// **Failures** that nobody waits for go to a [handler][EventLoopOptions#onFailure]: those of
/// callbacks and of `execute` at once, that of a submitted task when its handle is gone and nobody
/// has asked.
///
/// **Ending.** [#close()] waits for what was accepted, [#cancelAndClose()] cancels it and waits.
/// Neither can be called by a task of the loop. The loop's thread is a daemon, and is there only
/// while there is something to do; accepted work holds the JVM up, as in each pool.
///
/// Thread-safe: everything may be called on any thread, inside and outside of the loop.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class EventLoop extends AbstractPool {
  private static final int WINDOW = 256;
  private static final int OFFLOAD_THREADS = 64;
  private static final long FARTHEST_NANOS = 1L << 62; // so that no sum overflows

  private final EventLoopOptions options;
  private final LoopScheduler scheduler;
  private final Set<Handle> signalHandles = ConcurrentHashMap.newKeySet();

  private EventLoop(EventLoopOptions options) {
    super(
        options.name(),
        options.portable() ? BatonScheduler.KERNEL : LoopKernel.INSTANCE,
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
        WINDOW);
    this.options = options;
    Duration slowStep = options.debug() ? options.slowStep() : null;
    this.scheduler =
        options.portable()
            ? new BatonScheduler(options.name(), this, slowStep)
            : new CoroutineScheduler(options.name(), this, slowStep);
  }

  /// What can be done about a callback.
  ///
  /// @since 0.1
  public interface Handle {
    /// Keeps the callback from running.
    ///
    /// @return whether it will not run; false if it has begun, or was cancelled before
    boolean cancel();

    /// {@return whether it was cancelled, by [#cancel()] or because the loop ended before it was
    /// due}
    boolean isCancelled();
  }

  // ---- running --------------------------------------------------------------------------------

  /// Runs a call on a new loop, and waits for it. What it has submitted and not awaited is
  /// cancelled when it ends, and has stopped when this method returns.
  ///
  /// The loop has a thread of its own, since the JDK clears the interrupts of a thread that carries
  /// virtual ones. If the calling thread is interrupted or its task cancelled, the call is
  /// cancelled, and may clean up.
  ///
  /// ```java
  /// Page page = EventLoop.run(() -> fetch(uri));
  /// ```
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return its value
  /// @throws InterruptedException if the calling thread was interrupted or its task cancelled
  /// @throws IllegalStateException if this thread runs on a loop already, or the JVM lacks the flag
  /// @throws TaskCancelledException if the call was cancelled by something else
  /// @throws Exception what the call throws
  public static <T extends @Nullable Object> T run(Call<T> call) throws Exception {
    return run(options -> options, call);
  }

  /// Runs an action on a new loop, as [#run(Call)] does.
  ///
  /// @param action the work
  /// @throws InterruptedException if the calling thread was interrupted or its task cancelled
  /// @throws IllegalStateException if this thread runs on a loop already, or the JVM lacks the flag
  /// @throws Exception what the action throws
  public static void run(Action action) throws Exception {
    run(options -> options, action);
  }

  /// Runs an action on a new loop with options, as [#run(Call)] does.
  ///
  /// @param options changes the default options
  /// @param action the work
  /// @throws InterruptedException if the calling thread was interrupted or its task cancelled
  /// @throws IllegalStateException if this thread runs on a loop already, or the JVM lacks the flag
  /// @throws Exception what the action throws
  public static void run(UnaryOperator<EventLoopOptions> options, Action action) throws Exception {
    EventLoop.<@Nullable Void>run(options, PoolTasks.asCall(action));
  }

  /// Runs a call on a new loop with options, as [#run(Call)] does.
  ///
  /// @param options changes the default options
  /// @param call the work
  /// @param <T> the type of its value
  /// @return its value
  /// @throws InterruptedException if the calling thread was interrupted or its task cancelled
  /// @throws IllegalStateException if this thread runs on a loop already, or the JVM lacks the flag
  /// @throws Exception what the call throws
  public static <T extends @Nullable Object> T run(
      UnaryOperator<EventLoopOptions> options, Call<T> call) throws Exception {
    Objects.requireNonNull(call, "call");
    current().ifPresent(EventLoop::refuseNested);
    EventLoop loop = open(options);
    Task<T> main = loop.submit("main", call);
    boolean interrupted = loop.awaitMain(main);
    loop.endLeftovers();
    if (interrupted) {
      throw new InterruptedException("the thread that ran '" + loop.name() + "' was interrupted");
    }
    return outcome(main);
  }

  private static void refuseNested(EventLoop around) {
    throw new IllegalStateException(
        "the event loop '"
            + around.name()
            + "' runs this code, so no other one can run in it; call the code directly, or fork it"
            + " in a TaskGroup");
  }

  /// Waits for the main task, and cancels it if this wait is interrupted.
  ///
  /// @return whether it was
  private boolean awaitMain(Task<?> main) {
    boolean interrupted = false;
    while (!main.isDone()) {
      try {
        main.join();
      } catch (InterruptedException e) {
        interrupted = true;
        main.cancel(new CancelReason.Requested("the thread that ran the loop was interrupted"));
      }
    }
    return interrupted;
  }

  /// Cancels what the main task has left, waits until it has stopped, and reports what nobody will
  /// ask for any more.
  private void endLeftovers() {
    List<Task<?>> leftovers = tasks();
    boolean interrupted = false;
    while (!isTerminated()) {
      try {
        cancelAndClose();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    for (Task<?> task : leftovers) {
      Throwable failure = failureOf(task);
      if (failure != null) {
        uncaught(task.path(), failure);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return what a task that is done failed with, also while it was being cancelled, or null}
  private static @Nullable Throwable failureOf(Task<?> task) {
    return switch (task.state()) {
      case FAILED -> task.exceptionNow();
      case CANCELLED -> {
        try {
          Object _ = task.await();
          yield null;
        } catch (TaskCancelledException e) {
          yield isCancellation(e.getCause()) ? null : e.getCause();
        } catch (InterruptedException | TaskFailedException e) {
          throw new AssertionError("it is done, by cancellation", e);
        }
      }
      default -> null;
    };
  }

  private static boolean isCancellation(@Nullable Throwable thrown) {
    return thrown == null
        || thrown instanceof InterruptedException
        || thrown instanceof CancellationException
        || thrown instanceof ClosedByInterruptException;
  }

  private static <T extends @Nullable Object> T outcome(Task<T> main) throws Exception {
    if (main.state() == Task.State.FAILED) {
      switch (main.exceptionNow()) {
        case Exception e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new TaskFailedException(main.path(), "", 1, e);
      }
    }
    return main.await();
  }

  /// Opens a loop that runs until it is closed.
  ///
  /// @return a new loop
  /// @throws IllegalStateException if the JVM lacks the flag
  public static EventLoop open() {
    return open(options -> options);
  }

  /// Opens a loop with options that runs until it is closed.
  ///
  /// ```java
  /// try (EventLoop rooms = EventLoop.open(options -> options.name("rooms"))) {
  ///   rooms.submit(() -> serve(room));
  /// }
  /// ```
  ///
  /// @param options changes the default options
  /// @return a new loop
  /// @throws IllegalStateException if the JVM lacks the flag
  public static EventLoop open(UnaryOperator<EventLoopOptions> options) {
    return new EventLoop(
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options").apply(EventLoopOptions.DEFAULT),
            "options returned null"));
  }

  /// Opens a loop for each core, as one pool that deals its tasks out to them, as
  /// [#perCore(UnaryOperator)] says.
  ///
  /// @return a new pool
  /// @throws IllegalStateException if the JVM lacks the flag
  public static Pool perCore() {
    return perCore(options -> options);
  }

  /// Opens a loop for each core, as one pool that deals its tasks out to them: what a server needs
  /// that has more to do than one core can.
  ///
  /// ```java
  /// try (Pool loops = EventLoop.perCore();
  ///     TcpServer server = TcpServer.open(8025, options -> options.pool(loops), handler)) {
  ///   server.join();
  /// }
  /// ```
  ///
  /// What is submitted to the pool, and what groups fork that name it, goes to the loop that has
  /// the fewest unfinished tasks of the pool, and stays there. A group that a task opens without
  /// naming a pool runs on that task's loop: so what one task and its groups touch needs no lock,
  /// and what several tasks share does.
  ///
  /// @param options changes the default options; each loop has the name, and a number behind it
  /// @return a new pool, to be closed as each is
  /// @throws IllegalStateException if the JVM lacks the flag
  public static Pool perCore(UnaryOperator<EventLoopOptions> options) {
    EventLoopOptions changed =
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options")
                .apply(EventLoopOptions.DEFAULT.name("loops")),
            "options returned null");
    return new PerCoreLoops(Runtime.getRuntime().availableProcessors(), changed);
  }

  // ---- inside ---------------------------------------------------------------------------------

  /// {@return the loop that the current thread is a coroutine of, if it is}
  public static Optional<EventLoop> current() {
    return Optional.ofNullable((EventLoop) LoopScheduler.currentOwner());
  }

  /// Lets every other coroutine that is ready make a step before this one goes on; outside of a
  /// loop, does what [Thread#yield()] does.
  ///
  /// @throws InterruptedException if the thread is interrupted or its task cancelled, before or
  ///   meanwhile
  @SuppressWarnings("ThreadPriorityCheck") // the order is the loop's
  public static void yieldNow() throws InterruptedException {
    Waiter.checkInterrupt();
    if (!BatonScheduler.yieldNow()) {
      Thread.yield();
    }
    Waiter.checkInterrupt();
  }

  /// Runs a call on a platform thread elsewhere, while only the calling coroutine waits: for what
  /// would [hold the loop][EventLoop]. May be called outside of loops too.
  ///
  /// ```java
  /// byte[] image = EventLoop.offload(() -> Files.readAllBytes(file));
  /// ```
  ///
  /// If the calling task is cancelled, or its deadline passes, the call is interrupted, and this
  /// method returns when it has stopped. Of the context, the call sees what is registered with
  /// [dev.selvedge.TaskLocals]. There are up to 64 threads for this in the JVM; more calls than
  /// that wait for one.
  ///
  /// @param call the work; what it touches of the loop's state others may touch meanwhile
  /// @param <T> the type of its value
  /// @return its value
  /// @throws InterruptedException if the thread is interrupted or its task cancelled
  /// @throws Exception what the call throws
  public static <T extends @Nullable Object> T offload(Call<T> call) throws Exception {
    Objects.requireNonNull(call, "call");
    try {
      return TaskGroup.call(
          options -> options.name("offload").pool(Offload.POOL), group -> group.fork(call).await());
    } catch (TaskFailedException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /// Made with the first call, never closed.
  private static final class Offload {
    static final Pool POOL =
        Pool.threads(OFFLOAD_THREADS, options -> options.prefix("selvedge-offload-"));
  }

  // ---- callbacks ------------------------------------------------------------------------------

  /// Runs an action as a coroutine of this loop, behind everything that is ready already, in the
  /// order of these calls. What it throws goes to the [handler][EventLoopOptions#onFailure].
  ///
  /// @param action what to run
  /// @return to cancel it with
  /// @throws RejectedExecutionException if the loop is shut down
  public Handle callSoon(Action action) {
    return Callback.soon(this, Objects.requireNonNull(action, "action"));
  }

  /// Runs an action as a coroutine of this loop after a time, as [#callAt] does.
  ///
  /// @param delay the time from now; what is negative or zero is due at once
  /// @param action what to run
  /// @return to cancel it with
  /// @throws RejectedExecutionException if the loop is shut down
  public Handle callLater(Duration delay, Action action) {
    Objects.requireNonNull(delay, "delay");
    return callIn(delay.isNegative() ? -Times.nanos(delay.negated()) : Times.nanos(delay), action);
  }

  /// Runs an action as a coroutine of this loop at a time, never earlier, in the order of the
  /// times.
  ///
  /// It does not hold the loop or the JVM up: what is not due when the loop has nothing else left
  /// and is closed is cancelled. For delayed work that has to be done, use
  /// [Schedule][dev.selvedge.Schedule#on].
  ///
  /// @param nanoTime when, in terms of [System#nanoTime()]
  /// @param action what to run
  /// @return to cancel it with, in constant time
  /// @throws RejectedExecutionException if the loop is shut down
  public Handle callAt(long nanoTime, Action action) {
    return callIn(nanoTime - System.nanoTime(), action);
  }

  private Handle callIn(long nanos, Action action) {
    Objects.requireNonNull(action, "action");
    refuseIfShutdown();
    long due = System.nanoTime() + Math.clamp(nanos, -FARTHEST_NANOS, FARTHEST_NANOS);
    return Callback.at(this, scheduler, due, action);
  }

  private void refuseIfShutdown() {
    if (isShutdown()) {
      throw new RejectedExecutionException(
          "the event loop '" + name() + "' is shut down; nothing can be scheduled on it any more");
    }
  }

  /// Runs an action as a coroutine of this loop whenever this process gets a signal, in place of
  /// what the JVM does about it: while `INT` and `TERM` have a handler they do not end the program.
  ///
  /// ```java
  /// EventLoop loop = EventLoop.current().orElseThrow();
  /// loop.onSignal("HUP", () -> save(load()));
  /// ```
  ///
  /// Several handlers of one signal all run, those of other loops too; under `selvedge run`, which
  /// cancels the tasks of a program at Ctrl-C, that is left to them. What the action throws goes to
  /// the [handler][EventLoopOptions#onFailure]. When the last handler of a signal is cancelled, or
  /// its loop has ended, the JVM does what it did before.
  ///
  /// @param signal its name, such as `TERM`, `INT`, `HUP` or `USR2`; those for which the operating
  ///   system or the JVM have no handlers (`KILL`, `STOP`, `QUIT`) cannot be had
  /// @param action what to run
  /// @return to end it with
  /// @throws IllegalArgumentException if there is no such signal, or it cannot be had
  /// @throws UnsupportedOperationException if this JVM lacks the module jdk.unsupported
  /// @throws RejectedExecutionException if the loop is shut down
  public Handle onSignal(String signal, Action action) {
    Objects.requireNonNull(action, "action");
    refuseIfShutdown();
    SignalHandle handle = new SignalHandle(signal, () -> callSoon(action));
    signalHandles.add(handle);
    if (isShutdown()) {
      handle.cancel(); // the one who ends the loop may not have seen it
    }
    return handle;
  }

  /// The handler of a signal, until it is cancelled.
  private final class SignalHandle implements Handle {
    private final Runnable end;

    SignalHandle(String signal, Runnable handler) {
      end =
          OsSignal.handle(
              Objects.requireNonNull(signal, "signal"),
              () -> {
                if (!isShutdown()) {
                  handler.run();
                }
              });
    }

    @Override
    public boolean cancel() {
      boolean isFirst = signalHandles.remove(this);
      end.run();
      return isFirst;
    }

    @Override
    public boolean isCancelled() {
      return !signalHandles.contains(this);
    }
  }

  // ---- as a pool ------------------------------------------------------------------------------

  @Override
  protected void launch(Ticket ticket) {
    scheduler.launch(ticket);
  }

  /// In the debug mode, what fails tells where it was submitted.
  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    return options.debug() ? new Traced<>(call, new Submission()) : call;
  }

  private record Traced<T extends @Nullable Object>(Callable<T> original, Submission submission)
      implements PreparedCall<T> {
    @Override
    public T call() throws Exception {
      try {
        return original.call();
      } catch (Throwable e) {
        e.addSuppressed(submission);
        throw e;
      }
    }
  }

  /// Where a task was submitted or forked.
  @SuppressWarnings("serial") // never leaves this heap by itself
  private static final class Submission extends Exception {
    Submission() {
      super("submitted here");
    }
  }

  @Override
  protected boolean reportsUncollected() {
    return true;
  }

  @Override
  protected void uncaught(String task, Throwable failure) {
    var handler = options.onFailure();
    if (handler == null) {
      super.uncaught(task, failure);
      return;
    }
    try {
      handler.accept(task, failure);
    } catch (Throwable second) {
      failure.addSuppressed(second);
      Problems.warn("the failure handler of the event loop '" + name() + "' threw " + second);
      super.uncaught(task, failure);
    }
  }

  @Override
  protected void retire() {
    signalHandles.forEach(Handle::cancel);
    scheduler.end();
  }

  /// {@return whether the current thread is a coroutine of this loop}
  public boolean isCurrent() {
    return LoopScheduler.currentOwner() == this;
  }
}
