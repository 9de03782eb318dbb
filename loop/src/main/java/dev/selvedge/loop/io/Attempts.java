package dev.selvedge.loop.io;

import dev.selvedge.Tasks;
import dev.selvedge.internal.Waiter;
import dev.selvedge.loop.internal.Poller;
import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Attempts to connect to several addresses, which overlap, made by one thread: the first that
/// succeeds is taken, and all others are closed, however this ends.
///
/// The thread starts an attempt, and waits until one of those under way is ready or it is time for
/// the next one. Ready may mean refused: then the next one is started at once.
final class Attempts {
  private static final long HEAD_START = Duration.ofMillis(250).toNanos();
  private static final Duration QUEUE_PAUSE = Duration.ofMillis(10);

  private final List<SocketAddress> addresses;
  private final Poller poller;
  private final List<Attempt> pending = new ArrayList<>();
  private @Nullable ConnectException failure;
  private volatile Signal news = new Signal(); // replaced by the connecting thread

  Attempts(List<SocketAddress> addresses, Poller poller) {
    this.addresses = addresses;
    this.poller = poller;
  }

  private record Attempt(SocketChannel channel, SocketAddress address) {}

  SocketChannel connect() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    try {
      return first();
    } finally {
      pending.forEach(attempt -> close(attempt.channel));
    }
  }

  private SocketChannel first() throws IOException, InterruptedException {
    int next = 0;
    while (next < addresses.size() || !pending.isEmpty()) {
      Attempt connected = next < addresses.size() ? start(addresses.get(next++)) : null;
      if (connected == null && !pending.isEmpty()) {
        connected = awaitOne(next < addresses.size());
      }
      if (connected != null) {
        pending.remove(connected);
        return connected.channel;
      }
    }
    throw failure != null ? failure : new ConnectException("there is no address to connect to");
  }

  /// {@return the attempt if it has succeeded already}
  private @Nullable Attempt start(SocketAddress address) throws IOException, InterruptedException {
    while (true) {
      Attempt attempt = new Attempt(Sockets.open(address), address);
      pending.add(attempt);
      try {
        if (attempt.channel.connect(address)) {
          return attempt;
        }
        SelectionKey key = poller.watch(attempt.channel, this::ready);
        poller.arm(key, SelectionKey.OP_CONNECT);
        return null;
      } catch (IOException | RuntimeException e) {
        if (!isQueueFull(address, e)) {
          failed(attempt, e);
          return null;
        }
      }
      discard(attempt);
      Tasks.sleep(QUEUE_PAUSE); // no readiness tells when there is room
    }
  }

  private boolean ready(int operations) {
    news.give();
    return false;
  }

  /// {@return whether a Unix-domain server has too many connections to accept at the moment} That
  /// is EAGAIN, which has no exception of its own.
  private static boolean isQueueFull(SocketAddress address, Exception e) {
    return address instanceof UnixDomainSocketAddress
        && String.valueOf(e.getMessage()).contains("temporarily unavailable");
  }

  /// Waits until one has succeeded or failed, or it is time for the next one.
  ///
  /// @return the one that has succeeded, if one has
  private @Nullable Attempt awaitOne(boolean othersWait) throws InterruptedException {
    Kernel kernel = Kernel.current();
    long until = othersWait ? kernel.nanoTime() + HEAD_START : Kernel.FOREVER;
    int before = pending.size();
    while (true) {
      Signal signal = new Signal();
      news = signal; // before the look at the channels, so that nothing after it is missed
      for (Attempt attempt : List.copyOf(pending)) {
        if (isConnected(attempt)) {
          return attempt;
        }
      }
      if (pending.size() < before || !signal.await(this, until)) {
        return null;
      }
    }
  }

  private boolean isConnected(Attempt attempt) {
    try {
      return attempt.channel.finishConnect();
    } catch (IOException e) {
      failed(attempt, e);
      return false;
    }
  }

  private void failed(Attempt attempt, Exception e) {
    discard(attempt);
    ConnectException described =
        new ConnectException("cannot connect to " + attempt.address + ": " + e.getMessage());
    described.initCause(e);
    if (failure == null) {
      failure = described;
    } else {
      failure.addSuppressed(described);
    }
  }

  private void discard(Attempt attempt) {
    pending.remove(attempt);
    close(attempt.channel);
  }

  private void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // it never was a connection
    }
    poller.release(channel);
  }
}
