package dev.selvedge.testkit;

import dev.selvedge.Pool;

class VirtualPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return Pool.virtual();
  }
}
