package dev.selvedge.process.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One direction of a connection through shared memory: a ring of bytes with one writer and one
/// reader, in two processes.
///
/// ```
/// 0      128    256            320           384            448      452    512
/// ┌──────┬──────┬──────────────┬─────────────┬──────────────┬────────┬──────┬────────────────
/// │ tail │ head │ reader waits │ guest waits │ writer waits │ closed │ mute │ data: a power of two
/// └──────┴──────┴──────────────┴─────────────┴──────────────┴────────┴──────┴────────────────
///  writer reader  in cache lines of their own (two, for they are fetched in pairs)
/// ```
///
/// `tail` and `head` count bytes and never wrap; what lies between them is unread. The writer
/// copies, then moves `tail` (release); the reader sees the new `tail` (acquire), copies, then
/// moves `head` (release), which is what lets the writer use the place again.
///
/// **Waiting.** Who finds nothing to do says so in its word, looks once more, and sleeps on the
/// word ([Futex]). Who has moved its counter looks at the other's word and, if that is set, clears
/// it and wakes. There is a full fence between the two steps on both sides: so either the sleeper
/// sees the counter that was moved, or the mover sees the word that was set. A process that is
/// killed between its two steps wakes nobody; so each sleep ends after a while by itself.
///
/// **Guests.** While the reader sleeps, another thread of its process may wait for input, because
/// what comes is for that thread, and to wake the reader first would cost a switch of threads. Then
/// the writer wakes the guest only. Before the guest leaves it takes its word back and looks
/// whether something lies there; if so, it wakes the reader. As the writer moves `tail` before it
/// looks at the guest's word, one of them sees the other. That guest and reader do not read at once
/// is up to them.
///
/// **Mute.** A worker that starts cannot wake anybody yet ([FutexLink]). Until it says that it can,
/// the other side sleeps for short times only, and it itself does not sleep on its words at all.
///
/// **The death of a writer** loses what it had not counted yet, and nothing else: what was counted
/// can be read to the end.
///
/// The writer moves `tail` without waking, too ([#write] without [#signal]), when it has more to
/// say soon.
final class ByteRing {
  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final VarHandle INT = JAVA_INT.varHandle();

  private static final long TAIL = 0;
  private static final long HEAD = 128;
  private static final long READER_WAITS = 256;
  private static final long GUEST_WAITS = 320;
  private static final long WRITER_WAITS = 384;
  private static final long CLOSED = 448;
  private static final long MUTE = 452;
  private static final long DATA = 512;
  private static final int SPINS = 2; // of a guest that looks before it sleeps, and is not woken
  private static final long SLEEP_NANOS = 200_000_000;
  private static final long NAP_NANOS = 200_000; // where nobody can wake

  private final MemorySegment memory;
  private final long capacity;
  private final long mask;
  private final @Nullable Spin readerSpin;
  private final Spin guestSpin = new Spin();
  private long knownHead; // the writer's

  /// A ring in memory that both processes see, which is zero at first.
  ///
  /// @param memory as long as [#size] says
  /// @param readerSpins whether the reader has nothing else to do than to wait for input
  ByteRing(MemorySegment memory, boolean readerSpins) {
    this.memory = memory;
    this.readerSpin = readerSpins ? new Spin() : null;
    this.capacity = memory.byteSize() - DATA;
    this.mask = capacity - 1;
  }

  /// {@return the memory that a ring takes}
  ///
  /// @param capacity of its data, a power of two
  static long size(long capacity) {
    return DATA + capacity;
  }

  // ---- the writer -----------------------------------------------------------------------------

  /// Writes everything, and waits while there is no room.
  void write(MemorySegment source) throws IOException {
    long tail = (long) LONG.get(memory, TAIL);
    for (long from = 0; from < source.byteSize(); ) {
      long count = Math.min(awaitRoom(tail), source.byteSize() - from);
      copyIn(source, from, count, tail & mask);
      from += count;
      tail += count;
      LONG.setRelease(memory, TAIL, tail);
    }
  }

  private void copyIn(MemorySegment source, long from, long count, long at) {
    long first = Math.min(count, capacity - at);
    MemorySegment.copy(source, from, memory, DATA + at, first);
    if (first < count) {
      MemorySegment.copy(source, from + first, memory, DATA, count - first);
    }
  }

  /// {@return how many bytes can be written, at least one}
  private long awaitRoom(long tail) throws IOException {
    long room = room(tail, 1);
    while (room == 0) {
      signal();
      sleep(WRITER_WAITS, tail);
      room = room(tail, 1);
    }
    return room;
  }

  private long room(long tail, long wanted) {
    if (capacity - (tail - knownHead) < wanted) {
      knownHead = (long) LONG.getAcquire(memory, HEAD);
    }
    return capacity - (tail - knownHead);
  }

  boolean hasRoom(long bytes) {
    return room((long) LONG.get(memory, TAIL), bytes) >= bytes;
  }

  /// Wakes the reader if it sleeps, or its guest.
  void signal() {
    VarHandle.fullFence();
    if ((int) INT.getOpaque(memory, GUEST_WAITS) != SPINS && !wake(GUEST_WAITS)) {
      wake(READER_WAITS);
    }
  }

  // ---- the reader -----------------------------------------------------------------------------

  /// Reads what is there, and waits until something is.
  ///
  /// @return how many bytes, or -1 at the end
  int read(MemorySegment target) throws IOException {
    if (!awaitUnread()) {
      return -1;
    }
    long head = (long) LONG.get(memory, HEAD);
    long tail = (long) LONG.getAcquire(memory, TAIL);
    int count = (int) Math.min(tail - head, target.byteSize());
    copyOut(target, count, head & mask);
    LONG.setRelease(memory, HEAD, head + count);
    wake(WRITER_WAITS);
    return count;
  }

  /// Waits until there is something to read.
  ///
  /// @return false at the end
  boolean awaitUnread() throws IOException {
    if (readerSpin != null && readerSpin.until(this::hasUnread)) {
      return true;
    }
    while (!hasUnread()) {
      if (isClosed() && !hasUnread()) {
        return false;
      }
      sleep(READER_WAITS, 0);
    }
    return true;
  }

  boolean hasUnread() {
    return (long) LONG.getAcquire(memory, TAIL) != (long) LONG.getAcquire(memory, HEAD);
  }

  /// For a guest: waits until there is something to read, but not long.
  void awaitBriefly(long nanos) {
    INT.setVolatile(memory, GUEST_WAITS, SPINS);
    if (guestSpin.until(this::hasUnread)) {
      INT.setVolatile(memory, GUEST_WAITS, 0);
      return;
    }
    INT.setVolatile(memory, GUEST_WAITS, 1);
    VarHandle.fullFence();
    if (!hasUnread() && !isClosed()) {
      Futex.await(memory, GUEST_WAITS, 1, nanos);
    }
    INT.setVolatile(memory, GUEST_WAITS, 0);
  }

  /// For a guest that leaves.
  void passOn() {
    VarHandle.fullFence();
    if (hasUnread() || isClosed()) {
      wake(READER_WAITS);
    }
  }

  private void copyOut(MemorySegment target, long count, long at) {
    long first = Math.min(count, capacity - at);
    MemorySegment.copy(memory, DATA + at, target, 0, first);
    if (first < count) {
      MemorySegment.copy(memory, DATA, target, first, count - first);
    }
  }

  // ---- both -----------------------------------------------------------------------------------

  /// {@return whether somebody was waiting}
  private boolean wake(long word) {
    VarHandle.fullFence();
    if ((int) INT.getOpaque(memory, word) == 0 || (int) INT.getAndSet(memory, word, 0) == 0) {
      return false;
    }
    if (FutexLink.isLinked()) {
      Futex.wake(memory, word, 1);
    }
    return true;
  }

  /// Sleeps until the other side may have moved its counter, or closed.
  private void sleep(long word, long tail) throws IOException {
    INT.setVolatile(memory, word, 1);
    VarHandle.fullFence();
    boolean reads = word == READER_WAITS;
    boolean idle = reads ? !hasUnread() : room(tail, 1) == 0;
    if (idle && !isClosed()) {
      doze(word);
    }
    INT.setOpaque(memory, word, 0);
    if (!reads && isClosed()) {
      throw new IOException("the connection has ended");
    }
  }

  private void doze(long word) {
    if (!FutexLink.isLinked()) {
      LockSupport.parkNanos(NAP_NANOS);
    } else {
      boolean mute = (int) INT.getAcquire(memory, MUTE) != 0;
      Futex.await(memory, word, 1, mute ? NAP_NANOS : SLEEP_NANOS);
    }
  }

  /// Says whether the process at the other end cannot wake anybody yet.
  void mute(boolean isMute) {
    INT.setVolatile(memory, MUTE, isMute ? 1 : 0);
  }

  private boolean isClosed() {
    return (int) INT.getAcquire(memory, CLOSED) != 0;
  }

  /// Ends the ring: the reader reads what is there and then the end, and a writer that waits fails.
  void close() {
    INT.setVolatile(memory, CLOSED, 1);
    wake(GUEST_WAITS);
    wake(READER_WAITS);
    wake(WRITER_WAITS);
  }
}
