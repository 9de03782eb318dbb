package dev.selvedge.process.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.process.WorkerLostException;
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
  private final Slabs.@Nullable Loan loan;
  private final int elements;
  private final boolean isIdempotent;
  private int lost; // workers in a row, at the same element; of who reads, as the next two
  private int lostAt;
  private final ChunkReports reports = new ChunkReports();
  private volatile @Nullable CancelReason cancelled;
  private volatile @Nullable Worker worker;
  private volatile Kernel.@Nullable Alarm killer;
  private long number; // with its worker; guarded by the worker's lock
  private String pool = ""; // as the next one, written before anybody else has this
  private long packing;

  /// A task that has not begun.
  ///
  /// @param loan where its large parts are, or null
  /// @param elements how many it has, if it is a chunk, or 0
  /// @param isIdempotent whether it may be run again if its worker is lost
  public Assignment(
      PoolTask task, Message work, Slabs.@Nullable Loan loan, int elements, boolean isIdempotent) {
    this.loan = loan;
    this.isIdempotent = isIdempotent;
    this.task = task;
    this.work = work;
    this.elements = elements;
  }

  /// Says where the work comes from, for recordings.
  ///
  /// @param from the pool's name
  /// @param nanos how long it took to bring it into its form
  public void packed(String from, long nanos) {
    pool = from;
    packing = nanos;
  }

  String pool() {
    return pool;
  }

  long packing() {
    return packing;
  }

  /// {@return the task}
  PoolTask task() {
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
  boolean isChunk() {
    return elements > 0;
  }

  int elements() {
    return elements;
  }

  /// Decides what becomes of it after its worker was lost: it fails, or ends with what was
  /// reported, unless it is to go on with another worker: because it may be run again, or because
  /// the worker was lost at an element, and there are further ones.
  ///
  /// @param workers how many may be lost by what may be run again
  boolean goesOnAfter(WorkerLostException why, int workers) {
    if (cancelled != null || !(isChunk() || isIdempotent)) {
      fail(why);
      return false;
    }
    if (isIdempotent && again(workers)) {
      return true;
    }
    if (!isChunk()) {
      fail(why);
      return false;
    }
    if (reports.size() < elements) {
      reports.add(new ChunkFn.Failed(why));
    }
    if (reports.size() < elements) {
      return true;
    }
    succeedAsReported(null);
    return false;
  }

  /// {@return whether so few workers were lost at this place that it is tried again}
  private boolean again(int workers) {
    lost = reports.size() == lostAt ? lost + 1 : 1;
    lostAt = reports.size();
    return lost < workers;
  }

  /// Ends it with what was reported.
  ///
  /// @param failure of the elements on which there is no report, if there are any
  void succeedAsReported(@Nullable Throwable failure) {
    while (failure != null && reports.size() < elements) {
      reports.add(new ChunkFn.Failed(failure));
    }
    succeed(reports.take());
  }

  /// {@return why it was cancelled, or null}
  @Nullable CancelReason cancelled() {
    return cancelled;
  }

  /// Claims the task.
  ///
  /// @return false if it was cancelled before
  public boolean begin() {
    boolean begun = task.begin(this);
    if (!begun) {
      endLoan();
    }
    return begun;
  }

  /// Its code has returned a value.
  void succeed(@Nullable Object value) {
    endLoan();
    task.succeed(value);
  }

  /// Its code has thrown, was lost, or never began.
  void fail(Throwable why) {
    endLoan();
    task.fail(why);
  }

  private void endLoan() {
    if (loan != null) {
      loan.close();
    }
  }

  @Override
  public void hasten() {
    Worker now = worker;
    if (now != null) {
      now.hasten(this);
    }
  }

  @Override
  public String worker() {
    Worker now = worker;
    return now == null ? "" : now.name();
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
    fail(new CancellationException("cancelled before it began"));
  }
}
