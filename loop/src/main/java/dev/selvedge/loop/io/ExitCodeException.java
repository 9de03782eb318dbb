package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.io.IOException;

/// A program ended with an exit code that is not zero; see [Subprocess.Result#check()].
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class ExitCodeException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Subprocess.Result result;

  ExitCodeException(Subprocess.Result result) {
    super(
        "the command "
            + result.command()
            + " ended with "
            + Subprocess.describe(result.exitCode())
            + Subprocess.excerpt(result.errors()));
    this.result = result;
  }

  /// {@return the exit code, the command and the outputs}
  public Subprocess.Result result() {
    return result;
  }
}
