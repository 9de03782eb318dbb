package dev.selvedge.loop;

import dev.selvedge.Pool;
import dev.selvedge.testkit.PoolContract;

class PerCorePoolTest extends PoolContract {
  @Override
  public Pool open() {
    return EventLoop.perCore();
  }
}
