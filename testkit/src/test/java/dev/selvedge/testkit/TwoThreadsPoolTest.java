package dev.selvedge.testkit;

import dev.selvedge.Pool;

class TwoThreadsPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return Pool.threads(2);
  }

  @Override
  public int parallelism() {
    return 2;
  }
}
