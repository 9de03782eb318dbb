package dev.selvedge.process.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.process.codec.Message;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.RemoteWork;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// A task on its way through workers: it is with one at a time, and goes to another one if it was
/// taken back or its worker has ended before it began.
///
/// **Cancellation against moving.** Who cancels sets [#cancelled] and then tells the worker that
/// has the task; who gives it to a worker sets [#worker] and then looks at [#cancelled]. Both are
/// volatile, so at least one of them sees the other, and [Worker#cancel] does nothing the second
/// time, or for a task that it no longer has.
public final class Assignment implements RemoteWork {
  private final PoolTask task;
  private final Message work;
  private final int elements;
  private final ChunkReports reports = new ChunkReports(); // of who reads
  private volatile @Nullable CancelReason cancelled;
  private volatile @Nullable Worker worker;
  private volatile Kernel.@Nullable Alarm killer;
  private long number; // with its worker; guarded by the worker's lock

  /// A task that has not begun.
  ///
  /// @param elements how many it has, if it is a chunk, or 0
  public Assignment(PoolTask task, Message work, int elements) {
    this.task = task;
    this.work = work;
    this.elements = elements;
  }

  /// {@return the task}
  public PoolTask task() {
    return task;
  }

  Message work() {
    return work;
  }

  /// {@return what it has reported, if it is a chunk}
  ChunkReports reports() {
    return reports;
  }

  /// {@return whether it has elements}
  public boolean isChunk() {
    return elements > 0;
  }

  /// Notes that the worker was lost at an element.
  ///
  /// @return whether there are further ones, for another worker
  public boolean lostAtElement(Throwable loss) {
    reports.add(new ChunkFn.Failed(loss));
    return reports.size() < elements;
  }

  /// {@return whether it is a chunk, some elements of which have not been reported}
  public boolean isPartial() {
    return reports.size() < elements;
  }

  /// Ends it with what was reported.
  public void succeedAsReported() {
    task.succeed(reports.take());
  }

  /// {@return why it was cancelled, or null}
  public @Nullable CancelReason cancelled() {
    return cancelled;
  }

  /// Claims the task.
  ///
  /// @return false if it was cancelled before
  public boolean begin() {
    return task.begin(this);
  }

  @Override
  public void hasten() {
    Worker now = worker;
    if (now != null) {
      now.hasten(this);
    }
  }

  @Override
  public void cancel(CancelReason why) {
    cancelled = why;
    Worker now = worker;
    if (now != null) {
      now.cancel(this);
    }
  }

  long number() {
    return number;
  }

  /// Says who has it, with the worker's lock held.
  void give(Worker to, long its) {
    worker = to;
    number = its;
  }

  /// Says what will kill its worker if it goes on.
  void killer(Kernel.Alarm alarm) {
    killer = alarm;
  }

  /// Its code has stopped.
  void done() {
    Kernel.Alarm alarm = killer;
    if (alarm != null) {
      alarm.cancel();
    }
  }

  /// Ends it, as it was cancelled before a worker began it.
  void withdraw() {
    task.fail(new CancellationException("cancelled before it began"));
  }
}
