package dev.selvedge.testkit;

import dev.selvedge.Pool;

class FourThreadsPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return Pool.threads(4);
  }

  @Override
  public int parallelism() {
    return 4;
  }
}
