package dev.selvedge.process.codec;

import java.io.IOException;

/// A message holds an object of a class that its reader does not have.
///
/// @since 0.1
public final class MissingClassException extends IOException {
  private static final long serialVersionUID = 1;

  /// The class.
  private final String className;

  MissingClassException(String className, Throwable cause) {
    super(
        "the class "
            + className
            + " is missing where the message is read; put it on the class path of both ends",
        cause);
    this.className = className;
  }

  /// {@return the name of the class}
  public String className() {
    return className;
  }
}
