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
///   parts of a large:  FIRST  part  part … LAST        or, if it is given up,  … ABORT
/// ```
///
/// A message that fits into half of the ring is one record. A larger one is sent in parts, each a
/// quarter of the ring, while the other side reads; so its sender and its receiver wait for each
/// other, and either can die, or be interrupted, or give up in the middle:
///
/// * The sender gives up: it says ABORT, and the reader forgets the parts. Room for that is kept
///   free: a first part is written only when the room for an ABORT is there beside it.
/// * The sender is killed: another process that has the end finds the lock of a dead one, and OPEN,
///   and says ABORT for it. If no other process has the end, the reader finds that.
/// * The reader is killed: what is left of the message begins with a part that is not FIRST. The
///   next reader passes over it.
///
/// OPEN says that a part was or is about to be written, and the last one not yet; it changes under
/// the send lock. It may be set although nothing was written, or although the last part was; the
/// ABORT is then one that belongs to no message, which readers pass over as well.
final class Outflow {
  static final int FIRST = 1;
  static final int LAST = 2;
  static final int ABORT = 4;
  static final int OBJECT = 8;

  private static final long OPEN = Ring.extra(0);
  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

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
      repair();
      long units = Ring.units(message.byteSize());
      if (units + Ring.UNITS_OF_HEAD <= ring.units() / 2) {
        sendWhole(kind, message);
      } else {
        sendParts(kind, message);
      }
    } finally {
      lock.unlock();
    }
  }

  private void repair() {
    if (ring.sending().ownerDied()) {
      if (Words.plainInt(ring.memory(), OPEN) != 0) {
        abort();
      }
      ring.sending().markConsistent();
    }
  }

  private void sendWhole(int kind, MemorySegment message) throws IOException, InterruptedException {
    awaitRoom(message.byteSize());
    write(FIRST | LAST | kind, message.byteSize(), message);
  }

  private void sendParts(int kind, MemorySegment message) throws IOException, InterruptedException {
    long size = message.byteSize();
    long part = (long) (ring.units() / 4 - Ring.UNITS_OF_HEAD) * Ring.UNIT;
    boolean sent = false;
    try {
      for (long at = 0; at < size; at += part) {
        long length = Math.min(part, size - at);
        awaitRoom(length);
        Words.plainInt(ring.memory(), OPEN, 1);
        int flags = (at == 0 ? FIRST : 0) | (at + length == size ? LAST : 0) | kind;
        write(flags, size, message.asSlice(at, length));
      }
      Words.plainInt(ring.memory(), OPEN, 0);
      sent = true;
    } finally {
      if (!sent && Words.plainInt(ring.memory(), OPEN) != 0) {
        abort();
      }
    }
  }

  private void abort() {
    if (ring.write(ABORT, 0, NOTHING)) {
      ring.wakeReader();
    }
    Words.plainInt(ring.memory(), OPEN, 0);
  }

  private void write(int flags, long total, MemorySegment body) throws PipeClosedException {
    if (!ring.write(flags, total, body)) {
      throw closedHere();
    }
    ring.wakeReader();
  }

  /// Waits until there is room for a record, and for an ABORT after it.
  private void awaitRoom(long body) throws IOException, InterruptedException {
    int units = (int) Ring.units(body) + Ring.UNITS_OF_HEAD;
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
