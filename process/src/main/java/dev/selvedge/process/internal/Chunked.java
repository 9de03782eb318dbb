package dev.selvedge.process.internal;

import dev.selvedge.Fn;
import dev.selvedge.Outcome;
import dev.selvedge.Results;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.internal.Mapping;
import dev.selvedge.internal.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A function over many inputs, of which several travel as one task: what is behind
/// [dev.selvedge.process.ProcessPool#map]. The tasks are those of a [Mapping] whose inputs are the
/// chunks.
///
/// Used by one thread at a time.
public final class Chunked<
        A extends @Nullable Object, R extends @Nullable Object, T extends @Nullable Object>
    implements Results<T> {

  /// How many elements a chunk has: always the same number, or as many as take a millisecond.
  public static final class Size {
    private static final long TARGET_NANOS = 1_000_000;

    private final int most;
    private int now;

    private Size(int first, int most) {
      this.now = first;
      this.most = most;
    }

    /// Always the same.
    public static Size of(int elements) {
      return new Size(elements, elements);
    }

    /// By what was measured, beginning with one.
    public static Size upTo(int most) {
      return new Size(1, most);
    }

    /// At most twice as many as before: the first elements say little.
    void measured(int elements, long nanos) {
      if (now < most && elements > 0) {
        long wanted = TARGET_NANOS * elements / Math.max(nanos, 1);
        now = Math.clamp(wanted, 1, Math.min(most, 2 * now));
      }
    }
  }

  /// What an element that has ended becomes.
  @FunctionalInterface
  private interface Finish<
      A extends @Nullable Object, R extends @Nullable Object, T extends @Nullable Object> {
    T result(Outcome<A, R> outcome) throws TaskFailedException;
  }

  private final String name;
  private final Results<Outcome<@Nullable Object[], ChunkFn.Reports>> chunks;
  private final Size size;
  private final Finish<A, R, T> finish;
  private final ArrayDeque<Outcome<A, R>> ended = new ArrayDeque<>();
  private boolean closed;

  private Chunked(
      String name,
      Results<Outcome<@Nullable Object[], ChunkFn.Reports>> chunks,
      Size size,
      Finish<A, R, T> finish) {
    this.name = name;
    this.chunks = chunks;
    this.size = size;
    this.finish = finish;
  }

  /// {@return the results in the order of the inputs}
  ///
  /// @param window how many chunks may be under way
  public static <A extends @Nullable Object, R extends @Nullable Object> Results<R> ordered(
      String name,
      Iterable<? extends A> inputs,
      Fn<? super A, ? extends R> fn,
      int window,
      Size size,
      Mapping.Starter starter) {
    var chunks = Mapping.outcomesInOrder(name, chunks(inputs, size), chunkFn(fn), window, starter);
    return new Chunked<A, R, R>(name, chunks, size, outcome -> value(name, fn, outcome));
  }

  /// {@return the outcomes in the order in which the chunks are done}
  ///
  /// @param window how many chunks may be under way
  public static <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> asCompleted(
          String name,
          Iterable<? extends A> inputs,
          Fn<? super A, ? extends R> fn,
          int window,
          Size size,
          Mapping.Starter starter) {
    var chunks = Mapping.asCompleted(name, chunks(inputs, size), chunkFn(fn), window, starter);
    return new Chunked<A, R, Outcome<A, R>>(name, chunks, size, outcome -> outcome);
  }

  private static <A extends @Nullable Object, R extends @Nullable Object> ChunkFn<A, R> chunkFn(
      Fn<? super A, ? extends R> fn) {
    return new ChunkFn<>(Objects.requireNonNull(fn, "fn"));
  }

  private static <R extends @Nullable Object> R value(
      String name, Fn<?, ?> fn, Outcome<?, R> outcome) throws TaskFailedException {
    return switch (outcome) {
      case Outcome.Success<?, R>(var _, R value) -> value;
      case Outcome.Failure<?, R>(var _, TaskFailedException e) -> throw e;
      case Outcome.Failure<?, R>(var _, Throwable e) ->
          throw new TaskFailedException(name, Place.of(fn), 1, e);
      case Outcome.Cancelled<?, R>(var _, var why) ->
          throw new TaskCancelledException(name, why, null);
    };
  }

  /// The inputs by chunks. If the inputs throw within one, it goes without the rest, and the next
  /// one throws.
  private static Iterable<@Nullable Object[]> chunks(Iterable<?> inputs, Size size) {
    Iterator<?> from = Objects.requireNonNull(inputs, "inputs").iterator();
    return () -> new ChunkIterator(from, size);
  }

  private static final class ChunkIterator implements Iterator<@Nullable Object[]> {
    private final Iterator<?> from;
    private final Size size;
    private @Nullable Throwable thrown;

    ChunkIterator(Iterator<?> from, Size size) {
      this.from = from;
      this.size = size;
    }

    @Override
    public boolean hasNext() {
      return thrown != null || from.hasNext();
    }

    @Override
    public @Nullable Object[] next() {
      if (thrown != null) {
        throw Mapping.<RuntimeException>sneaky(thrown);
      }
      List<@Nullable Object> chunk = new ArrayList<>(size.now);
      chunk.add(from.next());
      try {
        while (chunk.size() < size.now && from.hasNext()) {
          chunk.add(from.next());
        }
      } catch (Throwable e) {
        thrown = e;
      }
      return chunk.toArray();
    }
  }

  @Override
  public boolean hasNext() throws InterruptedException {
    return !ended.isEmpty() || chunks.hasNext();
  }

  @Override
  public T next() throws InterruptedException, TaskFailedException {
    if (!hasNext()) {
      throw new NoSuchElementException(
          closed ? "'" + name + "' is closed" : "'" + name + "' has no further element");
    }
    if (ended.isEmpty()) {
      take(chunks.next());
    }
    return finish.result(ended.remove());
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // the inputs were As, and the function returned Rs
  private void take(Outcome<@Nullable Object[], ChunkFn.Reports> chunk) {
    @Nullable Object[] inputs = chunk.input();
    if (chunk instanceof Outcome.Success<?, ChunkFn.Reports>(var _, ChunkFn.Reports reports)) {
      size.measured(inputs.length, reports.nanos());
    }
    for (int i = 0; i < inputs.length; i++) {
      A input = (A) inputs[i];
      ended.add(
          switch (chunk) {
            case Outcome.Success<?, ChunkFn.Reports>(var _, var reports) ->
                outcome(input, reports.all().get(i));
            case Outcome.Failure<?, ?>(var _, var why) -> new Outcome.Failure<>(input, why);
            case Outcome.Cancelled<?, ?>(var _, var why) -> new Outcome.Cancelled<>(input, why);
          });
    }
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // the function returned Rs
  private Outcome<A, R> outcome(A input, @Nullable Object report) {
    return report instanceof ChunkFn.Failed(Throwable thrown)
        ? new Outcome.Failure<>(input, thrown)
        : new Outcome.Success<>(input, (R) report);
  }

  @Override
  public void close() {
    closed = true;
    ended.clear();
    chunks.close();
  }
}
