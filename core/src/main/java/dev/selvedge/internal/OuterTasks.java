package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Owns tasks whose work belongs to somebody else: a completion stage, or another task. No pool
/// waits for them, and they do not keep the JVM up; whoever does the work does.
public final class OuterTasks extends TaskOwner {
  private static final OuterTasks OWNER = new OuterTasks();

  private OuterTasks() {}

  /// The end of a task, which its work and a canceller race for.
  abstract static class Report {
    private final TaskImpl<?> task;
    private final AtomicBoolean made = new AtomicBoolean();

    Report(TaskImpl<?> task) {
      this.task = task;
    }

    /// Asks the work to stop.
    abstract void cancelWork(CancelReason why);

    void begin() {
      task.begin(this::cancelWork);
    }

    void succeeded(@Nullable Object value) {
      if (made.compareAndSet(false, true)) {
        task.succeed(value);
      }
    }

    void failed(Throwable failure) {
      if (made.compareAndSet(false, true)) {
        task.fail(failure);
      }
    }

    void cancelled(CancelReason why, Throwable thrown) {
      if (made.compareAndSet(false, true)) {
        task.cancel(why);
        task.fail(thrown);
      }
    }
  }

  /// {@return a task whose work is done elsewhere}
  static <T extends @Nullable Object> TaskImpl<T> make(String name) {
    return TaskImpl.of(
        OWNER,
        name,
        () -> {
          throw new IllegalStateException("the work is done elsewhere");
        },
        null);
  }

  /// {@return a task that is done when a stage is}; see [dev.selvedge.Tasks#from].
  public static <T extends @Nullable Object> Task<T> from(CompletionStage<? extends T> stage) {
    CompletableFuture<? extends T> future = futureOf(stage);
    TaskImpl<T> task = make("stage");
    Report report =
        new Report(task) {
          @Override
          void cancelWork(CancelReason why) {
            if (future != null) {
              future.cancel(true);
            }
          }
        };
    report.begin();
    CompletionStage<? extends T> observed = future == null ? stage : future;
    observed.whenComplete(
        (value, thrown) -> {
          if (thrown == null) {
            report.succeeded(value);
          } else {
            stageFailed(report, unwrapped(thrown));
          }
        });
    return task;
  }

  private static <T extends @Nullable Object> @Nullable CompletableFuture<? extends T> futureOf(
      CompletionStage<? extends T> stage) {
    try {
      return stage.toCompletableFuture();
    } catch (UnsupportedOperationException e) {
      return null; // the stage may refuse; then it cannot be cancelled
    }
  }

  private static void stageFailed(Report report, Throwable thrown) {
    if (thrown instanceof TaskCancelledException cancelled) {
      report.cancelled(cancelled.reason(), thrown);
    } else if (thrown instanceof CancellationException) {
      report.cancelled(new CancelReason.Requested("its CompletionStage was cancelled"), thrown);
    } else {
      report.failed(thrown);
    }
  }

  private static Throwable unwrapped(Throwable thrown) {
    Throwable inner = thrown;
    while (inner instanceof CompletionException && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /// Ends a task as another one has ended.
  static void forward(Task<?> done, Report report) {
    switch (done.state()) {
      case SUCCESS -> report.succeeded(done.resultNow());
      case FAILED -> report.failed(done.exceptionNow());
      default ->
          report.cancelled(
              done.cancelReason().orElse(new CancelReason.Requested("the task was cancelled")),
              new CancellationException());
    }
  }

  /// {@return a task that ends as another one does, but whose cancellation leaves that one alone};
  /// see [dev.selvedge.Tasks#shield].
  public static <T extends @Nullable Object> Task<T> shield(Task<T> shielded) {
    TaskImpl<T> task = make("shield of " + shielded.name());
    Report report =
        new Report(task) {
          @Override
          void cancelWork(CancelReason why) {
            failed(new CancellationException(why.describe()));
          }
        };
    report.begin();
    shielded.onDone(done -> forward(done, report));
    return task;
  }

  // ---- as an owner: nothing is started here, and nobody waits for it ---------------------------

  @Override
  public PoolTasks pool() {
    return VirtualPool.SHARED;
  }

  @Override
  String path() {
    return "";
  }

  @Override
  @Nullable TaskImpl<?> parent() {
    return null;
  }

  @Override
  @Nullable Deadline deadline() {
    return null;
  }

  @Override
  void taskDone(TaskImpl<?> task) {
    // nobody counts them
  }

  @Override
  boolean mayHelp(TaskImpl<?> current) {
    return false;
  }

  @Override
  boolean helpOne(Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed) {
    return false;
  }

  @Override
  void helping(Waiter waiter, boolean starts) {
    // nothing to help with
  }
}
