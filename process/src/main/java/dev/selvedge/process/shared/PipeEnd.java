package dev.selvedge.process.shared;

import dev.selvedge.Stability;

/// One end of a [SharedPipe], which sends to the other end and receives from it.
///
/// ```java
/// try (PipeEnd end = pipe.right()) {
///   Request request = end.receive(Request.class);
///   end.send(answer(request));
/// }
/// ```
///
/// Waiting, cancellation and failures are those of [PipeSender] and [PipeReceiver]. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public sealed interface PipeEnd extends PipeSender, PipeReceiver permits HeldEnd {

  /// Closes this end, in all processes that have it: the other end receives what was sent before,
  /// and then its end, and can send nothing more. Without effect if it is closed.
  @Override
  void close();
}
