package dev.selvedge.spi;

import dev.selvedge.Stability;

/// What pools may differ in; the contract tests ask for it.
///
/// ```java
/// if (!pool.capabilities().contains(Capability.SHARES_HEAP)) {
///   throw new IllegalArgumentException("'" + pool.name() + "' does not see our cache");
/// }
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public enum Capability {
  /// Tasks see the submitter's own objects, not copies.
  SHARES_HEAP,
  /// A running task can be interrupted.
  INTERRUPTS,
  /// A task that ignores its cancellation can be killed.
  KILLS,
  /// Tasks may have to wait for a worker.
  BOUNDED,
  /// Time and waits follow the pool's own kernel, not the system's.
  OWN_KERNEL
}
