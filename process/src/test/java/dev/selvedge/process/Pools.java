package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/// Pools for tests, which start quickly.
final class Pools {
  private Pools() {}

  static ProcessPool open(int workers, UnaryOperator<ProcessOptions> options) {
    return ProcessPool.of(
        workers,
        defaults ->
            options.apply(defaults.jvmOption("-XX:TieredStopAtLevel=1").jvmOption("-Xmx128m")));
  }

  static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  /// Waits for what another process does.
  static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not in time");
      LockSupport.parkNanos(1_000_000);
    }
  }
}
