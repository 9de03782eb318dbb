package dev.selvedge.process;

import dev.selvedge.Action;
import dev.selvedge.Stability;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.internal.Child;
import dev.selvedge.process.internal.Departures;
import dev.selvedge.process.internal.Lineage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A process that runs one action: a JVM of its own, with this program's class path.
///
/// ```java
/// var indexer = WorkerProcess.of(options -> options.name("indexer"), () -> index(folder)).start();
/// if (!indexer.join(Duration.ofMinutes(5))) {
///   indexer.kill();
/// }
/// log(indexer.exitCode());
/// ```
///
/// For many pieces of work, [ProcessPool] keeps its processes. To talk with a process, let its
/// action capture a [dev.selvedge.process.shared.SharedPipe] or a
/// [dev.selvedge.process.shared.SharedQueue].
///
/// **What travels.** The action is copied when the process is started, with all that it captures;
/// see [dev.selvedge.process.codec.Encoder]. The process does not run this program's `main`, and
/// reads nothing from standard input. What it prints reaches `System.out` and `System.err`, line by
/// line with its name.
///
/// **Its end.** It ends as a JVM does: when the action has returned and none of its threads is left
/// but daemons, with exit code 0; if the action throws, the stack is printed, and the code is 1;
/// `System.exit` gives any other. Its shutdown hooks run, unless it is killed.
///
/// **This program's end.** When `main` has returned, this program waits for the processes that it
/// has started, as it does for threads, but ends [daemons][WorkerProcessOptions#daemon()].
/// `System.exit`, and a signal, end both kinds: they are terminated, and killed if they go on for
/// two seconds. If this program is killed, they end by themselves within some milliseconds, in the
/// middle of what they do. So no process is left, however this program ends.
///
/// **Cancellation.** A [#join()] ends by an interrupt, and so by the cancellation of the task; the
/// process goes on. **Memory effects:** what happened before the end of the process, in shared
/// memory, happens before the return of `join`. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class WorkerProcess {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final WorkerProcessOptions options;
  private final Action action;
  private volatile @Nullable Child child; // set once, under this
  private @Nullable Codecs codecs; // guarded by this

  private WorkerProcess(WorkerProcessOptions options, Action action) {
    this.options = options;
    this.action = action;
  }

  /// A process by what it is called and its pid.
  ///
  /// @param name its name; that of a program that was not started as a [WorkerProcess] is `main`
  /// @param pid its pid
  /// @since 0.1
  public record Identity(String name, long pid) {}

  /// {@return a process that is not started yet}
  ///
  /// @param action what it will run
  public static WorkerProcess of(Action action) {
    return of(options -> options, action);
  }

  /// {@return a process that is not started yet}
  ///
  /// @param options changes the default options
  /// @param action what it will run
  public static WorkerProcess of(UnaryOperator<WorkerProcessOptions> options, Action action) {
    String name = "process-" + NUMBERS.incrementAndGet();
    return new WorkerProcess(options.apply(WorkerProcessOptions.named(name)), action);
  }

  /// Starts the process. Does not wait for its JVM.
  ///
  /// @return this
  /// @throws IllegalStateException if it was started before
  /// @throws RejectedExecutionException if the action cannot travel, for the reason that it says,
  ///   or if this program is going down; nothing is started then
  /// @throws IOException if the operating system cannot start it
  public synchronized WorkerProcess start() throws IOException {
    if (child != null) {
      throw new IllegalStateException(this + " was started before; make another one");
    }
    var departures = Departures.during(this::packed);
    Child started =
        Child.start(options.name(), options.daemon(), processOptions(), departures.value());
    departures.arriveIn(started.processId());
    child = started;
    return this;
  }

  private byte[] packed() {
    if (codecs == null) {
      // the message goes through a pipe, where nothing can be beside it
      codecs =
          Codecs.load(Thread.currentThread().getContextClassLoader())
              .withLargeFrom(Integer.MAX_VALUE);
    }
    Encoder encoder = new Encoder(codecs);
    try {
      encoder.write(action);
      return encoder.toByteArray();
    } catch (CannotTravelException e) {
      throw new RejectedExecutionException(
          "the action cannot travel to the process '" + name() + "': " + e.getMessage(), e);
    }
  }

  private ProcessOptions processOptions() {
    return ProcessOptions.of(options.jvmOptions(), options.classPath(), options.environment());
  }

  private Child started() {
    Child started = child;
    if (started == null) {
      throw new IllegalStateException(this + " was not started; call start() before");
    }
    return started;
  }

  // ---- who it is ------------------------------------------------------------------------------

  /// {@return its name}
  public String name() {
    return options.name();
  }

  /// {@return whether it is a daemon}
  public boolean isDaemon() {
    return options.daemon();
  }

  /// {@return its pid}
  ///
  /// @throws IllegalStateException if it was not started
  public long pid() {
    return started().pid();
  }

  /// {@return who this very process is}
  public static Identity self() {
    return new Identity(Lineage.name(), ProcessHandle.current().pid());
  }

  /// {@return who has started this very process, if that was a [WorkerProcess]}
  public static Optional<Identity> parent() {
    Lineage.Parent parent = Lineage.parent();
    return parent == null
        ? Optional.empty()
        : Optional.of(new Identity(parent.name(), parent.pid()));
  }

  // ---- its end --------------------------------------------------------------------------------

  /// {@return whether it was started and has not ended}
  public boolean isAlive() {
    Child started = child;
    return started != null && started.isAlive();
  }

  /// {@return those that this program has started and that have not ended}
  public static List<Identity> living() {
    return Child.living().stream().map(each -> new Identity(each.name(), each.pid())).toList();
  }

  /// {@return its exit code, 128 and the number of the signal if one ended it; empty if it has not
  /// ended}
  public OptionalInt exitCode() {
    Child started = child;
    return started == null || started.isAlive()
        ? OptionalInt.empty()
        : OptionalInt.of(started.exitCode());
  }

  /// Waits until it has ended, and what it printed has been passed on.
  ///
  /// @return its exit code
  /// @throws IllegalStateException if it was not started
  /// @throws InterruptedException if the calling thread is interrupted
  public int join() throws InterruptedException {
    return started().awaitEnd();
  }

  /// Waits until it has ended, for at most the given time.
  ///
  /// @param timeout how long to wait at most; one that is not positive does not wait
  /// @return whether it has ended; otherwise the time has passed
  /// @throws IllegalStateException if it was not started
  /// @throws InterruptedException if the calling thread is interrupted
  public boolean join(Duration timeout) throws InterruptedException {
    return started().awaitEnd(timeout);
  }

  /// {@return what completes with its exit code when it has ended} Each call returns another one.
  ///
  /// @throws IllegalStateException if it was not started
  public CompletableFuture<Integer> onExit() {
    return started().onExit();
  }

  /// Asks it to end, by SIGTERM: its shutdown hooks run. Without effect if it has ended.
  ///
  /// @throws IllegalStateException if it was not started
  public void terminate() {
    started().terminate();
  }

  /// Ends it at once, by SIGKILL. Without effect if it has ended.
  ///
  /// @throws IllegalStateException if it was not started
  public void kill() {
    started().kill();
  }

  @Override
  public String toString() {
    Child started = child;
    return "process '" + name() + "'" + (started == null ? "" : ", pid " + started.pid());
  }
}
