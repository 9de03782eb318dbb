package dev.selvedge.loop.internal;

import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;

/// One thread that waits for another to say "look again".
public final class Signal extends Waiter {
  private volatile boolean given;

  /// For the thread that makes it.
  public Signal() {}

  @Override
  protected WaitKind kind() {
    return WaitKind.IO;
  }

  @Override
  protected boolean ready() {
    return given;
  }

  /// Ends the wait. What was written before is seen by the waiting thread.
  ///
  /// @return false if somebody has done so before
  public boolean give() {
    if (given) {
      return false;
    }
    given = true;
    wakeIfParking();
    return true;
  }
}
