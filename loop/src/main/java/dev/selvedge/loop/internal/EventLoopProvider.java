package dev.selvedge.loop.internal;

import dev.selvedge.Pool;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.spi.PoolProvider;

/// Lets programs name an event loop: `loop`.
public final class EventLoopProvider implements PoolProvider {

  /// For the service loader.
  public EventLoopProvider() {}

  @Override
  public String scheme() {
    return "loop";
  }

  @Override
  public String usage() {
    return "loop";
  }

  @Override
  public Pool open(String argument) {
    if (!argument.isEmpty()) {
      throw new IllegalArgumentException(
          "the pool 'loop' takes nothing behind its name, and got '" + argument + "'");
    }
    return EventLoop.open();
  }
}
