package dev.selvedge.cli;

import java.util.Locale;

/// Lengths of time as text, in three digits.
final class Lengths {
  private static final double SECOND = 1e9;
  private static final double MINUTE = 60 * SECOND;
  private static final double HOUR = 60 * MINUTE;

  private Lengths() {}

  /// {@return text such as `12.3 ms`, `0` or `2 h 5 min`}
  static String text(long nanos) {
    if (nanos >= HOUR) {
      return (long) (nanos / HOUR) + " h " + (long) (nanos % HOUR / MINUTE) + " min";
    }
    if (nanos >= MINUTE) {
      return (long) (nanos / MINUTE) + " min " + (long) (nanos % MINUTE / SECOND) + " s";
    }
    if (nanos >= 999_500_000) {
      return digits(nanos / SECOND) + " s";
    }
    if (nanos >= 999_500) {
      return digits(nanos / 1e6) + " ms";
    }
    if (nanos >= 1000) {
      return digits(nanos / 1e3) + " µs";
    }
    return nanos <= 0 ? "0" : nanos + " ns";
  }

  private static String digits(double number) {
    int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", number);
  }
}
