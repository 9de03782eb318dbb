package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import java.io.Serial;

/// A [SharedQueue] was closed: nothing can be sent any more, and nothing is left to be received.
///
/// ```java
/// try {
///   queue.send(path);
/// } catch (SharedClosedException e) {
///   return;                          // whoever closed the queue wants no more
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class SharedClosedException extends IllegalStateException {
  @Serial private static final long serialVersionUID = 1L;

  SharedClosedException(String message) {
    super(message);
  }
}
