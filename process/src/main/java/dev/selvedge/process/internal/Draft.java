package dev.selvedge.process.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.process.codec.Encoder;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// What a worker has found out about the elements of its chunk and not sent yet. It lies in memory
/// that outlives the worker: so a crash costs the element that was at work, though the reports on
/// those before it are sent together, which costs a fraction of sending each.
///
/// ```
/// 0        8       16             64
/// ┌────────┬───────┬───────┬──────┬──────────────────────────────────
/// │ number │ first │ state │      │ the reports, as an encoder has them
/// └────────┴───────┴───────┴──────┴──────────────────────────────────
///   task    reports  count ‹‹ 32 │ bytes
///           sent
/// ```
///
/// **A crash at any point.** The worker adds a report and then counts it, with its bytes, in the
/// one word `state` (release). When it has sent what is here, it sets `state` to 0 and then moves
/// `first` on. The pool looks here once the worker has ended, and after it has read everything that
/// was sent. Then, with `first` being less than what it has got, the worker had sent these reports
/// and died before it said so, and they are not taken again. With `first` equal, they are taken.
///
/// One thread of the worker writes. The pool reads when that is gone; it trusts nothing that it
/// finds.
final class Draft {
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private static final long NUMBER = 0;
  private static final long FIRST = 8;
  private static final long STATE = 16;
  private static final int HEAD = 64;
  private static final int CAPACITY = 1 << 16;
  private static final int COUNT_SHIFT = 32;

  private final MemorySegment memory;
  private final ByteBuffer bytes; // its position is the length
  private int count;
  private int first;

  /// A draft in memory that is zero at first.
  ///
  /// @param memory as long as [#size] says
  Draft(MemorySegment memory) {
    this.memory = memory;
    this.bytes = memory.asSlice(HEAD, CAPACITY).asByteBuffer();
  }

  /// {@return the memory that a draft takes}
  static long size() {
    return HEAD + (long) CAPACITY;
  }

  // ---- the worker -----------------------------------------------------------------------------

  /// Begins with another chunk.
  ///
  /// @param reports how many of its elements are left out, since there are reports on them
  void begin(long number, int reports) {
    state(0, 0);
    LONG.setVolatile(memory, NUMBER, number);
    LONG.setVolatile(memory, FIRST, (long) reports);
    first = reports;
  }

  /// Adds a report, which the encoder has from the given byte on.
  ///
  /// @return false if there is no room for it
  boolean add(Encoder encoder, int from) {
    int to = encoder.length();
    if (to - from > bytes.remaining()) {
      return false;
    }
    encoder.copyTo(bytes, from, to);
    state(count + 1, bytes.position());
    return true;
  }

  /// {@return how many reports are here}
  int count() {
    return count;
  }

  /// {@return their bytes, until something else is done here}
  ByteBuffer bytes() {
    return bytes.duplicate().flip();
  }

  /// Notes that so many reports were sent: those that are here, if there are any, and no others.
  void sent(int reports) {
    state(0, 0);
    first += reports;
    LONG.setRelease(memory, FIRST, (long) first);
  }

  private void state(int reports, int length) {
    count = reports;
    bytes.position(length);
    LONG.setRelease(memory, STATE, (long) reports << COUNT_SHIFT | length);
  }

  // ---- the pool -------------------------------------------------------------------------------

  /// Adds what is here to the reports on a task, once its worker has ended and everything that it
  /// sent was read.
  void recover(long number, ChunkReports into) {
    long state = (long) LONG.getAcquire(memory, STATE);
    long reports = state >>> COUNT_SHIFT;
    int length = (int) state;
    if ((long) LONG.getAcquire(memory, NUMBER) == number
        && (long) LONG.getAcquire(memory, FIRST) == into.size()
        && reports > 0
        && reports <= length // each takes a byte at least
        && length <= CAPACITY) {
      byte[] copy = new byte[length];
      bytes.get(0, copy);
      into.append(copy, (int) reports);
    }
  }
}
