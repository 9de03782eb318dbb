package dev.selvedge.process.internal;

import dev.selvedge.Pool;
import dev.selvedge.process.ProcessPool;
import dev.selvedge.spi.PoolProvider;

/// Lets programs name a pool of processes: `processes:4`.
public final class ProcessPoolProvider implements PoolProvider {

  /// For the service loader.
  public ProcessPoolProvider() {}

  @Override
  public String scheme() {
    return "processes";
  }

  @Override
  public String usage() {
    return "processes:N";
  }

  @Override
  public Pool open(String argument) {
    if (argument.isEmpty()) {
      return ProcessPool.of(Runtime.getRuntime().availableProcessors());
    }
    try {
      return ProcessPool.of(Integer.parseInt(argument));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the pool 'processes:" + argument + "' needs a number of processes, as in processes:4",
          e);
    }
  }
}
