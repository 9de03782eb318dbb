package dev.selvedge.loop.internal;

import dev.selvedge.internal.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;

/// Learns from the operating system which channels are ready, and tells those who asked.
///
/// There is one for each event loop that has channels, which the loop's own thread runs between
/// steps ([LoopPoller]), and one with a thread of its own for all others ([ThreadPoller]). A
/// channel stays with the poller that has watched it first. Everything here may be called on any
/// thread, so a connection of a loop can be used elsewhere too; then each wait takes two wake-ups.
public abstract class Poller {
  final Selector selector;
  private final Consumer<SelectionKey> tell = this::tell;

  Poller() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot watch channels: " + e.getMessage(), e);
    }
  }

  /// What a channel's readiness is told to.
  @FunctionalInterface
  public interface Watcher {
    /// Is told that the channel is ready. Called on the poller's thread; must not block.
    ///
    /// @param operations for which ones
    /// @return whether somebody waited to read, and was not told before
    boolean ready(int operations);
  }

  /// {@return the poller of the loop that the current thread is on, or else that of all others}
  public static Poller current() {
    Poller ofLoop = CoroutineScheduler.currentPoller();
    return ofLoop != null ? ofLoop : shared();
  }

  /// {@return the poller of those who are not on a loop}
  public static Poller shared() {
    return ThreadPoller.SHARED;
  }

  /// Begins to watch a channel, without interest in anything yet.
  ///
  /// @param channel does not block
  /// @param watcher is told when it is ready
  /// @return to be armed
  /// @throws ClosedChannelException if the channel is closed
  public final SelectionKey watch(SelectableChannel channel, Watcher watcher)
      throws ClosedChannelException {
    return channel.register(selector, 0, watcher);
  }

  /// Has the watcher told when the channel is ready for one of the operations: once.
  ///
  /// @param key of the channel
  /// @param operations which ones
  /// @throws ClosedChannelException if the channel is closed
  public final void arm(SelectionKey key, int operations) throws ClosedChannelException {
    try {
      if ((key.interestOpsOr(operations) & operations) != operations) {
        interestGrew();
      }
    } catch (CancelledKeyException _) {
      throw new ClosedChannelException();
    }
  }

  /// Sees to it that the selector looks at a key whose interest has grown.
  abstract void interestGrew();

  /// Returns when the selector has let go of a channel that was closed: its descriptor remains
  /// until then, and a listening one accepts. May take a turn of the poller's thread.
  ///
  /// @param closed the channel
  public final void release(SelectableChannel closed) {
    if (closed.isRegistered()) {
      letGo();
    }
  }

  /// Makes a selection, or waits for one.
  abstract void letGo();

  /// {@return whether the current thread runs between selections, so that waiting costs no more
  /// than trying}
  public abstract boolean isCurrent();

  /// Tells who was waiting for what is ready.
  ///
  /// @param millis how long to wait for something to be ready; zero for not at all, negative for as
  ///   long as it takes
  final void select(long millis) {
    try {
      if (millis == 0) {
        selector.selectNow(tell);
      } else {
        selector.select(tell, Math.max(0, millis));
      }
    } catch (IOException e) {
      Problems.warn("watching channels failed, and goes on: " + e);
    } catch (RuntimeException e) {
      Problems.warn("a watcher of a channel failed: " + e);
    }
  }

  private void tell(SelectionKey key) {
    try {
      tell(key, key.readyOps(), (Watcher) key.attachment());
    } catch (CancelledKeyException _) {
      // whoever has closed the channel has told its watcher
    }
  }

  abstract void tell(SelectionKey key, int ready, Watcher watcher);
}
