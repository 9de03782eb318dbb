package dev.selvedge.internal;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A task as a future of the JDK, and what is derived from that.
///
/// Its waits are the JDK's, which know nothing of unstarted tasks. So a worker of a bounded pool
/// runs the task in place *before* it waits: after that the task has ended or runs elsewhere, and
/// needs this worker no more. To wait for the task instead of the future would be wrong, since
/// others may complete the future.
final class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> {
  private final TaskImpl<?> source;
  private final boolean cancelsSource;

  private TaskFuture(TaskImpl<?> source, boolean cancelsSource) {
    this.source = source;
    this.cancelsSource = cancelsSource;
  }

  /// {@return a future that is done when the task is}
  static <T extends @Nullable Object> CompletableFuture<T> of(TaskImpl<T> task) {
    TaskFuture<T> future = new TaskFuture<>(task, true);
    task.onDone(
        done -> {
          switch (done.state()) {
            case SUCCESS -> future.complete(done.resultNow());
            case FAILED ->
                future.completeExceptionally(Objects.requireNonNull(done.exceptionNow()));
            default -> future.completeExceptionally(task.cancelledException());
          }
        });
    return future;
  }

  /// {@return the task that has to end before this is done, unless somebody completes it}
  TaskImpl<?> source() {
    return source;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new TaskFuture<>(source, false);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (cancelsSource) {
      source.cancel("its CompletableFuture was cancelled");
    }
    return super.cancel(mayInterruptIfRunning);
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    startSource();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    startSource();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    startSource();
    return super.join();
  }

  private void startSource() {
    if (!isDone()) {
      source.runInPlaceOfWait();
    }
  }
}
