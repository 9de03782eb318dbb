package dev.selvedge;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/// A function that may throw, and that can travel to another process: what [Pool#map] applies.
///
/// ```java
/// Fn<Path, String> read = Files::readString;
/// ```
///
/// A map applies it on several threads at once, so what it captures has to be thread-safe.
///
/// @param <A> the type of the input
/// @param <R> the type of the result
/// @since 0.1
@Stability(Stability.Level.STABLE)
@FunctionalInterface
public interface Fn<A extends @Nullable Object, R extends @Nullable Object> extends Serializable {

  /// Applies the function.
  ///
  /// @param input the input
  /// @return the result
  /// @throws Exception whatever makes this element fail
  R apply(A input) throws Exception;
}
