package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

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
/// @param tls the keys and certificates for TLS; without it the connection is not encrypted
/// @param handshakeTimeout how long the other side has for the handshake of TLS
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record ConnectionOptions(
    int limit,
    int highWater,
    Duration closeTimeout,
    @Nullable SSLContext tls,
    Duration handshakeTimeout) {

  static final ConnectionOptions DEFAULT =
      new ConnectionOptions(
          64 * 1024, 64 * 1024, Duration.ofSeconds(10), null, Duration.ofSeconds(10));

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a number is not positive, or the time is negative
  public ConnectionOptions {
    Objects.requireNonNull(closeTimeout, "closeTimeout");
    if (limit < 1 || highWater < 1) {
      throw new IllegalArgumentException(
          "limit is " + limit + " and highWater " + highWater + "; give at least one byte");
    }
    if (closeTimeout.isNegative() || handshakeTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "closeTimeout is "
              + closeTimeout
              + " and handshakeTimeout "
              + handshakeTimeout
              + "; give times that are not negative");
    }
  }

  /// {@return these options with another limit for lines}
  ///
  /// @param newLimit how many bytes a line may have; 64 KiB by default
  /// @throws IllegalArgumentException if that is not positive
  public ConnectionOptions limit(int newLimit) {
    return new ConnectionOptions(newLimit, highWater, closeTimeout, tls, handshakeTimeout);
  }

  /// {@return these options with another high-water mark for the output}
  ///
  /// @param newHighWater how many bytes are kept before writes wait; 64 KiB by default
  /// @throws IllegalArgumentException if that is not positive
  public ConnectionOptions highWater(int newHighWater) {
    return new ConnectionOptions(limit, newHighWater, closeTimeout, tls, handshakeTimeout);
  }

  /// {@return these options with another patience of [Connection#close()]}
  ///
  /// @param newCloseTimeout how long it waits at most; 10 s by default
  /// @throws IllegalArgumentException if that is negative
  public ConnectionOptions closeTimeout(Duration newCloseTimeout) {
    return new ConnectionOptions(limit, highWater, newCloseTimeout, tls, handshakeTimeout);
  }

  /// {@return these options with TLS} A client verifies that the certificate of the server is
  /// trusted and is that of the host it was asked to connect to.
  ///
  /// @param context the keys and certificates, such as [SSLContext#getDefault()]
  public ConnectionOptions tls(SSLContext context) {
    return new ConnectionOptions(
        limit,
        highWater,
        closeTimeout,
        Objects.requireNonNull(context, "context"),
        handshakeTimeout);
  }

  /// {@return these options with another time for the handshake of TLS}
  ///
  /// @param newHandshakeTimeout how long the other side has; 10 s by default
  /// @throws IllegalArgumentException if that is negative
  public ConnectionOptions handshakeTimeout(Duration newHandshakeTimeout) {
    return new ConnectionOptions(limit, highWater, closeTimeout, tls, newHandshakeTimeout);
  }
}
