package dev.selvedge.process.internal;

import dev.selvedge.Call;
import dev.selvedge.Fn;
import dev.selvedge.internal.Mapping;
import dev.selvedge.internal.Wrapping;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Marks work that may be run again if its worker is lost.
public final class Idempotent {
  private Idempotent() {}

  /// A call that may be run again.
  public record IdempotentCall<T extends @Nullable Object>(Call<T> marked)
      implements Call<T>, Wrapping {
    @Override
    public Object wrapped() {
      return marked;
    }

    @Override
    public T call() throws Exception {
      return marked.call();
    }
  }

  /// A function that may be run again.
  public record IdempotentFn<A extends @Nullable Object, R extends @Nullable Object>(
      Fn<? super A, ? extends R> fn) implements Fn<A, R>, Wrapping {
    @Override
    public Object wrapped() {
      return fn;
    }

    @Override
    public R apply(A input) throws Exception {
      return fn.apply(input);
    }
  }

  /// {@return whether work may be run again}
  public static boolean isMarked(Callable<?> work) {
    return work instanceof IdempotentCall
        || (work instanceof Mapping.Application<?, ?>(ChunkFn<?, ?>(IdempotentFn<?, ?> _), var _))
        || (work instanceof Mapping.Application<?, ?>(IdempotentFn<?, ?> _, var _));
  }
}
