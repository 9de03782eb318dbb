package dev.selvedge.trace.recording;

import dev.selvedge.Stability;
import java.io.IOException;

/// A file from which nothing could be read. Its message is one line, for the user: it names the
/// file, what is wrong with it, and what to do.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class UnreadableRecordingException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableRecordingException(String message) {
    super(message);
  }
}
