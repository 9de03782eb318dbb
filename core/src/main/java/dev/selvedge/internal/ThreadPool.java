package dev.selvedge.internal;

import dev.selvedge.ThreadsOptions;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.Ticket;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Up to so many platform threads behind one queue.
///
/// A ticket is for an idle worker if there is one that no other ticket in the queue is for; else a
/// new worker is made for it if there may be more; else it waits in the queue. (A
/// `ThreadPoolExecutor` makes a thread for each task until it has its core threads, also when
/// others are idle.) `idle` counts the workers that wait, until they have woken, so `queue.size() -
/// idle` tickets at least have to wait for a busy worker. A worker that has just finished may be
/// quicker than one that was woken; that one goes on waiting, and is still counted.
///
/// A worker that has been idle for half a minute ends; so a pool that nobody closes leaves no
/// threads behind.
public final class ThreadPool extends AbstractPool {
  private static final long IDLE_SECONDS = 30;
  private static final int WINDOW_PER_THREAD =
      64; // so that a batch of trivial elements costs few wake-ups

  private final int maximum;
  private final ThreadsOptions options;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  // guarded by lock
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private final Set<Worker> workers = new HashSet<>();
  private int idle;
  private int made;
  private boolean retired;

  /// Makes a pool.
  public ThreadPool(int maximum, ThreadsOptions options) {
    super(
        "threads:" + positive(maximum),
        Kernel.system(),
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.BOUNDED),
        window(maximum, options));
    this.maximum = maximum;
    this.options = options;
  }

  private static int positive(int maximum) {
    if (maximum < 1) {
      throw new IllegalArgumentException(
          "a pool of " + maximum + " threads cannot run anything; give at least 1");
    }
    return maximum;
  }

  private static int window(int maximum, ThreadsOptions options) {
    long room = (long) maximum + options.queue();
    return Math.clamp(Math.min((long) maximum * WINDOW_PER_THREAD, room), 1, 1 << 20);
  }

  @Override
  protected void launch(Ticket ticket) {
    Worker fresh = null;
    lock.lock();
    try {
      if (retired) {
        throw new RejectedExecutionException("the pool '" + name() + "' has ended");
      }
      if (idle > queue.size()) {
        queue.add(ticket);
        work.signal();
      } else if (workers.size() < maximum) {
        fresh = worker(ticket, true);
        workers.add(fresh);
      } else if (hasRoom()) {
        queue.add(ticket);
        work.signal();
      } else {
        throw new RejectedExecutionException(
            "the pool '"
                + name()
                + "' is full: "
                + maximum
                + " threads are busy and "
                + queue.size()
                + " tasks wait; submit more slowly, or give it a longer queue");
      }
    } finally {
      lock.unlock();
    }
    if (fresh != null) {
      start(fresh);
    }
  }

  /// {@return whether the queue takes another ticket} A worker whose task is done is as good as
  /// idle: who has learned that it is done expects room.
  private boolean hasRoom() {
    int waiting = queue.size() - idle;
    return waiting < options.queue()
        || waiting - workers.stream().filter(Worker::isFree).count() < options.queue();
  }

  private Worker worker(Ticket first, boolean stays) {
    Worker worker = new Worker(this, options.prefix() + ++made, first, stays);
    worker.setDaemon(options.daemon());
    return worker;
  }

  @Override
  protected Thread spareWorker(Runnable run) {
    lock.lock();
    try {
      return worker(
          () -> {
            run.run();
            return null;
          },
          false);
    } finally {
      lock.unlock();
    }
  }

  /// Starts a worker that is counted already, without the lock: it takes a while.
  private void start(Worker worker) {
    boolean started = false;
    try {
      worker.start();
      started = true;
    } finally {
      if (!started) {
        forget(worker);
      }
    }
  }

  private void forget(Worker worker) {
    lock.lock();
    try {
      workers.remove(worker);
    } finally {
      lock.unlock();
    }
  }

  /// A thread of the pool; its type tells which pool it works for.
  private static final class Worker extends Thread {
    private final ThreadPool pool;
    private final boolean stays;
    private @Nullable Ticket next;

    /// What it runs; null if that is done, and the worker on its way to the next.
    private volatile @Nullable Object running;

    Worker(ThreadPool pool, String name, Ticket first, boolean stays) {
      super(null, null, name, 0, false);
      this.pool = pool;
      this.next = first;
      this.running = first;
      this.stays = stays;
    }

    boolean isFree() {
      Object now = running;
      return now == null || (now instanceof TaskImpl<?> task && task.isDone());
    }

    @Override
    public void run() {
      try {
        pool.options.initializer().perform();
      } catch (Throwable failure) {
        pool.initializerFailed(this, failure);
        return;
      }
      boolean more = true;
      while (more) {
        try {
          work();
          more = stays && pool.hasNext(this);
        } catch (Throwable failure) {
          // ours, for tasks throw nothing: no memory for a wait, say, and no reason to lose the
          // worker
          pool.report(failure);
          LockSupport.parkNanos(1_000_000);
        }
      }
    }

    private void work() {
      Ticket ticket = next;
      next = null;
      PoolTask task = ticket == null ? null : ticket.take();
      running = task;
      if (task != null) {
        task.run();
      }
      running = null;
      Thread.interrupted();
    }
  }

  private void report(Throwable failure) {
    try {
      Problems.warn("a thread of '" + name() + "' met " + failure);
    } catch (Throwable second) {
      // there is no room left even for that
    }
  }

  private void initializerFailed(Worker worker, Throwable failure) {
    Problems.warn("the initializer of a thread of '" + name() + "' failed: " + failure);
    forget(worker);
    breakDown(failure);
  }

  /// Waits for a worker's next ticket.
  ///
  /// @return false if the worker is to end
  private boolean hasNext(Worker worker) {
    long left = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
    lock.lock();
    try {
      Ticket ticket;
      while ((ticket = queue.poll()) == null) {
        if (retired || left <= 0) {
          workers.remove(worker);
          return false;
        }
        left = awaitWork(left);
      }
      worker.running = ticket;
      worker.next = ticket;
      return true;
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // hasNext() loops
  private long awaitWork(long nanos) {
    idle++;
    try {
      return work.awaitNanos(nanos);
    } catch (InterruptedException e) {
      return nanos; // nobody's: a worker without a task has nothing to be interrupted for
    } finally {
      idle--;
    }
  }

  @Override
  protected boolean isWorker(Thread thread) {
    return thread instanceof Worker worker && worker.pool == this;
  }

  @Override
  protected void retire() {
    lock.lock();
    try {
      retired = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
