package dev.selvedge.testkit;

import dev.selvedge.Pool;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.AfterEach;

/// Somebody else's work-stealing executor under the contract.
class ForkJoinExecutorPoolTest extends PoolContract {
  private final ForkJoinPool executor = new ForkJoinPool(4);

  @Override
  public Pool open() {
    return Pool.of(executor);
  }

  @Override
  public int parallelism() {
    return 4;
  }

  @AfterEach
  void closeExecutor() {
    executor.close();
  }
}
