package dev.selvedge.loop.internal;

import dev.selvedge.Pool;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.spi.PoolProvider;

/// Lets programs name an event loop for each core: `loops`.
public final class PerCoreProvider implements PoolProvider {

  /// For the service loader.
  public PerCoreProvider() {}

  @Override
  public String scheme() {
    return "loops";
  }

  @Override
  public String usage() {
    return "loops";
  }

  @Override
  public Pool open(String argument) {
    if (!argument.isEmpty()) {
      throw new IllegalArgumentException(
          "the pool 'loops' takes nothing behind its name, and got '" + argument + "'");
    }
    return EventLoop.perCore();
  }
}
