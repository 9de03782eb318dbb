package dev.selvedge.trace.recording;

import dev.selvedge.Stability;

/// How a task or a group ended, as far as the recording says.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public enum Outcome {
  /// With a value.
  SUCCEEDED,
  /// With an exception.
  FAILED,
  /// Cancelled.
  CANCELLED,
  /// The recording does not say, or says what this version does not know.
  UNKNOWN;

  static Outcome of(String text) {
    return switch (text) {
      case "succeeded" -> SUCCEEDED;
      case "failed" -> FAILED;
      case "cancelled" -> CANCELLED;
      default -> UNKNOWN;
    };
  }

  /// {@return the word for it, as in reports}
  public String word() {
    return switch (this) {
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      case CANCELLED -> "cancelled";
      case UNKNOWN -> "unknown";
    };
  }
}
