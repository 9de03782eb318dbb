package dev.selvedge.internal;

import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Durations and deadlines: saturating conversions, checks with messages, and short texts.
public final class Times {
  private static final long LONGEST = Long.MAX_VALUE >> 1;

  private Times() {}

  /// {@return the deadline that is the given time from now} Very long times count as about 146
  /// years.
  public static long deadline(Kernel kernel, Duration timeout) {
    return kernel.nanoTime() + nanos(timeout);
  }

  /// {@return the deadline that is the given time from now on the current kernel's clock, in the
  /// way of `java.util.concurrent`, where a negative time is none}
  public static long deadline(long timeout, TimeUnit unit) {
    return deadline(
        Kernel.current(),
        Duration.ofNanos(Math.max(0, Objects.requireNonNull(unit, "unit").toNanos(timeout))));
  }

  /// {@return the time in nanoseconds, saturating}
  ///
  /// @throws IllegalArgumentException if it is negative
  public static long nanos(Duration timeout) {
    Objects.requireNonNull(timeout, "timeout");
    if (timeout.isNegative()) {
      throw new IllegalArgumentException(
          "the timeout is " + timeout + "; give a time that is not negative");
    }
    return timeout.toSeconds() >= LONGEST / 1_000_000_000L ? LONGEST : timeout.toNanos();
  }

  /// {@return a duration as people write it, such as `1.5s` or `20ms`}
  public static String text(Duration d) {
    long nanos = d.toSeconds() >= LONGEST / 1_000_000_000L ? LONGEST : d.toNanos();
    if (nanos % 1_000_000_000L == 0) {
      return nanos / 1_000_000_000L + "s";
    }
    if (nanos >= 1_000_000_000L) {
      return trimmed(nanos / 1e9) + "s";
    }
    if (nanos >= 1_000_000L) {
      return trimmed(nanos / 1e6) + "ms";
    }
    return nanos >= 1_000L ? trimmed(nanos / 1e3) + "µs" : nanos + "ns";
  }

  private static String trimmed(double value) {
    double rounded = Math.round(value * 100) / 100.0;
    return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
  }
}
