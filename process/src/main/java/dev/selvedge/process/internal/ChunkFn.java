package dev.selvedge.process.internal;

import dev.selvedge.Fn;
import dev.selvedge.Task;
import dev.selvedge.Tasks;
import dev.selvedge.internal.Context;
import dev.selvedge.internal.Mapping;
import dev.selvedge.internal.Wrapping;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// A function over the elements of a chunk, which travels as one task. In a worker each report goes
/// where a crash does not reach it at once ([Sink]).
///
/// @param fn the function for one element
public record ChunkFn<A extends @Nullable Object, R extends @Nullable Object>(
    Fn<? super A, ? extends R> fn) implements Fn<@Nullable Object[], ChunkFn.Reports>, Wrapping {

  /// What stands in a report for an element that has thrown.
  public record Failed(Throwable thrown) {}

  /// What the function returned for the elements, in their order, or that it [Failed].
  ///
  /// @param nanos how long that took
  public record Reports(List<@Nullable Object> all, long nanos) {}

  /// Where the reports of a worker go.
  interface Sink {
    /// {@return how many elements, from the first on, are to be left out}
    int skipped();

    /// Reports on the next element.
    void add(@Nullable Object report);
  }

  private static volatile @Nullable Sink sink; // null but in workers

  static void reportTo(Sink to) {
    sink = to;
  }

  @Override
  public Object wrapped() {
    return fn;
  }

  /// {@return how many elements work has, or 0 if it is no chunk}
  public static int elements(Callable<?> work) {
    if (work instanceof Context.Carrying<?> carrying) {
      return elements(carrying.work());
    }
    // no switch over types, whose first use takes a new worker milliseconds
    return work instanceof Mapping.Application<?, ?> application
            && application.fn() instanceof ChunkFn<?, ?>
            && application.input() instanceof Object[] inputs
        ? inputs.length
        : 0;
  }

  @Override
  public Reports apply(@Nullable Object[] inputs) {
    long start = System.nanoTime();
    List<@Nullable Object> kept = new ArrayList<>(0);
    Sink to = sink;
    for (int i = to == null ? 0 : to.skipped(); i < inputs.length; i++) {
      if (Tasks.current().flatMap(Task::cancelReason).isPresent()) {
        throw new CancellationException("cancelled within a chunk");
      }
      Object report = report(inputs[i]);
      if (to == null) {
        kept.add(report);
      } else {
        to.add(report);
      }
    }
    return new Reports(kept, System.nanoTime() - start);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // the inputs were As
  private @Nullable Object report(@Nullable Object input) {
    try {
      return fn.apply((A) input);
    } catch (Throwable e) {
      return new Failed(e);
    }
  }
}
