package dev.selvedge.spi;

import dev.selvedge.Stability;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// What [AbstractPool#prepare] makes of a call, and which call it was: so that messages can name
/// the place in the source of the user's code and not of the pool's.
///
/// ```java
/// record Timed<T>(Callable<T> original) implements PreparedCall<T> {
///   @Override public T call() throws Exception {
///     long start = System.nanoTime();
///     try {
///       return original.call();
///     } finally {
///       System.out.println(System.nanoTime() - start);
///     }
///   }
/// }
/// ```
///
/// It is made on the thread that submits, and called on the one that runs it.
///
/// @param <T> the type of the value
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface PreparedCall<T extends @Nullable Object> extends Callable<T> {

  /// {@return the call as it was submitted}
  Callable<T> original();
}
