package dev.selvedge.spi;

import dev.selvedge.Pool;
import dev.selvedge.Stability;

/// Opens pools by name for [Pool#named]; found through [java.util.ServiceLoader].
///
/// ```java
/// public final class GpuPools implements PoolProvider {
///   public String scheme() { return "gpu"; }
///   public String usage() { return "gpu:DEVICE"; }
///   public Pool open(String argument) { return new GpuPool(argument); }
/// }
/// ```
///
/// Thread-safe: pools may be opened on several threads at the same time.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface PoolProvider {

  /// {@return what stands before the colon of the name}
  String scheme();

  /// {@return how names look, for messages, such as `threads:N`}
  String usage();

  /// Opens a pool.
  ///
  /// @param argument what stands behind the colon, or an empty string
  /// @return a new pool
  /// @throws IllegalArgumentException if the argument is not right; the message says what would be
  Pool open(String argument);
}
