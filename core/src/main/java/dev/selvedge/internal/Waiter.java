package dev.selvedge.internal;

import dev.selvedge.spi.Kernel;
import org.jspecify.annotations.Nullable;

/// One thread in one of Selvedge's own waits.
///
/// A wait ends when it is [#ready()], its deadline has come, its thread is interrupted, or its task
/// is cancelled. The last of these costs no interrupt: the canceller moves the task from WAITING to
/// DELIVERED and unparks. Whoever makes the wait ready does so before [#wake()].
///
/// **Ready and cancelled at once.** [#await] returns true if it sees both, and leaves the
/// cancellation pending as the thread's interrupt flag, so that neither a handed-over item nor the
/// cancellation is lost. If it throws, the wait may have become ready since; owners of a queue look
/// again under their lock.
public abstract class Waiter {
  private static final boolean SEVERAL_PROCESSORS = Runtime.getRuntime().availableProcessors() > 1;

  private final Thread thread = Thread.currentThread();
  private final @Nullable TaskImpl<?> task = TaskImpl.current();
  private final Kernel kernel = task == null ? Kernel.system() : task.kernel();

  /// Whether a cancellation of the task is one of this wait. Written by the waiting thread; others
  /// may read an old value, and then know of the cancellation a little later.
  private boolean marked;

  /// Whether the thread has begun to park. The waiting thread writes it and then reads [#ready()];
  /// [#wakeIfParking()] comes after a volatile write that makes the wait ready. So one of the two
  /// sees the other, and a thread that still spins is spared the unpark.
  private volatile boolean parking;

  private static volatile boolean stepped;

  /// A place where the current task's kernel may switch to another task. It costs a read as long as
  /// no pool of this JVM has a kernel of its own; finding the current one costs some nanoseconds,
  /// which the hand-overs of a channel would feel.
  public static void step() {
    if (stepped) {
      Kernel.current().step();
    }
  }

  /// Called for the kernel of each new pool.
  static void use(Kernel kernel) {
    if (!(kernel instanceof SystemKernel)) {
      stepped = true;
    }
  }

  /// Ends the thread's interrupt, or the delivered cancellation of its task, by the exception that
  /// stands for it: what an operation does that might have to wait, before it does anything.
  ///
  /// @throws InterruptedException if the thread was interrupted or its task cancelled
  public static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw interruption(TaskImpl.current());
    }
  }

  private static InterruptedException interruption(@Nullable TaskImpl<?> task) {
    return task == null || !task.isCancelRequested()
        ? new InterruptedException()
        : new InterruptedException(task.cancelMessage());
  }

  private volatile boolean abandoned;

  /// {@return whether the wait is over}
  protected abstract boolean ready();

  /// {@return whether something useful was done instead of waiting} Called before each park;
  /// overridden by waits of workers that run unstarted tasks in place.
  ///
  /// @param timed whether the wait has a deadline, which a task run in place may miss
  protected boolean help(boolean timed) {
    return false;
  }

  /// {@return what the wait is for, for recordings}
  protected WaitKind kind() {
    return WaitKind.OTHER;
  }

  /// Makes the thread look at [#ready()] again.
  public final void wake() {
    kernel.unpark(thread);
  }

  /// As [#wake()], for waits whose `ready()` reads a volatile field: costs nothing where the thread
  /// has not begun to park.
  public final void wakeIfParking() {
    if (parking) {
      wake();
    }
  }

  /// {@return the waiting task, or null if the thread runs none}
  public final @Nullable TaskImpl<?> task() {
    return task;
  }

  /// {@return the waiting thread}
  public final Thread thread() {
    return thread;
  }

  /// {@return the kernel that the wait uses}
  public final Kernel kernel() {
    return kernel;
  }

  /// {@return whether this wait was interrupted or cancelled, so that it will end by an exception
  /// unless it becomes ready} Whoever hands something over passes over such a wait.
  public final boolean isAbandoned() {
    // `abandoned` last: the waiting thread writes it before it clears its flag
    return thread.isInterrupted()
        || (marked && task != null && task.isCancelRequested())
        || abandoned;
  }

  /// Waits.
  ///
  /// @param blocker what for, for dumps
  /// @param deadline until when, in terms of the kernel's clock, or [Kernel#FOREVER]
  /// @return whether the wait is ready; otherwise the deadline has come
  /// @throws InterruptedException if the thread was interrupted or its task cancelled, and the wait
  ///   was not ready
  public final boolean await(Object blocker, long deadline) throws InterruptedException {
    WaitTrace trace = null;
    try {
      while (!ready()) {
        if (trace != null) {
          trace.lasts();
        }
        if (help(deadline != Kernel.FOREVER)) {
          if (trace != null) {
            trace.close(); // what it helped with is recorded by itself
            trace = null;
          }
          continue;
        }
        if (deadline != Kernel.FOREVER && deadline - kernel.nanoTime() <= 0) {
          return ready();
        }
        if (trace == null) {
          trace = WaitTrace.begin(kind(), blocker);
        }
        if (parkOnce(blocker, deadline)) {
          if (ready()) {
            thread.interrupt();
            return true;
          }
          throw interruption(task);
        }
      }
      return true;
    } finally {
      if (trace != null) {
        trace.end();
      }
    }
  }

  /// Looks at [#ready()] some times, in the hope to spare the parking. Only where the other side
  /// can run meanwhile: not on a single processor, and not under a kernel of its own, whose tasks
  /// may share one thread.
  ///
  /// @param times how often
  /// @return whether it is ready
  public final boolean spin(int times) {
    if (!SEVERAL_PROCESSORS || !kernel.equals(Kernel.system())) {
      return ready();
    }
    for (int i = 0; i < times && !ready(); i++) {
      Thread.onSpinWait();
    }
    return ready();
  }

  /// Waits on through interrupts and cancellations, which remain pending.
  public final void awaitUninterruptibly(Object blocker) {
    boolean interrupted = false;
    while (!ready()) {
      try {
        await(blocker, Kernel.FOREVER);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      thread.interrupt();
    }
  }

  /// {@return whether the thread was interrupted or the task cancelled, which is consumed with it}
  private boolean parkOnce(Object blocker, long deadline) {
    marked = task != null && task.startWaiting();
    parking = true;
    boolean cancelled;
    try {
      if (!thread.isInterrupted() && !ready()) {
        kernel.park(blocker, deadline);
      }
    } finally {
      cancelled = marked && task != null && !task.stopWaiting();
    }
    if (cancelled || thread.isInterrupted()) {
      abandoned = true;
    }
    boolean interrupted =
        Thread.interrupted(); // also if it was cancelled: the flag is consumed with it
    return interrupted || cancelled;
  }
}
