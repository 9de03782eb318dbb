package dev.selvedge.process;

import dev.selvedge.Call;
import dev.selvedge.Fn;
import dev.selvedge.Outcome;
import dev.selvedge.Results;
import dev.selvedge.Stability;
import dev.selvedge.Task;
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
import dev.selvedge.process.internal.Hub;
import dev.selvedge.process.internal.Worker;
import dev.selvedge.process.internal.WorkerLoss;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.PreparedCall;
import dev.selvedge.spi.Ticket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
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
/// this program's class path, module path and JDK.
///
/// **Cancellation** interrupts the task in its worker; if it goes on after the
/// [grace][ProcessOptions#grace], the worker is killed and replaced.
///
/// **Losses.** If a worker ends, only the task that it ran fails, with [WorkerLostException] as the
/// cause. It is not run again: whoever knows that it may be asks for it, with [dev.selvedge.Retry].
/// Workers end when this process does, however it ends.
///
/// **Context.** The name of a task and the time that is left until its deadline travel with it.
/// What is registered with [dev.selvedge.TaskLocals] does not.
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
  private static final int FAILED_STARTS = 3;

  private final int maximum;
  private final ProcessOptions options;
  private final Codecs codecs;
  private final Lexicon lexicon = new Lexicon();
  private final Message initializer;
  private final Hub hub;
  private final ConcurrentLinkedQueue<Encoder> encoders = new ConcurrentLinkedQueue<>();

  private final AtomicInteger requests = new AtomicInteger(); // to dispatch, not yet served
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private final ArrayDeque<Assignment> returned = new ArrayDeque<>(); // before what is queued
  private final Map<Worker, Post> posts = new LinkedHashMap<>(); // those that are ready
  private int starting;
  private int made;
  private int failedStarts; // in a row
  private boolean retired;

  private ProcessPool(int maximum, ProcessOptions options) {
    super(
        "processes:" + positive(maximum),
        Kernel.system(),
        Set.of(Capability.INTERRUPTS, Capability.KILLS, Capability.BOUNDED),
        (int) Math.min((long) maximum * WINDOW_PER_WORKER, 1 << 20));
    this.maximum = maximum;
    this.options = options;
    this.codecs = Codecs.load(Thread.currentThread().getContextClassLoader());
    this.initializer = packed(options.initializer());
    this.hub = new Hub(name());
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
  private record Parcel<T extends @Nullable Object>(
      Callable<T> original, Message message, int elements) implements PreparedCall<T> {
    @Override
    public T call() {
      throw new AssertionError("runs in a worker");
    }
  }

  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    return new Parcel<>(call, packed(call), ChunkFn.elements(call));
  }

  private Message packed(Object work) {
    Encoder encoder = encoders.poll();
    if (encoder == null) {
      encoder = new Encoder(codecs, lexicon);
    }
    try {
      encoder.write(work);
      return encoder.toMessage();
    } catch (CannotTravelException e) {
      throw new RejectedExecutionException(
          "the work cannot travel to the pool '" + name() + "': " + e.getMessage(), e);
    } finally {
      encoder.reset();
      encoders.add(encoder);
    }
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

  /// A worker, and how much it has.
  private static final class Post {
    private final Worker worker;
    private int load; // tasks that it has been given and that are not done
    private int given; // in its life

    Post(Worker worker) {
      this.worker = worker;
    }
  }

  @Override
  protected void launch(Ticket ticket) {
    lock.lock();
    try {
      if (retired) {
        throw new RejectedExecutionException("the pool '" + name() + "' has ended");
      }
      queue.add(ticket);
    } finally {
      lock.unlock();
    }
    grow();
    dispatch();
  }

  /// Starts a worker if there is more work than there are workers on their way to it.
  private void grow() {
    int number;
    lock.lock();
    try {
      if (retired || posts.size() + starting >= maximum || waiting() <= idle() + starting) {
        return;
      }
      starting++;
      number = ++made;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name(name() + "-start").start(() -> start("worker-" + number));
  }

  private int waiting() {
    return queue.size() + returned.size();
  }

  private long idle() {
    return posts.values().stream().filter(post -> post.load == 0).count();
  }

  private void start(String workerName) {
    try {
      hub.start(new Staff(), workerName, options, codecs, lexicon, initializer);
    } catch (IOException e) {
      startFailed(e);
    }
  }

  private void startFailed(Throwable why) {
    boolean broken;
    lock.lock();
    try {
      starting--;
      broken = ++failedStarts >= FAILED_STARTS;
    } finally {
      lock.unlock();
    }
    if (broken) {
      breakDown(why);
    } else {
      grow();
    }
  }

  /// Gives work to workers, as long as there is work and a worker for it. By one thread at a time,
  /// for tasks are to begin in the order in which they came; who finds another one at it leaves it
  /// to that one, which looks once more for each who came meanwhile.
  private void dispatch() {
    if (requests.getAndIncrement() != 0) {
      return;
    }
    int seen;
    do {
      seen = requests.get();
      while (dispatchOne()) {
        // the next one
      }
    } while (requests.addAndGet(-seen) != 0);
  }

  private boolean dispatchOne() {
    Assignment assignment;
    Ticket ticket;
    Post post;
    lock.lock();
    try {
      post = free();
      if (post == null) {
        return false;
      }
      assignment = returned.poll();
      ticket = assignment == null ? queue.poll() : null;
      if (assignment == null && ticket == null) {
        assignment = post.load == 0 ? surplus() : null;
        if (assignment == null) {
          return false;
        }
      }
      post.load++;
      post.given++;
    } finally {
      lock.unlock();
    }
    if (ticket != null) {
      assignment = opened(ticket);
    }
    if (assignment == null) {
      unload(post);
    } else if (!post.worker.run(assignment)) {
      unload(post);
      giveBack(List.of(assignment));
    }
    return true;
  }

  /// {@return the worker with the fewest tasks that can take another, or null} With the lock held.
  private @Nullable Post free() {
    Post best = null;
    for (Post post : posts.values()) {
      if (post.load < post.worker.depth()
          && post.given < options.maxTasksPerWorker()
          && (best == null || post.load < best.load)
          && post.worker.hasSlot()) {
        best = post;
      }
    }
    return best;
  }

  /// {@return a task that another worker has and will not begin soon, or null} With the lock held.
  private @Nullable Assignment surplus() {
    for (Post post : posts.values()) {
      Assignment assignment = post.load > 1 ? post.worker.takeBack() : null;
      if (assignment != null) {
        post.load--;
        return assignment;
      }
    }
    return null;
  }

  private static @Nullable Assignment opened(Ticket ticket) {
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
    // what is registered with TaskLocals belongs to this heap, and stays
    Parcel<?> parcel = (Parcel<?>) (work instanceof Context.Bound bound ? bound.work() : work);
    Assignment assignment = new Assignment(task, parcel.message(), parcel.elements());
    return assignment.begin() ? assignment : null;
  }

  private void unload(Post post) {
    lock.lock();
    try {
      post.load--;
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(List<Assignment> assignments) {
    lock.lock();
    try {
      returned.addAll(assignments);
    } finally {
      lock.unlock();
    }
  }

  /// What the workers tell.
  private final class Staff implements Worker.Owner {

    @Override
    public void ready(Worker worker) {
      boolean leaves;
      lock.lock();
      try {
        starting--;
        failedStarts = 0;
        leaves = retired;
        if (!leaves) {
          posts.put(worker, new Post(worker));
        }
      } finally {
        lock.unlock();
      }
      if (leaves) {
        worker.retire();
      }
      grow();
      dispatch();
    }

    @Override
    public void freed(Worker worker) {
      boolean wornOut = false;
      lock.lock();
      try {
        Post post = posts.get(worker);
        if (post != null) {
          post.load--;
          wornOut = post.load == 0 && post.given >= options.maxTasksPerWorker();
          if (wornOut) {
            posts.remove(worker);
          }
        }
      } finally {
        lock.unlock();
      }
      if (wornOut) {
        worker.retire();
        grow();
      }
      dispatch();
    }

    @Override
    public void ended(Worker worker, @Nullable Throwable failure, List<Assignment> notBegun) {
      if (failure != null) {
        startFailed(failure);
        return;
      }
      lock.lock();
      try {
        posts.remove(worker);
        returned.addAll(notBegun);
      } finally {
        lock.unlock();
      }
      grow();
      dispatch();
    }

    @Override
    public void lost(Assignment assignment, WorkerLoss loss) {
      Throwable why = loss.exception(null);
      if (!assignment.isChunk() || assignment.cancelled() != null) {
        assignment.task().fail(why);
      } else if (assignment.isPartial() && assignment.lostAtElement(why)) {
        giveBack(List.of(assignment));
        grow();
        dispatch();
      } else {
        assignment.succeedAsReported();
      }
    }
  }

  /// {@return the pids of the workers at the moment}
  public List<Long> pids() {
    lock.lock();
    try {
      return posts.keySet().stream().map(Worker::pid).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  protected void retire() {
    lock.lock();
    try {
      retired = true;
    } finally {
      lock.unlock();
    }
    hub.close(options.grace());
  }
}
