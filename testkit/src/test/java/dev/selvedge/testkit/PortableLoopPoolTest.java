package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.loop.EventLoop;

class PortableLoopPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return EventLoop.open(options -> options.portable(true));
  }
}
