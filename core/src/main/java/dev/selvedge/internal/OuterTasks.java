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
public class OuterTasks extends TaskOwner {
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

    /// Passes a failure on. It is not looked at otherwise: the task it belongs to would take it for
    /// one that somebody has asked for, and not report it any more.
    void failedAs(Task<?> failed) {
      if (made.compareAndSet(false, true)) {
        task.fail(failed.exceptionNow());
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
    return make(name, null);
  }

  private static <T extends @Nullable Object> TaskImpl<T> make(
      String name, @Nullable TaskImpl<?> followed) {
    return TaskImpl.of(
        followed == null ? OWNER : new Following(followed),
        name,
        () -> {
          throw new IllegalStateException("the work is done elsewhere");
        },
        null);
  }

  /// {@return a task that is done when a stage is}; see [dev.selvedge.Tasks#from].
  public static <T extends @Nullable Object> Task<T> from(CompletionStage<? extends T> stage) {
    CompletableFuture<? extends T> future = futureOf(stage);
    TaskImpl<T> task = make("stage", future instanceof TaskFuture<?> ours ? ours.source() : null);
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
      case FAILED -> report.failedAs(done);
      default ->
          report.cancelled(
              done.cancelReason().orElse(new CancelReason.Requested("the task was cancelled")),
              new CancellationException());
    }
  }

  /// {@return a task that ends as another one does, but whose cancellation leaves that one alone};
  /// see [dev.selvedge.Tasks#shield].
  public static <T extends @Nullable Object> Task<T> shield(Task<T> shielded) {
    TaskImpl<T> task =
        make("shield of " + shielded.name(), shielded instanceof TaskImpl<?> ours ? ours : null);
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

  /// {@return the task that does the work of the given one: itself, unless it ends as another task
  /// does}
  static TaskImpl<?> worker(TaskImpl<?> task) {
    TaskImpl<?> worker = task;
    while (worker.owner() instanceof Following following) {
      worker = following.followed;
    }
    return worker;
  }

  /// Owns one task that ends as another one does. A worker of a bounded pool that waits for it runs
  /// that other one in place, or it would wait for what waits for the worker.
  private static final class Following extends OuterTasks {
    private final TaskImpl<?> followed;

    Following(TaskImpl<?> task) {
      this.followed = worker(task);
    }

    @Override
    boolean mayHelp(TaskImpl<?> current) {
      return followed.owner().mayHelp(current);
    }

    @Override
    boolean helpOne(
        @Nullable Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed) {
      return followed.owner().helpOne(wait, current, followed, timed);
    }

    @Override
    void helping(Waiter waiter, boolean starts) {
      followed.owner().helping(waiter, starts);
    }
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
  boolean helpOne(
      @Nullable Waiter wait, TaskImpl<?> current, @Nullable TaskImpl<?> awaited, boolean timed) {
    return false;
  }

  @Override
  void helping(Waiter waiter, boolean starts) {
    // nothing to help with
  }
}
