package dev.selvedge.loop.internal;

import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// The poller of those who are not on an event loop: a thread that does nothing else.
///
/// Interest is for once: it is withdrawn before the watcher is told. Who was woken reads on another
/// thread, and until it has, the channel is still ready.
final class ThreadPoller extends Poller {
  /// Made with the first channel.
  static final ThreadPoller SHARED = new ThreadPoller();

  private final Queue<Signal> releases = new ConcurrentLinkedQueue<>();

  private ThreadPoller() {
    Thread.ofPlatform()
        .name("selvedge-io")
        .daemon()
        .inheritInheritableThreadLocals(false)
        .start(this::run);
  }

  private void run() {
    List<Signal> asked = new ArrayList<>();
    while (true) {
      for (Signal each = releases.poll(); each != null; each = releases.poll()) {
        asked.add(each);
      }
      // those who asked did so after they closed, so this selection is one that lets go
      select(asked.isEmpty() ? -1 : 0);
      asked.forEach(Signal::give);
      asked.clear();
    }
  }

  @Override
  void interestGrew() {
    selector.wakeup();
  }

  @Override
  void letGo() {
    Signal signal = new Signal();
    releases.add(signal);
    selector.wakeup();
    signal.awaitUninterruptibly(this);
  }

  @Override
  public boolean isCurrent() {
    return false;
  }

  @Override
  void tell(SelectionKey key, int ready, Watcher watcher) {
    key.interestOpsAnd(~ready);
    watcher.ready(ready);
  }
}
