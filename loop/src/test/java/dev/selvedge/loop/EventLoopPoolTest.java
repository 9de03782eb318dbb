package dev.selvedge.loop;

import dev.selvedge.Pool;
import dev.selvedge.testkit.PoolContract;

class EventLoopPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return EventLoop.open();
  }
}
