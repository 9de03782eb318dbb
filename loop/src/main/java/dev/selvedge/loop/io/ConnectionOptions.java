package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.time.Duration;
import java.util.Objects;

/// Options of a [Connection]; immutable, each method returns a changed copy.
///
/// ```java
/// Connection connection =
///     TcpClient.connect("localhost", 8025, options -> options.limit(1_000));
/// ```
///
/// @param limit how many bytes a line may have, and what ends with a separator, without that
/// @param highWater how many bytes that the other side has not taken are kept; then writes wait,
///   until less than a quarter of them is left
/// @param closeTimeout how long [Connection#close()] waits for the other side to take what was
///   written
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record ConnectionOptions(int limit, int highWater, Duration closeTimeout) {

  static final ConnectionOptions DEFAULT =
      new ConnectionOptions(64 * 1024, 64 * 1024, Duration.ofSeconds(10));

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a number is not positive, or the time is negative
  public ConnectionOptions {
    Objects.requireNonNull(closeTimeout, "closeTimeout");
    if (limit < 1 || highWater < 1) {
      throw new IllegalArgumentException(
          "limit is " + limit + " and highWater " + highWater + "; give at least one byte");
    }
    if (closeTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "closeTimeout is " + closeTimeout + "; give a time that is not negative");
    }
  }

  /// {@return these options with another limit for lines}
  ///
  /// @param newLimit how many bytes a line may have; 64 KiB by default
  /// @throws IllegalArgumentException if that is not positive
  public ConnectionOptions limit(int newLimit) {
    return new ConnectionOptions(newLimit, highWater, closeTimeout);
  }

  /// {@return these options with another high-water mark for the output}
  ///
  /// @param newHighWater how many bytes are kept before writes wait; 64 KiB by default
  /// @throws IllegalArgumentException if that is not positive
  public ConnectionOptions highWater(int newHighWater) {
    return new ConnectionOptions(limit, newHighWater, closeTimeout);
  }

  /// {@return these options with another patience of [Connection#close()]}
  ///
  /// @param newCloseTimeout how long it waits at most; 10 s by default
  /// @throws IllegalArgumentException if that is negative
  public ConnectionOptions closeTimeout(Duration newCloseTimeout) {
    return new ConnectionOptions(limit, highWater, newCloseTimeout);
  }
}
