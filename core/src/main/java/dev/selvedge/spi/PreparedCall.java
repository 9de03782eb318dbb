package dev.selvedge.spi;

import dev.selvedge.Stability;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// What [AbstractPool#prepare] makes of a call, and which call it was: so that messages can name
/// the place in the source of the user's code and not of the pool's.
///
/// ```java
/// record Sent<T>(Callable<T> original, byte[] form) implements PreparedCall<T> { … }
/// ```
///
/// @param <T> the type of the value
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface PreparedCall<T extends @Nullable Object> extends Callable<T> {

  /// {@return the call as it was submitted}
  Callable<T> original();
}
