package dev.selvedge.process.internal;

import dev.selvedge.process.internal.Link.Frame;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Sends frames in order, and lets nobody wait who has one: those who submit and cancel must not
/// hang on a worker that is stopped or reads slowly.
///
/// A frame for which there is room goes at once, on the caller's thread. Another one, and those
/// behind it, are sent by a thread that lives until they are gone.
final class Outbox {
  private final Link link;
  private final Thread.Builder writer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition written = lock.newCondition();
  // guarded by lock
  private final ArrayDeque<Frame> waiting = new ArrayDeque<>();
  private boolean writing;
  private boolean closed;

  Outbox(Link link, Thread.Builder writer) {
    this.link = link;
    this.writer = writer;
  }

  /// Sends a frame, now or soon. If the connection has ended it vanishes: the reader learns of it.
  void post(Frame frame) {
    lock.lock();
    try {
      if (closed || (!writing && link.trySend(frame))) {
        return;
      }
      waiting.add(frame);
      if (!writing) {
        writing = true;
        writer.start(this::write);
      }
    } catch (IOException | RuntimeException e) {
      broken(e);
    } finally {
      lock.unlock();
    }
  }

  /// The worker cannot be reached, or what was sent is cut off: it has to end, which the reader
  /// sees when the connection does.
  private void broken(Exception why) {
    closed = true;
    try {
      link.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
    if (why instanceof RuntimeException) {
      System.getLogger("dev.selvedge.process")
          .log(System.Logger.Level.ERROR, "a frame could not be sent", why);
    }
  }

  private void write() {
    try {
      for (Frame frame = next(); frame != null; frame = next()) {
        link.send(frame);
      }
    } catch (IOException | RuntimeException e) {
      stop(e);
    }
  }

  private @Nullable Frame next() {
    lock.lock();
    try {
      Frame frame = closed ? null : waiting.poll();
      if (frame == null) {
        writing = false;
        written.signalAll();
      }
      return frame;
    } finally {
      lock.unlock();
    }
  }

  private void stop(Exception why) {
    lock.lock();
    try {
      broken(why);
      writing = false;
      written.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Gives up what is waiting, and returns when nobody uses the connection any more. It must have
  /// been closed.
  void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      while (writing) {
        written.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
