package dev.selvedge.process;

import dev.selvedge.Pool;
import dev.selvedge.testkit.PoolContract;

class ProcessPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return ProcessPool.of(2, options -> options.jvmOption("-XX:TieredStopAtLevel=1").spares(0));
  }

  @Override
  public int parallelism() {
    return 2;
  }
}
