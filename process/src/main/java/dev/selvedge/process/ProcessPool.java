package dev.selvedge.process;

import dev.selvedge.Call;
import dev.selvedge.Fn;
import dev.selvedge.Outcome;
import dev.selvedge.Results;
import dev.selvedge.Stability;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.internal.Context;
import dev.selvedge.internal.Mapping;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Lexicon;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Assignment;
import dev.selvedge.process.internal.ChunkFn;
import dev.selvedge.process.internal.Chunked;
import dev.selvedge.process.internal.Hosts;
import dev.selvedge.process.internal.Idempotent;
import dev.selvedge.process.internal.Slabs;
import dev.selvedge.process.internal.Transfers;
import dev.selvedge.process.internal.Workforce;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.PreparedCall;
import dev.selvedge.spi.Ticket;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A pool of worker processes: a native crash, an `OutOfMemoryError`, a leak or a task that ignores
/// its cancellation costs one task, and not the program.
///
/// ```java
/// try (ProcessPool pool = ProcessPool.of(2)) {
///   for (Outcome<Path, Long> outcome : pool.asCompleted(files, file -> words(file)).toList()) { … }
/// }
/// ```
///
/// **What travels.** Calls are copied when they are submitted, with all that they capture; values
/// and exceptions are copied on the way back. See [dev.selvedge.process.codec.Encoder] for what can
/// travel. What cannot is refused by `submit`, with the name of the captured variable. Workers have
/// this program's class path, module path and JDK. Large arrays and memory go through shared
/// memory, of which a pool takes a gigabyte at most, and gives back what it has not used for ten
/// seconds.
///
/// **Cancellation** interrupts the task in its worker; if it goes on after the
/// [grace][ProcessOptions#grace], the worker is killed and replaced.
///
/// **Losses.** If a worker ends, only the task that it ran fails, with [WorkerLostException] as the
/// cause. It is not run again, unless it was [declared][#idempotent(Call)] that it may be. A worker
/// that stands still and begins none of its tasks (somebody has stopped it, for instance) is
/// replaced after one or two seconds, and its tasks are run by others. Workers end when this
/// process does, however it ends.
///
/// **Context.** The name of a task, the time that is left until its deadline, and what is
/// registered with [dev.selvedge.TaskLocals] travel with it.
///
/// **Output** of workers reaches `System.out` and `System.err`, line by line with the worker's
/// name.
///
/// Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class ProcessPool extends AbstractPool {
  private static final int WINDOW_PER_WORKER = 64;
  private static final int MAX_CHUNK = 16; // of those that are not asked for
  private static final int CHUNKS_PER_WORKER = 16; // of those that are

  private final int maximum;
  private final Codecs codecs;
  private final Lexicon lexicon = new Lexicon();
  private final Slabs slabs = Slabs.ofPool();
  private final Hosts hosts;
  private final ConcurrentLinkedQueue<Encoder> encoders = new ConcurrentLinkedQueue<>();
  private final Workforce workforce;

  private ProcessPool(int maximum, ProcessOptions options) {
    super(
        "processes:" + positive(maximum),
        Kernel.system(),
        Set.of(Capability.INTERRUPTS, Capability.KILLS, Capability.BOUNDED),
        (int) Math.min((long) maximum * WINDOW_PER_WORKER, 1 << 20));
    this.maximum = maximum;
    this.codecs = Codecs.load(Thread.currentThread().getContextClassLoader());
    this.workforce =
        new Workforce(
            name(),
            maximum,
            options,
            codecs,
            lexicon,
            slabs,
            packed(options.initializer(), Encoder::toMessage),
            this::opened,
            this::breakDown);
    this.hosts = new Hosts(name(), options, codecs);
  }

  /// Opens a pool of so many worker processes. They are started when there is work for them.
  ///
  /// @param workers how many processes there are at most
  /// @return a new pool
  /// @throws IllegalArgumentException if that is not positive
  public static ProcessPool of(int workers) {
    return of(workers, options -> options);
  }

  /// Opens a pool of worker processes with options.
  ///
  /// @param workers how many processes there are at most
  /// @param options changes the default options
  /// @return a new pool
  /// @throws IllegalArgumentException if the number is not positive
  /// @throws RejectedExecutionException if the initializer cannot travel
  public static ProcessPool of(int workers, UnaryOperator<ProcessOptions> options) {
    return new ProcessPool(workers, options.apply(ProcessOptions.DEFAULT));
  }

  private static int positive(int maximum) {
    if (maximum < 1) {
      throw new IllegalArgumentException(
          "a pool of " + maximum + " processes cannot run anything; give at least 1");
    }
    return maximum;
  }

  // ---- work -----------------------------------------------------------------------------------

  /// Work in its travelling form.
  ///
  /// @param elements how many it has, if it is a chunk, or 0
  /// @param packing how long it took to bring it into this form, in ns, if that is recorded
  private record Parcel<T extends @Nullable Object>(
      Callable<T> original, Letter letter, int elements, boolean idempotent, long packing)
      implements PreparedCall<T> {
    @Override
    public T call() {
      throw new AssertionError("runs in a worker");
    }
  }

  /// A message, and the memory that its large parts have until the task ends.
  private record Letter(Message message, Slabs.@Nullable Loan loan) {}

  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    long begin = Transfers.now();
    Letter letter = packed(Context.carrying(call), this::letter);
    return new Parcel<>(
        call, letter, ChunkFn.elements(call), Idempotent.isMarked(call), Transfers.since(begin));
  }

  private Letter letter(Encoder encoder) {
    List<MemorySegment> large = encoder.large();
    Slabs.Loan loan = large.isEmpty() ? null : slabs.lend(large);
    return loan == null
        ? new Letter(encoder.toMessage(), null)
        : new Letter(new Message(encoder.toByteArray(), loan.parts()), loan);
  }

  private <M> M packed(Object work, Function<Encoder, M> form) {
    Encoder encoder = encoders.poll();
    if (encoder == null) {
      encoder = new Encoder(codecs, lexicon);
    }
    try {
      encoder.write(work);
      return form.apply(encoder);
    } catch (CannotTravelException e) {
      throw new RejectedExecutionException(
          "the work cannot travel to the pool '" + name() + "': " + e.getMessage(), e);
    } finally {
      encoder.reset();
      encoders.add(encoder);
    }
  }

  /// Declares that a call may be run again: if a worker is lost while it runs the call, another one
  /// tries, until three are lost. Nothing is run twice without this.
  ///
  /// ```java
  /// pool.submit(ProcessPool.idempotent(() -> render(page)));
  /// ```
  ///
  /// @param call the call
  /// @param <T> the type of its value
  /// @return the call, marked
  public static <T extends @Nullable Object> Call<T> idempotent(Call<T> call) {
    return new Idempotent.IdempotentCall<>(Objects.requireNonNull(call, "call"));
  }

  /// Declares that a function may be applied again to an input whose worker was lost, as
  /// [#idempotent(Call)] does for a call.
  ///
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the function, marked
  public static <A extends @Nullable Object, R extends @Nullable Object> Fn<A, R> idempotent(
      Fn<? super A, ? extends R> fn) {
    return new Idempotent.IdempotentFn<>(Objects.requireNonNull(fn, "fn"));
  }

  /// Applies a function to each input, in worker processes. Several inputs travel together, as many
  /// as take a millisecond; each keeps its own outcome, also if a worker is lost among them.
  ///
  /// {@inheritDoc}
  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Chunked.ordered(
        name() + "/map", inputs, fn, window() / MAX_CHUNK - 1, upToMax(), starter());
  }

  /// Applies a function to each input, with so many inputs in one message.
  ///
  /// ```java
  /// List<Integer> lengths = pool.map(1_000, words, String::length).toList();
  /// ```
  ///
  /// @param chunk how many inputs travel together: more cost less, and end later
  /// @param inputs read on the consumer's thread, at most 16 chunks for each worker ahead
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the results in the order of the inputs
  /// @throws IllegalArgumentException if a chunk is to have no element
  /// @throws RejectedExecutionException if the pool takes no more work, or the work cannot travel
  public <A extends @Nullable Object, R extends @Nullable Object> Results<R> map(
      int chunk, Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Chunked.ordered(name() + "/map", inputs, fn, chunks(chunk), fixed(chunk), starter());
  }

  /// As [#map(Iterable, Fn)], with each outcome as soon as its chunk is done.
  ///
  /// {@inheritDoc}
  @Override
  public <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> asCompleted(
          Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Chunked.asCompleted(
        name() + "/asCompleted", inputs, fn, window() / MAX_CHUNK - 1, upToMax(), starter());
  }

  /// As [#map(int, Iterable, Fn)], with each outcome as soon as its chunk is done.
  ///
  /// @param chunk how many inputs travel together
  /// @param inputs read on the consumer's thread
  /// @param fn the function
  /// @param <A> the type of an input
  /// @param <R> the type of a result
  /// @return the outcomes
  /// @throws IllegalArgumentException if a chunk is to have no element
  /// @throws RejectedExecutionException if the pool takes no more work, or the work cannot travel
  public <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> asCompleted(
          int chunk, Iterable<? extends A> inputs, Fn<? super A, ? extends R> fn) {
    return Chunked.asCompleted(
        name() + "/asCompleted", inputs, fn, chunks(chunk), fixed(chunk), starter());
  }

  private Mapping.Starter starter() {
    return new Mapping.Starter() {
      @Override
      public <T extends @Nullable Object> Task<T> start(@Nullable String name, Call<T> call) {
        return submit(call);
      }
    };
  }

  private static Chunked.Size upToMax() {
    return Chunked.Size.upTo(MAX_CHUNK);
  }

  private static Chunked.Size fixed(int chunk) {
    if (chunk < 1) {
      throw new IllegalArgumentException(
          "a chunk of " + chunk + " inputs has none; give at least 1");
    }
    return Chunked.Size.of(chunk);
  }

  /// {@return how many chunks of that size may be under way}
  private int chunks(int chunk) {
    return Math.max(CHUNKS_PER_WORKER * maximum, window() / Math.max(chunk, 1));
  }

  // ---- workers --------------------------------------------------------------------------------

  @Override
  protected void launch(Ticket ticket) {
    workforce.add(ticket);
  }

  private @Nullable Assignment opened(Ticket ticket) {
    PoolTask task = ticket.take();
    if (task == null) {
      return null;
    }
    Callable<?> work;
    try {
      work = task.work();
    } catch (IllegalStateException e) {
      return null; // cancelled meanwhile
    }
    // what is registered with TaskLocals has gone into the parcel
    Parcel<?> parcel = (Parcel<?>) (work instanceof Context.Bound bound ? bound.work() : work);
    Assignment assignment =
        new Assignment(
            task,
            parcel.letter().message(),
            parcel.letter().loan(),
            parcel.elements(),
            parcel.idempotent());
    assignment.packed(name(), parcel.packing());
    return assignment.begin() ? assignment : null;
  }

  // ---- objects --------------------------------------------------------------------------------

  /// Makes an object in a process of its own, beside the workers, and waits until it is there.
  ///
  /// ```java
  /// Hosted<Counter> counter = pool.host(Counter.class, CounterImpl::new);
  /// ```
  ///
  /// The process has the options of this pool, and runs its initializer first. It ends with the
  /// handle, with this pool once its tasks have ended, and with this process.
  ///
  /// @param type the interface by which the object is called
  /// @param maker makes the object, in that process; must be able to travel
  /// @param <T> the interface
  /// @return a handle; see [Hosted] for all else
  /// @throws IllegalArgumentException if the type is no interface
  /// @throws RejectedExecutionException if the maker cannot travel, or this pool is shut down
  /// @throws TaskFailedException if the process did not start ([WorkerLostException] is the cause
  ///   then), or if the initializer or the maker failed, with what they threw as the cause
  /// @throws InterruptedException if this thread was interrupted; no process is left then
  public <T> Hosted<T> host(Class<T> type, Call<? extends T> maker)
      throws InterruptedException, TaskFailedException {
    if (isShutdown()) {
      throw new RejectedExecutionException("the pool '" + name() + "' is shut down");
    }
    return hosts.host(type, maker);
  }

  /// {@return the pids of the workers at the moment}
  public List<Long> pids() {
    return workforce.pids();
  }

  /// {@return the pids of the spare workers at the moment}
  public List<Long> sparePids() {
    return workforce.sparePids();
  }

  /// Refuses further work, cancels everything, and kills the workers at once, without the grace.
  /// Does no harm where they have ended already or were never started. Returns before they have
  /// ended; [#close] waits for that.
  public void kill() {
    shutdownNow();
    workforce.kill();
  }

  @Override
  protected void retire() {
    workforce.retire();
    slabs.close();
    hosts.close();
  }
}
