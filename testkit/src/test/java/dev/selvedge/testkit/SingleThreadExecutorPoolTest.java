package dev.selvedge.testkit;

import dev.selvedge.Pool;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;

/// Somebody else's single thread under the contract.
class SingleThreadExecutorPoolTest extends PoolContract {
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  @Override
  public Pool open() {
    return Pool.of(executor);
  }

  @Override
  public int parallelism() {
    return 1;
  }

  @AfterEach
  void closeExecutor() {
    executor.close();
  }
}
