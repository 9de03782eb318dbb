package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Records on their way from those who write to those who read, in shared memory: what a
/// [SharedQueue] and each direction of a [SharedPipe] are made of.
///
/// ```
/// │ send lock │ tail │ receive lock │ head │ sleepers │ data: a power of two of units of 8 bytes │
///
/// a record:  │ length 4 │ flags 4 │ total 8 │ body, rounded up to units │
///
/// tail and head:
///   63                    32 31                  3 2     0
///   ┌───────────────────────┬─────────────────────┬───────┐
///   │   position, in units  │  number of records  │ flags │
///   └───────────────────────┴─────────────────────┴───────┘
/// ```
///
/// **Two words, two locks.** Writers take the send lock, copy a record behind the tail, and then
/// move the tail over it; readers take the receive lock, copy the record at the head, and move the
/// head. Each move is one compare-and-set of one word, which has the position and the number, and a
/// flag that says "closed". So there is no instant at which a record is there by half, or counted
/// and not there:
///
/// * A writer that is killed before its move has written where nobody looks, and the next one
///   writes over it. After the move the record is sent.
/// * A reader that is killed before its move has taken nothing: the next one reads the record
///   again. After the move it is received.
/// * Either leaves its lock to be taken over, and nothing behind the lock needs a repair.
/// * Closing sets a flag in the word that moves. So it needs no lock, which a stopped process may
///   have, and a move either came before it or fails.
///
/// Writers and readers share no lock: they meet only in the two words. Each reads the word of the
/// other side before it touches data, and moves its own afterwards, which orders the accesses.
///
/// **Numbers wrap** around, both of them; only differences count. Positions do so after 2³² units,
/// which the number of units divides. A ring has less than 2²⁸ units, so the numbers of records
/// that are in it at a time cannot be taken for each other.
///
/// **Waiting.** Who waits for a record sleeps on the lower half of the tail, which every record
/// changes, and who waits for room on that of the head. Before sleeping it says so in a word of its
/// side; who moves looks there afterwards, clears it and wakes one. If the move came first, the
/// kernel sees that the word has changed, and does not put the sleeper to sleep; if the sleeper
/// came first, the mover sees what it said. Of several that sleep only one is woken, and what they
/// have said is cleared with that; so the woken one says it again for them when it goes on
/// ([#passOnToReader], [#passOnToWriter]). If it is killed before, the others' slices end
/// ([WordWait]).
final class Ring {
  /// In the flags of tail and head: that side has ended.
  static final long CLOSED = 1;

  /// What a record takes besides its body.
  static final int UNITS_OF_HEAD = 2;

  static final int UNIT = 8;
  static final long LARGEST = 1 << 30;

  private static final long SMALLEST = 1 << 10;

  private static final long SENDING = 0;
  static final long TAIL = 64; // what writers write and readers read, a line of its own
  private static final long RECEIVING = 128;
  static final long HEAD = 192;
  private static final long READER_SLEEPS = 256;
  private static final long WRITER_SLEEPS = 320; // how many units it waits for
  private static final long UNITS = 384;
  private static final long EXTRA = 392; // for the one who has the ring
  private static final long DATA = 448;

  private static final int NUMBER_SHIFT = 3;
  private static final int NUMBER_MASK = (1 << 29) - 1;
  private static final long POSITION_MASK = 0xffff_ffffL;

  private final MemorySegment memory;
  private final SharedLock sending;
  private final SharedLock receiving;
  private final int units;

  /// A ring in a block, from an offset on.
  Ring(Block block, Kind kind, long offset) {
    memory = block.data().asSlice(offset);
    sending = SharedLock.in(block, kind, offset + SENDING);
    receiving = SharedLock.in(block, kind, offset + RECEIVING);
    units = Words.plainInt(memory, UNITS);
  }

  /// {@return how many bytes of a block a ring takes}
  ///
  /// @param data how many bytes of data there shall be at least
  static long bytes(long data) {
    return DATA + rounded(data);
  }

  /// Makes a ring of zeros.
  static void initialise(MemorySegment block, long offset, long data) {
    Words.plainInt(block, offset + UNITS, (int) (rounded(data) / UNIT));
  }

  private static long rounded(long data) {
    if (data < 1 || data > LARGEST) {
      throw new IllegalArgumentException(
          "room for "
              + data
              + " bytes; give 1 to "
              + LARGEST
              + ", or hand large data over in a"
              + " SharedMemory");
    }
    return Math.max(SMALLEST, Long.highestOneBit(2 * data - 1));
  }

  /// {@return the lock of those who write}
  SharedLock sending() {
    return sending;
  }

  /// {@return the lock of those who read}
  SharedLock receiving() {
    return receiving;
  }

  /// {@return how many units of data it has}
  int units() {
    return units;
  }

  /// {@return how many units a record with a body takes}
  static long units(long body) {
    return UNITS_OF_HEAD + (body + UNIT - 1) / UNIT;
  }

  long tail() {
    return Words.readLong(memory, TAIL);
  }

  long head() {
    return Words.readLong(memory, HEAD);
  }

  static boolean isClosed(long word) {
    return (word & CLOSED) != 0;
  }

  /// {@return how many records are between head and tail}
  static int records(long head, long tail) {
    return difference(number(tail), number(head));
  }

  /// {@return how far a number of records is ahead of another one}
  static int difference(int ahead, int behind) {
    return ahead - behind & NUMBER_MASK;
  }

  /// {@return the number after a number of records}
  static int next(int number) {
    return number + 1 & NUMBER_MASK;
  }

  /// {@return how many units are free} May be too few, if the head was read earlier.
  int room(long head, long tail) {
    return units - (position(tail) - position(head));
  }

  static int number(long word) {
    return (int) (word >>> NUMBER_SHIFT) & NUMBER_MASK;
  }

  private static int position(long word) {
    return (int) (word >>> Integer.SIZE);
  }

  private static long moved(long word, long units) {
    long position = (word >>> Integer.SIZE) + units & POSITION_MASK;
    long number = next(number(word));
    return position << Integer.SIZE | number << NUMBER_SHIFT | (word & CLOSED);
  }

  // ---- writing, under the send lock -----------------------------------------------------------

  /// Writes a record, for which there is room.
  ///
  /// @param flags what the owner of the ring likes
  /// @param total another number that it likes
  /// @return whether it is written; otherwise the writing side is closed
  boolean write(int flags, long total, MemorySegment body) {
    int length = (int) body.byteSize();
    int at = position(tail());
    Words.plainLong(memory, offset(at), (long) flags << Integer.SIZE | length);
    Words.plainLong(memory, offset(at + 1), total);
    long offset = offset(at + UNITS_OF_HEAD);
    long first = Math.min(length, end() - offset);
    MemorySegment.copy(body, 0, memory, offset, first);
    MemorySegment.copy(body, first, memory, DATA, length - first);
    return move(TAIL, units(length));
  }

  private boolean move(long side, long units) {
    while (true) {
      long word = Words.readLong(memory, side);
      if (isClosed(word)) {
        return false;
      }
      if (Words.swapLong(memory, side, word, moved(word, units))) {
        return true;
      }
    }
  }

  private long offset(int position) {
    return DATA + (long) (position & units - 1) * UNIT;
  }

  private long end() {
    return DATA + (long) units * UNIT;
  }

  // ---- reading, under the receive lock --------------------------------------------------------

  /// The head of a record.
  record Item(int position, int flags, int length, long total) {}

  /// {@return the record at the head, which is there}
  Item peek() {
    int at = position(head());
    long first = Words.plainLong(memory, offset(at));
    long total = Words.plainLong(memory, offset(at + 1));
    return new Item(at, (int) (first >>> Integer.SIZE), (int) first, total);
  }

  /// Copies the body of a record.
  ///
  /// @param from where it begins in there
  void copy(Item item, int from, byte[] target, int at) {
    int length = item.length() - from;
    long offset = offset(item.position() + UNITS_OF_HEAD) + from;
    if (offset >= end()) {
      offset -= end() - DATA;
    }
    int first = (int) Math.min(length, end() - offset);
    MemorySegment heap = MemorySegment.ofArray(target);
    MemorySegment.copy(memory, offset, heap, at, first);
    MemorySegment.copy(memory, DATA, heap, at + first, length - first);
  }

  /// Takes the record at the head away.
  ///
  /// @return whether that was done; otherwise the reading side is closed
  boolean remove(Item item) {
    return move(HEAD, units(item.length()));
  }

  // ---- closing and waiting --------------------------------------------------------------------

  /// Ends the writing.
  void closeTail() {
    close(TAIL);
  }

  /// Ends the reading.
  void closeHead() {
    close(HEAD);
  }

  private void close(long side) {
    Words.orLong(memory, side, CLOSED);
    WordWait.wakeAll(memory, TAIL);
    WordWait.wakeAll(memory, HEAD);
  }

  /// Waits as long as the tail is where it was, for a slice at most.
  void awaitTail(WordWait wait, long tail) throws InterruptedException {
    Words.writeInt(memory, READER_SLEEPS, 1);
    wait.pause(memory, TAIL, (int) tail);
  }

  /// Waits as long as the head is where it was, for a slice at most.
  ///
  /// @param units for how much room, if less is of no use to the caller
  void awaitHead(WordWait wait, long head, int units) throws InterruptedException {
    Words.writeInt(memory, WRITER_SLEEPS, units);
    wait.pause(memory, HEAD, (int) head);
  }

  /// Wakes a reader, if one sleeps. Called after a record was written.
  void wakeReader() {
    if (Words.readInt(memory, READER_SLEEPS) != 0 && Words.swapInt(memory, READER_SLEEPS, 1, 0)) {
      WordWait.wake(memory, TAIL, 1);
    }
  }

  /// Wakes a writer, if one sleeps and has room now. Called after a record was taken away.
  void wakeWriter() {
    int needed = Words.readInt(memory, WRITER_SLEEPS);
    if (needed != 0
        && room(head(), tail()) >= needed
        && Words.swapInt(memory, WRITER_SLEEPS, needed, 0)) {
      WordWait.wake(memory, HEAD, 1);
    }
  }

  /// Said by a reader that has slept and goes on: others may be asleep, and there may be more.
  void passOnToReader() {
    Words.writeInt(memory, READER_SLEEPS, 1);
    if (records(head(), tail()) > 0) {
      wakeReader();
    }
  }

  /// Said by a writer that has slept and goes on: others may be asleep, and there may be room.
  void passOnToWriter() {
    Words.writeInt(memory, WRITER_SLEEPS, UNITS_OF_HEAD);
    wakeWriter();
  }

  // ---- the owner's own words ------------------------------------------------------------------

  /// {@return where the owner of the ring has a word of its own}
  ///
  /// @param index which, 0 to 6
  static long extra(int index) {
    return EXTRA + (long) index * JAVA_LONG.byteSize();
  }

  /// {@return how many records were ever written, as far as the tail counts}
  int tailNumber() {
    return number(tail());
  }

  /// {@return the memory of the ring}
  MemorySegment memory() {
    return memory;
  }
}
