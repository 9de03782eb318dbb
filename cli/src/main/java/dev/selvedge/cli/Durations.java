package dev.selvedge.cli;

import java.util.Locale;

/// How long something took, for people: three digits and a unit.
final class Durations {
  private Durations() {}

  /// {@return the text, such as `12.3 s` or `3 h 12 min`}
  ///
  /// @param nanos how long
  static String text(long nanos) {
    double seconds = nanos / 1e9;
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%d ms", nanos / 1_000_000);
    }
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long minutes = (long) (seconds / 60);
    return minutes < 60
        ? minutes + " min " + (long) (seconds % 60) + " s"
        : minutes / 60 + " h " + minutes % 60 + " min";
  }
}
