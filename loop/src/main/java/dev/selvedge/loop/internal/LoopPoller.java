package dev.selvedge.loop.internal;

import dev.selvedge.internal.Problems;
import java.io.IOException;
import java.nio.channels.SelectionKey;

/// The poller of an event loop, which the loop's runner lets select where it would sleep, and now
/// and then while it is busy.
///
/// Interest in reading stays as long as readers come back: who was told reads before the next
/// selection, in most cases all that there is, and waits again, and nothing has to be told to the
/// operating system. If nobody waits when a channel is ready, the interest is withdrawn, or each
/// selection would find it again.
///
/// ```
///   reader:  publish itself;      add the interest; wait
///   here:    nobody waits?        withdraw the interest; look again, and tell
/// ```
///
/// A reader on another thread may come between the two lines here. The change of the interest is
/// atomic, so either its own is the later one and stands, or it is seen by the second look.
///
/// A channel that was closed is let go of by the next selection. A coroutine of the loop makes it
/// by itself; others leave an errand and wait for it, so closing a connection of a loop that is
/// held takes as long as it is held.
final class LoopPoller extends Poller {
  private final CoroutineScheduler scheduler;

  LoopPoller(CoroutineScheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  void interestGrew() {
    if (!isCurrent()) {
      selector.wakeup();
    }
  }

  @Override
  void letGo() {
    if (isCurrent()) {
      select(0);
    } else {
      Signal signal = new Signal();
      scheduler.run(
          () -> {
            if (selector.isOpen()) { // otherwise all is let go of
              select(0);
            }
            signal.give();
          });
      signal.awaitUninterruptibly(this);
    }
  }

  @Override
  public boolean isCurrent() {
    return scheduler.isOurs();
  }

  /// Ends a selection that waits.
  void wakeUp() {
    selector.wakeup();
  }

  /// Gives the descriptors back.
  void close() {
    try {
      selector.close();
    } catch (IOException e) {
      Problems.warn("cannot close a selector: " + e);
    }
  }

  /// {@return whether no channel is watched}
  boolean isIdle() {
    return selector.keys().isEmpty();
  }

  @Override
  void tell(SelectionKey key, int ready, Watcher watcher) {
    int once = ready & ~SelectionKey.OP_READ;
    if (once != 0) {
      key.interestOpsAnd(~once);
    }
    boolean awaited = watcher.ready(ready);
    if (!awaited && once != ready) {
      key.interestOpsAnd(~SelectionKey.OP_READ);
      watcher.ready(SelectionKey.OP_READ);
    }
  }
}
