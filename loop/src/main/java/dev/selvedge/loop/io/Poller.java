package dev.selvedge.loop.io;

import dev.selvedge.internal.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;

/// The one thread that learns which channels are ready, and tells those who asked.
///
/// Interest is for once: when a channel is ready for an operation, the interest is withdrawn before
/// the listener is called, so a channel whose reader is busy elsewhere does not keep this thread
/// busy. Listeners run on this thread and never block.
final class Poller {
  private final Selector selector;
  private final Queue<Signal> releases = new ConcurrentLinkedQueue<>();

  private Poller() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot watch channels: " + e.getMessage(), e);
    }
    Thread.ofPlatform()
        .name("selvedge-io")
        .daemon()
        .inheritInheritableThreadLocals(false)
        .start(this::run);
  }

  /// Made with the first channel.
  private static final class Shared {
    static final Poller POLLER = new Poller();
  }

  static Poller shared() {
    return Shared.POLLER;
  }

  /// Begins to watch a channel, without interest in anything yet.
  SelectionKey watch(SelectableChannel channel, IntConsumer ready) throws ClosedChannelException {
    return channel.register(selector, 0, ready);
  }

  /// Calls the listener once when the channel is ready for one of the operations.
  void arm(SelectionKey key, int operations) throws ClosedChannelException {
    try {
      key.interestOpsOr(operations);
    } catch (CancelledKeyException _) {
      throw new ClosedChannelException();
    }
    selector.wakeup();
  }

  /// Returns when the selector has let go of a channel that was closed: its descriptor remains
  /// until then, and a listening one accepts. Takes a turn of the poller's thread, if the channel
  /// was watched at all.
  void release(SelectableChannel closed) {
    if (!closed.isRegistered()) {
      return;
    }
    Signal signal = new Signal();
    releases.add(signal);
    selector.wakeup();
    signal.awaitUninterruptibly(this);
  }

  private void run() {
    List<Signal> asked = new ArrayList<>();
    while (true) {
      try {
        for (Signal each = releases.poll(); each != null; each = releases.poll()) {
          asked.add(each);
        }
        if (asked.isEmpty()) {
          selector.select(Poller::tell);
        } else {
          // those who asked did so after they closed, so this selection is one that lets go
          selector.selectNow(Poller::tell);
        }
      } catch (IOException e) {
        Problems.warn("watching channels failed, and goes on: " + e);
      } catch (RuntimeException e) {
        Problems.warn("a listener of a channel failed: " + e);
      }
      asked.forEach(Signal::give);
      asked.clear();
    }
  }

  private static void tell(SelectionKey key) {
    int ready;
    try {
      ready = key.readyOps();
      key.interestOpsAnd(~ready);
    } catch (CancelledKeyException _) {
      return; // whoever has closed the channel has told its listener
    }
    ((IntConsumer) key.attachment()).accept(ready);
  }
}
