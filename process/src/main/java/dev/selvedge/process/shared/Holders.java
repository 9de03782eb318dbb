package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessId;
import java.lang.foreign.MemorySegment;

/// Which processes have one end of a pipe, in shared memory, so that those at the other end notice
/// when the last of them has died.
///
/// A process *has* an end if a handle of it arrived there, or if it used one. As long as nobody
/// does, the process that made the pipe counts.
///
/// Slots are taken by compare-and-set, the dead ones' too, and never given back: a process that is
/// through with its end closes it, which is said in the ring.
final class Holders {
  static final int SLOTS = 31;
  static final long BYTES = (SLOTS + 1) * Long.BYTES;

  private final MemorySegment words; // the maker, and the slots
  private boolean entered; // racy: to enter twice does nothing

  Holders(MemorySegment words) {
    this.words = words;
  }

  /// Notes the maker.
  static void initialise(MemorySegment block, long offset) {
    Words.plainLong(block, offset, ProcessId.own());
  }

  /// Notes that this process has the end.
  void enter() {
    if (!entered) {
      enter(ProcessId.own());
      entered = true;
    }
  }

  /// Notes that a process has the end, or will.
  void enter(long process) {
    for (int slot = 1; slot <= SLOTS; slot++) {
      if (word(slot) == process) {
        return;
      }
    }
    for (int slot = 1; slot <= SLOTS; slot++) {
      long word = word(slot);
      if ((word == 0 || ProcessId.isDead(word)) && Words.swapLong(words, at(slot), word, process)) {
        return;
      }
    }
    throw new IllegalStateException(
        SLOTS + " processes have this end of the pipe, which is all that it has room for");
  }

  /// {@return whether no process can use the end any more} It takes some ten microseconds.
  boolean areGone() {
    boolean any = false;
    for (int slot = 1; slot <= SLOTS; slot++) {
      long word = word(slot);
      if (word != 0 && !ProcessId.isDead(word)) {
        return false;
      }
      any |= word != 0;
    }
    return any || ProcessId.isDead(word(0));
  }

  private long word(int slot) {
    return Words.readLong(words, at(slot));
  }

  private static long at(int slot) {
    return (long) slot * Long.BYTES;
  }
}
