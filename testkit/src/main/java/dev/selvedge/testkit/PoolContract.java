package dev.selvedge.testkit;

import dev.selvedge.Pool;
import org.junit.jupiter.api.Timeout;

/// The contract of pools as tests: extend it to prove a pool.
///
/// ```java
/// class GpuPoolTest extends PoolContract {
///   @Override
///   public Pool open() {
///     return new GpuPool();
///   }
/// }
/// ```
///
/// There is a test for each sentence that [dev.selvedge.Task], [dev.selvedge.TaskGroup],
/// [dev.selvedge.Pool], [dev.selvedge.Results] and [dev.selvedge.Deadline] promise. A test for what
/// the pool lacks by its [capabilities][dev.selvedge.spi.Capability] is skipped, and says so; what
/// a pool says that it can do, it has to do.
///
/// Every test opens a pool of its own and closes it. A test that hangs fails after 30 seconds.
///
/// @since 0.1
@Timeout(30)
public abstract class PoolContract
    implements TaskContract,
        CancellationContract,
        ExecutorContract,
        GroupContract,
        GroupExecutorContract,
        DeadlineContract,
        MappingContract,
        FailureContract,
        WaitContract,
        RecordingContract {

  /// For subclasses.
  protected PoolContract() {}

  /// {@return a new pool, which the test closes}
  @Override
  public abstract Pool open();

  /// {@return how many tasks the pool runs at the same time} A bounded pool has exactly so many
  /// workers; some tests keep them all busy. Tests that need more are skipped.
  @Override
  public int parallelism() {
    return Integer.MAX_VALUE;
  }
}
