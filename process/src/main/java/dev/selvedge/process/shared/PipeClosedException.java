package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import java.io.IOException;
import java.io.Serial;

/// An end of a pipe cannot be used, as it is closed, or as nobody can receive at the other one any
/// more. Where there is nothing more to *receive* from the other end, that is a
/// [java.io.EOFException] instead.
///
/// ```java
/// try {
///   pipe.left().send(frame);
/// } catch (PipeClosedException e) {
///   stopRecording();               // the viewer is gone
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class PipeClosedException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  PipeClosedException(String message) {
    super(message);
  }
}
