package dev.selvedge.process.internal;

import dev.selvedge.process.internal.HostLine.Frame;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// One connection of a host, and the thread that serves it: reads a request, runs it, answers.
///
/// Interrupts come only while a call is in progress: an earlier or later one would close the
/// connection, or hit the next call.
final class HostGuest implements Runnable {
  private final Host host;
  private final SocketChannel channel;
  private final HostLine line;
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Thread calling; // while a call is in progress; guarded by this
  private boolean cancelled; // guarded by this

  HostGuest(Host host, SocketChannel channel) {
    this.host = host;
    this.channel = channel;
    this.line = new HostLine(channel, host.codecs(), ClassLoader.getSystemClassLoader());
  }

  @Override
  public void run() {
    try (channel) {
      if (line.isGreetedWith(host.address().token()) && host.admit(this, line.key())) {
        serve();
      }
    } catch (IOException e) {
      // the caller has left, or is none of ours
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does that; the thread ends
    } finally {
      host.leave(this, line.key());
      ended.countDown();
    }
  }

  private void serve() throws IOException, InterruptedException {
    for (Frame frame = line.receive(); frame != null; frame = line.receive()) {
      switch (frame.kind()) {
        case CALL, APPLY -> {
          if (!begin()) {
            return;
          }
          answer(frame);
        }
        case CANCEL -> {
          host.cancel(frame.first());
          line.send(Kind.STOPPED, 0, -1);
        }
        default -> throw new IOException("a guest sent " + frame.kind());
      }
    }
  }

  private void answer(Frame frame) throws IOException {
    List<MemorySegment> large = new ArrayList<>(0);
    Kind kind;
    try {
      kind = host.answer(frame, line.decoder(), line.encoder(), large);
    } finally {
      finish();
    }
    line.send(kind, 0, -1, large);
  }

  private synchronized boolean begin() {
    calling = Thread.currentThread();
    return !cancelled;
  }

  private synchronized void finish() {
    calling = null;
    Thread.interrupted(); // whatever came before is for the call that has ended
  }

  /// Interrupts the call in progress.
  synchronized void interrupt() {
    if (calling != null) {
      calling.interrupt();
    }
  }

  /// Has the call in progress stopped, and no other begin.
  synchronized void cancel() {
    cancelled = true;
    interrupt();
  }

  /// Waits until nothing runs any more for this guest, who has left.
  void awaitEnd() throws InterruptedException {
    ended.await();
  }
}
