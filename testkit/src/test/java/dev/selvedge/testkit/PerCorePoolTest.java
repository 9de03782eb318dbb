package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.loop.EventLoop;

class PerCorePoolTest extends PoolContract {
  @Override
  public Pool open() {
    return EventLoop.perCore();
  }
}
