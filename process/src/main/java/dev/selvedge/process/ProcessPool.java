package dev.selvedge.process;

import dev.selvedge.Call;
import dev.selvedge.Stability;
import dev.selvedge.TaskFailedException;
import dev.selvedge.internal.Context;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Hosts;
import dev.selvedge.process.internal.Hub;
import dev.selvedge.process.internal.Worker;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.PreparedCall;
import dev.selvedge.spi.Ticket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A pool of worker processes: a native crash, an `OutOfMemoryError`, a leak or a task that ignores
/// its cancellation costs one task, and not the program.
///
/// ```java
/// try (Pool pool = ProcessPool.of(2)) {
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
  private static final int FAILED_STARTS = 3;

  private final int maximum;
  private final ProcessOptions options;
  private final Codecs codecs;
  private final Message initializer;
  private final Hub hub;
  private final Hosts hosts;
  private final ConcurrentLinkedQueue<Encoder> encoders = new ConcurrentLinkedQueue<>();

  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private final Set<Worker> workers = new HashSet<>();
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();
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
  private record Parcel<T extends @Nullable Object>(Callable<T> original, Message message)
      implements PreparedCall<T> {
    @Override
    public T call() {
      throw new AssertionError("runs in a worker");
    }
  }

  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    return new Parcel<>(call, packed(call));
  }

  private Message packed(Object work) {
    Encoder encoder = encoders.poll();
    if (encoder == null) {
      encoder = new Encoder(codecs);
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

  // ---- workers --------------------------------------------------------------------------------

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
      if (retired
          || workers.size() + starting >= maximum
          || queue.size() <= idle.size() + starting) {
        return;
      }
      starting++;
      number = ++made;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name(name() + "-start").start(() -> start("worker-" + number));
  }

  private void start(String workerName) {
    try {
      hub.start(new Staff(), workerName, options, codecs, initializer);
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

  /// Gives queued work to workers that are idle.
  private void dispatch() {
    while (true) {
      Ticket ticket;
      Worker worker;
      lock.lock();
      try {
        if (queue.isEmpty() || idle.isEmpty()) {
          return;
        }
        ticket = queue.remove();
        worker = idle.removeLast(); // the one whose code is warm
      } finally {
        lock.unlock();
      }
      boolean busy = false;
      try {
        busy = assign(worker, ticket);
      } finally {
        if (!busy) {
          rest(worker);
        }
      }
    }
  }

  private static boolean assign(Worker worker, Ticket ticket) {
    PoolTask task = ticket.take();
    if (task == null) {
      return false;
    }
    Callable<?> work;
    try {
      work = task.work();
    } catch (IllegalStateException e) {
      return false; // cancelled meanwhile
    }
    // what is registered with TaskLocals belongs to this heap, and stays
    Parcel<?> parcel = (Parcel<?>) (work instanceof Context.Bound bound ? bound.work() : work);
    return worker.run(task, parcel.message());
  }

  private void rest(Worker worker) {
    lock.lock();
    try {
      if (workers.contains(worker)) {
        idle.add(worker);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What the workers tell.
  private final class Staff implements Worker.Owner {
    private boolean counted; // guarded by lock

    @Override
    public void ready(Worker worker) {
      boolean leaves;
      lock.lock();
      try {
        if (!counted) {
          counted = true;
          starting--;
          failedStarts = 0;
          workers.add(worker);
        }
        leaves = retired || worker.isWornOut();
        if (leaves) {
          workers.remove(worker);
        } else if (workers.contains(worker)) {
          idle.add(worker);
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
    public void ended(Worker worker, @Nullable Throwable failure) {
      if (failure != null) {
        startFailed(failure);
        return;
      }
      lock.lock();
      try {
        workers.remove(worker);
        idle.remove(worker);
      } finally {
        lock.unlock();
      }
      grow();
    }
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
    lock.lock();
    try {
      return workers.stream().map(Worker::pid).toList();
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
    hosts.close();
  }
}
