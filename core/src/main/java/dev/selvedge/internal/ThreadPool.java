package dev.selvedge.internal;

import dev.selvedge.ThreadsOptions;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Up to so many platform threads behind one queue.
///
/// A ticket wakes an idle worker if there is one, makes a new worker if there may be more, and
/// waits in the queue otherwise. (A `ThreadPoolExecutor` makes a thread for each task until it has
/// its core threads, also when others are idle.) `idle` counts workers that wait and for which no
/// ticket is meant yet, so that two tickets in a row do not count on the same worker. A worker that
/// has been idle for half a minute ends; so a pool that nobody closes leaves no threads behind.
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
  private int workers;
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
      if (idle > 0) {
        idle--;
        queue.add(ticket);
        work.signal();
      } else if (workers < maximum) {
        fresh = new Worker(this, options.prefix() + ++made, ticket);
        fresh.setDaemon(options.daemon());
        workers++;
      } else if (queue.size() < options.queue()) {
        queue.add(ticket);
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

  /// Starts a worker that is counted already, without the lock: it takes a while.
  private void start(Worker worker) {
    boolean started = false;
    try {
      worker.start();
      started = true;
    } finally {
      if (!started) {
        forgetWorker();
      }
    }
  }

  private void forgetWorker() {
    lock.lock();
    try {
      workers--;
    } finally {
      lock.unlock();
    }
  }

  /// A thread of the pool; its type tells which pool it works for.
  private static final class Worker extends Thread {
    private final ThreadPool pool;
    private @Nullable Ticket next;

    Worker(ThreadPool pool, String name, Ticket first) {
      super(null, null, name, 0, false);
      this.pool = pool;
      this.next = first;
    }

    @Override
    public void run() {
      try {
        pool.options.initializer().perform();
      } catch (Throwable failure) {
        pool.initializerFailed(failure);
        return;
      }
      for (Ticket ticket = next; ticket != null; ticket = pool.nextTicket()) {
        next = null;
        ticket.run();
        Thread.interrupted();
      }
    }
  }

  private void initializerFailed(Throwable failure) {
    Problems.warn("the initializer of a thread of '" + name() + "' failed: " + failure);
    forgetWorker();
    breakDown(failure);
  }

  /// {@return the next ticket, or null if the worker is to end}
  private @Nullable Ticket nextTicket() {
    lock.lock();
    try {
      Ticket ticket = queue.poll();
      if (ticket != null) {
        return ticket;
      }
      idle++;
      long left = TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
      while ((ticket = queue.poll()) == null) {
        if (retired || left <= 0) {
          if (idle > 0) {
            idle--;
          }
          workers--;
          return null;
        }
        try {
          left = work.awaitNanos(left);
        } catch (InterruptedException e) {
          // nobody's: a worker without a task has nothing to be interrupted for
        }
      }
      return ticket;
    } finally {
      lock.unlock();
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
