package dev.selvedge.loop.io;

import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One output of a child process, read by a thread of its own.
///
/// A pipe of the JDK blocks its reader in the operating system, where neither a cancellation nor a
/// deadline reaches it, and where a virtual thread holds its carrier. So a platform thread reads,
/// and puts what comes where others wait for it in our own way. It stops reading while too much has
/// not been taken, which is how a child that prints faster than it is read is slowed down, unless
/// everything is to be [collected][#collect()].
///
/// ## The end
///
/// A pipe ends when all have closed it that could write to it, and that is not only the child: what
/// the child has started may have inherited it and live on for days. So after the end of the child
/// the output ends with the pipe or, if that stays open, when nothing has come for a while.
/// Whatever the child itself has written is in the pipe before it ends, so none of it is lost, as
/// long as the thread gets to run in that while. The thread stays behind in the read, and ends with
/// the pipe. If it never is quiet, more than any pipe holds is the end.
///
/// A reader that is slow does not count as quiet: only while the thread is in a read of the pipe
/// (`reading`) can the pipe be quiet.
final class PipeReader implements Source {
  private static final long QUIET = Duration.ofMillis(250).toNanos();
  private static final int PIECE = 16 * 1024;
  private static final int HIGH_WATER = 64 * 1024;
  private static final long LARGEST_PIPE = 1 << 20;
  private static final byte[] NOTHING = {};

  private final InputStream pipe;
  private final Object lock = new Object();
  private final Event ended = Event.create();

  // guarded by lock
  private byte[] bytes = NOTHING;
  private int start;
  private int end;
  private long turns; // how often the thread has read
  private boolean reading;
  private boolean collecting;
  private boolean childHasEnded;
  private long left = LARGEST_PIPE; // what the child may have written before it ended
  private boolean over;
  private @Nullable IOException failure;
  private @Nullable Signal reader;

  PipeReader(String name, InputStream pipe) {
    this.pipe = pipe;
    Thread.ofPlatform().name(name).daemon().inheritInheritableThreadLocals(false).start(this::run);
  }

  private void run() {
    byte[] piece = new byte[PIECE];
    IOException thrown = null;
    try (pipe) {
      while (awaitRoom()) {
        int count = pipe.read(piece);
        if (count < 0 || !append(piece, count)) {
          break;
        }
      }
    } catch (IOException e) {
      thrown = e;
    } finally {
      finish(thrown);
    }
  }

  /// {@return false if nobody wants more}
  private boolean awaitRoom() throws IOException {
    synchronized (lock) {
      while (end - start >= HIGH_WATER && !collecting && !over) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          throw new IOException("the thread that reads a pipe was interrupted", e);
        }
      }
      reading = true;
      return !over;
    }
  }

  private boolean append(byte[] piece, int count) {
    synchronized (lock) {
      turns++;
      reading = false;
      if (over) {
        return false;
      }
      if (childHasEnded) {
        left -= count;
        if (left < 0) {
          over = true;
          wakeReader();
          return false;
        }
      }
      int kept = end - start;
      if (end + count > bytes.length) {
        byte[] target =
            kept + count > bytes.length
                ? new byte[Math.max(kept + count, 2 * bytes.length)]
                : bytes;
        System.arraycopy(bytes, start, target, 0, kept);
        bytes = target;
        start = 0;
        end = kept;
      }
      System.arraycopy(piece, 0, bytes, end, count);
      end += count;
      wakeReader();
      return true;
    }
  }

  private void finish(@Nullable IOException thrown) {
    synchronized (lock) {
      if (!over) {
        over = true;
        failure = thrown;
        wakeReader();
      }
    }
    ended.set();
  }

  private void wakeReader() {
    if (reader != null) {
      reader.give();
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException, InterruptedException {
    while (true) {
      Signal signal;
      synchronized (lock) {
        if (start < end) {
          return take(into);
        }
        if (over) {
          if (failure != null) {
            throw failure;
          }
          return -1;
        }
        signal = new Signal();
        reader = signal;
      }
      signal.await(this, Kernel.FOREVER);
    }
  }

  private int take(ByteBuffer into) {
    int count = Math.min(into.remaining(), end - start);
    into.put(bytes, start, count);
    start += count;
    if (start == end) {
      start = 0;
      end = 0;
      if (bytes.length > HIGH_WATER) {
        bytes = NOTHING;
      }
    }
    lock.notifyAll();
    return count;
  }

  /// Reads on without a limit from now on.
  void collect() {
    synchronized (lock) {
      collecting = true;
      lock.notifyAll();
    }
  }

  /// {@return what has come and was not taken}
  byte[] peek() {
    synchronized (lock) {
      return Arrays.copyOfRange(bytes, start, end);
    }
  }

  /// {@return what is set when nothing more comes}
  Event ended() {
    return ended;
  }

  /// Called when the child has ended.
  void childEnded() {
    synchronized (lock) {
      childHasEnded = true;
      collecting = true; // there is not more than a pipe holds
      lock.notifyAll();
    }
    look(-1);
  }

  private void look(long turnsBefore) {
    synchronized (lock) {
      if (over) {
        return;
      }
      if (reading && turns == turnsBefore) {
        over = true;
        wakeReader();
      }
    }
    if (isOver()) {
      ended.set();
      return;
    }
    long now = turnsNow();
    Kernel system = Kernel.system(); // the child lives in real time
    system.at(system.nanoTime() + QUIET, () -> look(now));
  }

  private boolean isOver() {
    synchronized (lock) {
      return over;
    }
  }

  private long turnsNow() {
    synchronized (lock) {
      return turns;
    }
  }
}
