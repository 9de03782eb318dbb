package dev.selvedge.process.codec;

import dev.selvedge.internal.Obstacles;
import java.io.IOException;

/// Something in a value cannot be written.
///
/// The message names the captured variable that holds it, if a function captured it, and what to do
/// about it.
///
/// @since 0.1
public final class CannotTravelException extends IOException {
  private static final long serialVersionUID = 1;

  /// What is in the way.
  private final String obstacle;

  CannotTravelException(String obstacle, Throwable cause) {
    super(obstacle + ". " + Obstacles.REMEDY, cause);
    this.obstacle = obstacle;
  }

  /// {@return what is in the way, as a part of a sentence without the remedy, such as `the captured
  /// variable 'lock' is a java.lang.Object, which is not Serializable`}
  public String obstacle() {
    return obstacle;
  }
}
