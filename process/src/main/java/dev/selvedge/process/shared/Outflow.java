package dev.selvedge.process.shared;

import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The sending side of one direction of a pipe.
///
/// ```
///   one record:        FIRST LAST
///   parts of a large:  FIRST  part  part … LAST
/// ```
///
/// A message that fits into half of the ring is one record. A larger one is sent in parts, each a
/// quarter of the ring, while the other side reads; so its sender and its receiver wait for each
/// other, and either can die, or be interrupted, in the middle. Then there is a part of a message
/// in the ring whose rest will never come, or has gone:
///
/// * The sender stopped. It has, or had, the send lock throughout. So a reader that waits for the
///   next part knows by that lock that it will not come ([Inflow]); and if somebody else sends
///   meanwhile, a FIRST comes where a part should be.
/// * The reader was killed. What is left begins with a part that is not FIRST; the next reader
///   passes over it.
///
/// Rejected: a record that says "given up". It takes room, which has to be kept free for it, and a
/// sender that is killed does not write it.
final class Outflow {
  static final int FIRST = 1;
  static final int LAST = 2;
  static final int OBJECT = 4;

  private final Object blocker;
  private final Ring ring;
  private final Holders own;
  private final Holders other;
  private final Parcels parcels = Parcels.current();

  /// A sending side.
  ///
  /// @param blocker what those who wait wait for, for dumps
  Outflow(Object blocker, Ring ring, Holders own, Holders other) {
    this.blocker = blocker;
    this.ring = ring;
    this.own = own;
    this.other = other;
  }

  /// Sends an object.
  void send(@Nullable Object object) throws IOException, InterruptedException {
    send(OBJECT, parcels.pack(object));
  }

  /// Sends what remains in a buffer.
  void sendBytes(ByteBuffer bytes) throws IOException, InterruptedException {
    send(0, MemorySegment.ofBuffer(bytes));
  }

  private void send(int kind, MemorySegment message) throws IOException, InterruptedException {
    WordWait.checkInterrupt();
    own.enter();
    SharedLock lock = ring.sending();
    lock.lockInterruptibly();
    try {
      if (lock.ownerDied()) {
        lock.markConsistent(); // readers know what to do with a part of its message
      }
      write(kind, message);
    } finally {
      lock.unlock();
    }
  }

  private void write(int kind, MemorySegment message) throws IOException, InterruptedException {
    long size = message.byteSize();
    long part = partOf(size);
    long at = 0;
    do {
      long length = Math.min(part, size - at);
      awaitRoom(length);
      int flags = (at == 0 ? FIRST : 0) | (at + length == size ? LAST : 0) | kind;
      write(flags, size, message.asSlice(at, length));
      at += length;
    } while (at < size);
  }

  private long partOf(long size) {
    return Ring.units(size) <= ring.units() / 2
        ? size
        : (long) (ring.units() / 4 - Ring.UNITS_OF_HEAD) * Ring.UNIT;
  }

  private void write(int flags, long total, MemorySegment body) throws PipeClosedException {
    if (!ring.write(flags, total, body)) {
      throw closedHere();
    }
    ring.wakeReader();
  }

  /// Waits until there is room for a record.
  private void awaitRoom(long body) throws IOException, InterruptedException {
    int units = (int) Ring.units(body);
    WordWait wait = null;
    while (true) {
      long head = ring.head();
      long tail = checkOpen(head, ring.tail());
      if (ring.room(head, tail) >= units) {
        return;
      }
      wait = wait == null ? WordWait.watching(blocker, Kernel.FOREVER) : wait;
      if (wait.isTimeToLook() && other.areGone()) {
        throw new PipeClosedException("the processes that had the other end of the pipe are dead");
      }
      ring.awaitHead(wait, head, units);
    }
  }

  private static long checkOpen(long head, long tail) throws PipeClosedException {
    if (Ring.isClosed(tail)) {
      throw closedHere();
    }
    if (Ring.isClosed(head)) {
      throw new PipeClosedException("the other end of the pipe is closed; nobody will receive");
    }
    return tail;
  }

  private static PipeClosedException closedHere() {
    return new PipeClosedException("this end of the pipe is closed; nothing can be sent");
  }

  /// Ends the sending. The other side reads what was sent, and then the end.
  void close() {
    ring.closeTail();
  }
}
