package dev.selvedge.loop.io;

import dev.selvedge.internal.Waiter;
import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The input of a child process, written by a thread of its own, which is started with the first
/// write: for the reasons that are given at [PipeReader].
///
/// Writers put whole arrays into a queue, and wait before that while it holds too much. Each change
/// of the queue by the thread wakes all who wait, and they look again.
final class SubprocessInput implements Output {
  private static final int HIGH_WATER = 64 * 1024;
  private static final int PIECE = 16 * 1024;

  private final String name;
  private final OutputStream pipe;
  private final Object lock = new Object();

  // guarded by lock
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private long unwritten; // bytes in the queue, and those that the thread has in its hands
  private boolean closing;
  private boolean closed; // the pipe
  private boolean started;
  private @Nullable IOException failure;
  private boolean lost; // whether something was written that the failure made useless
  private List<Signal> waiting = new ArrayList<>();

  SubprocessInput(String name, OutputStream pipe) {
    this.name = name;
    this.pipe = pipe;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    Waiter.checkInterrupt();
    while (true) {
      Signal signal;
      synchronized (lock) {
        checkWritable();
        if (unwritten < HIGH_WATER) {
          add(Arrays.copyOfRange(bytes, offset, offset + length));
          return;
        }
        signal = waitHere();
      }
      signal.await(this, Kernel.FOREVER);
    }
  }

  /// Writes all, whatever is unwritten already, and closes. Without effect if it is closed.
  void writeLast(byte[] bytes) {
    synchronized (lock) {
      if (!closing && failure == null) {
        add(bytes);
        close();
      }
    }
  }

  @Override
  public void flush() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    while (true) {
      Signal signal;
      synchronized (lock) {
        if (failure != null) {
          throw failure;
        }
        if (unwritten == 0) {
          return;
        }
        signal = waitHere();
      }
      signal.await(this, Kernel.FOREVER);
    }
  }

  @Override
  public void closeOutput() throws IOException, InterruptedException {
    synchronized (lock) {
      if (!closing && failure == null) {
        close();
      }
    }
    awaitClosed();
  }

  private void awaitClosed() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    while (true) {
      Signal signal;
      synchronized (lock) {
        if (failure != null && lost) {
          throw failure;
        }
        if (closed || failure != null) {
          return;
        }
        signal = waitHere();
      }
      signal.await(this, Kernel.FOREVER);
    }
  }

  /// Closes when what is in the queue is written; the thread does it.
  private void close() {
    closing = true;
    start();
    lock.notifyAll();
  }

  /// Called when the child has ended, so that writers do not wait for ever.
  void childEnded() {
    synchronized (lock) {
      fail(new IOException("the process '" + name + "' has ended and reads no more"));
      lock.notifyAll();
    }
  }

  private void checkWritable() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (closing) {
      throw new ClosedChannelException();
    }
  }

  private void add(byte[] bytes) {
    queue.add(bytes);
    unwritten += bytes.length;
    start();
    lock.notifyAll();
  }

  private void start() {
    if (!started) {
      started = true;
      Thread.ofPlatform()
          .name(name + " input")
          .daemon()
          .inheritInheritableThreadLocals(false)
          .start(this::run);
    }
  }

  private Signal waitHere() {
    Signal signal = new Signal();
    waiting.add(signal);
    return signal;
  }

  private void wakeAll() {
    List<Signal> woken = waiting;
    waiting = new ArrayList<>();
    woken.forEach(Signal::give);
  }

  private void fail(IOException e) {
    if (failure == null && !closed) {
      failure = e;
      lost = unwritten > 0;
      queue.clear();
      unwritten = 0;
      wakeAll();
    }
  }

  // ---- the thread -----------------------------------------------------------------------------

  private void run() {
    try (pipe) {
      for (byte[] next = next(); next != null; next = next()) {
        pass(next);
      }
    } catch (IOException e) {
      synchronized (lock) {
        fail(
            new IOException(
                "the process '" + name + "' does not read its input: " + e.getMessage(), e));
      }
    } finally {
      synchronized (lock) {
        closed = true;
        wakeAll();
      }
    }
  }

  private void pass(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += PIECE) {
      int count = Math.min(PIECE, bytes.length - at);
      pipe.write(bytes, at, count);
      pipe.flush();
      written(count);
    }
  }

  private void written(int count) {
    synchronized (lock) {
      if (failure == null) {
        unwritten -= count;
        wakeAll();
      }
    }
  }

  /// {@return what to write next, or null at the end}
  private byte @Nullable [] next() throws IOException {
    synchronized (lock) {
      while (queue.isEmpty() && !closing && failure == null) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          throw new IOException("the thread that writes a pipe was interrupted", e);
        }
      }
      return queue.poll();
    }
  }
}
