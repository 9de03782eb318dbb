package dev.selvedge.testkit;

import dev.selvedge.Pool;

class SingleThreadPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return Pool.threads(1);
  }

  @Override
  public int parallelism() {
    return 1;
  }
}
