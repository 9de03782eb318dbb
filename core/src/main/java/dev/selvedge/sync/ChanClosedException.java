package dev.selvedge.sync;

import dev.selvedge.Stability;
import java.io.Serial;

/// A channel was closed: nothing can be sent any more, and nothing is left to be received.
///
/// ```java
/// try {
///   lines.send(line);
/// } catch (ChanClosedException e) {
///   return; // nobody receives any more
/// }
/// ```
///
/// [Chan#forEach] ends without it.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class ChanClosedException extends IllegalStateException {
  @Serial private static final long serialVersionUID = 1L;

  ChanClosedException(String message) {
    super(message);
  }
}
