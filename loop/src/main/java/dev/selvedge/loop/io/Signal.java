package dev.selvedge.loop.io;

import dev.selvedge.internal.Waiter;

/// One thread that waits for another to say "look again".
final class Signal extends Waiter {
  private volatile boolean given;

  @Override
  protected boolean ready() {
    return given;
  }

  /// Ends the wait. What was written before is seen by the waiting thread.
  void give() {
    given = true;
    wakeIfParking();
  }
}
