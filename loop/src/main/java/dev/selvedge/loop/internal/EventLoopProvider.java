package dev.selvedge.loop.internal;

import dev.selvedge.Pool;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.spi.PoolProvider;

/// Lets programs name an event loop: `loop`, or `loop:portable`, which needs no flag of the JVM.
public final class EventLoopProvider implements PoolProvider {

  /// For the service loader.
  public EventLoopProvider() {}

  @Override
  public String scheme() {
    return "loop";
  }

  @Override
  public String usage() {
    return "loop[:portable]";
  }

  @Override
  public Pool open(String argument) {
    return switch (argument) {
      case "" -> EventLoop.open();
      case "portable" -> EventLoop.open(options -> options.portable(true));
      default ->
          throw new IllegalArgumentException(
              "the pool 'loop' takes nothing or 'portable' behind its name, and got '"
                  + argument
                  + "'");
    };
  }
}
