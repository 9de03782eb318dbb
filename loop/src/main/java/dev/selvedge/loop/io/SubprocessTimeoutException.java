package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import dev.selvedge.internal.Times;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A program did not end within the time it was given. What it had printed by then is kept.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class SubprocessTimeoutException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration timeout;
  private final byte[] output;
  private final byte[] errors;

  SubprocessTimeoutException(List<String> command, Duration timeout, byte[] output, byte[] errors) {
    super(
        "the command "
            + command
            + " did not end within "
            + Times.text(timeout)
            + Subprocess.excerpt(errors));
    this.timeout = timeout;
    this.output = output;
    this.errors = errors;
  }

  /// {@return the time it was given}
  public Duration timeout() {
    return timeout;
  }

  /// {@return what it had printed}
  public byte[] output() {
    return output.clone();
  }

  /// {@return what it had printed as errors}
  public byte[] errors() {
    return errors.clone();
  }
}
