package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A list of a fixed number of simple values, which several processes read and replace.
///
/// ```java
/// SharedList state = shared.list("starting", 0L, 0.5, null);
///
/// state.set(0, "ready");               // in one process
/// String phase = (String) state.get(0);   // in another
/// ```
///
/// A value is `null`, a [Boolean], an [Integer], a [Long], a [Double], a [String], or an array of
/// bytes, of which a copy is kept. Any slot takes any kind of value that fits: each has the room
/// that its first value needs, at least eight bytes. A string takes its length in UTF-8.
///
/// To replace a value is atomic: others see the old or the new one, never a mixture, and a process
/// that dies while it replaces one leaves the old one. What happened before `set` happens before
/// the `get` that sees it. To change a value depending on the old one, use a [SharedLock].
/// Thread-safe.
///
/// @since 0.1
public final class SharedList extends Shared {

  // lock, number of slots, where each slot begins (and where the last one ends), and the slots:
  //
  //   │ version │ head A │ room A … │ head B │ room B … │
  //
  // The lowest bit of the version says whether A or B counts. Who replaces holds the lock, writes
  // the
  // one that does not count, and then the next version: a kill before that changes nothing. A
  // reader
  // copies the one that counts, and has a value if the version is still the same; otherwise
  // somebody
  // has replaced it at least once, and may have begun to write over what was read.

  private static final long serialVersionUID = 1;

  private static final long COUNT = SharedLock.BYTES;
  private static final long STARTS = COUNT + 8;
  private static final int WORD = 8;

  private final transient SharedLock lock;
  private final transient int size;

  SharedList(Block block) {
    super(block, Kind.LIST, WHOLE);
    this.lock = SharedLock.in(block, Kind.LIST, 0);
    this.size = Words.plainInt(block.data(), COUNT);
  }

  static SharedList create(ProcessFolder folder, List<? extends @Nullable Object> values, int room)
      throws IOException {
    if (values.isEmpty() || room < 0) {
      throw new IllegalArgumentException(
          values.size() + " values with room for " + room + " bytes; give at least one value");
    }
    List<Encoded> first = new ArrayList<>();
    values.forEach(value -> first.add(Encoded.of(value)));
    long[] starts = starts(first, room);
    Block block =
        Block.create(
            folder, Kind.LIST, starts[values.size()], data -> initialise(data, starts, first));
    return new SharedList(block);
  }

  private static long[] starts(List<Encoded> values, int room) {
    long[] starts = new long[values.size() + 1];
    starts[0] = STARTS + (long) starts.length * WORD;
    for (int i = 0; i < values.size(); i++) {
      long needed = Math.max(Math.max(values.get(i).bytes().length, room), WORD);
      long rounded = (needed + WORD - 1) / WORD * WORD;
      starts[i + 1] = starts[i] + WORD + 2 * (WORD + rounded);
    }
    return starts;
  }

  private static void initialise(MemorySegment data, long[] starts, List<Encoded> values) {
    Words.plainInt(data, COUNT, values.size());
    for (int i = 0; i < starts.length; i++) {
      Words.plainLong(data, STARTS + (long) i * WORD, starts[i]);
    }
    for (int i = 0; i < values.size(); i++) {
      write(data, starts[i] + WORD, values.get(i));
    }
  }

  /// {@return how many values}
  public int size() {
    return size;
  }

  /// {@return a value}
  ///
  /// @param index which, from 0
  /// @throws IndexOutOfBoundsException if there is no such value
  public @Nullable Object get(int index) {
    long start = start(Objects.checkIndex(index, size));
    while (true) {
      long version = Words.readLong(data(), start);
      Encoded value = read(side(index, version), room(index));
      VarHandle.acquireFence(); // the value before the second look at the version
      if (Words.readLong(data(), start) == version) {
        return value.decoded();
      }
    }
  }

  /// Replaces a value.
  ///
  /// @param index which, from 0
  /// @param value the new one
  /// @throws IndexOutOfBoundsException if there is no such value
  /// @throws IllegalArgumentException if the value does not fit into the slot, or is of a kind that
  ///   the list does not take; the old one stays
  public void set(int index, @Nullable Object value) {
    long start = start(Objects.checkIndex(index, size));
    Encoded encoded = Encoded.of(value);
    checkRoom(index, encoded);
    lock.lock();
    try {
      long version = Words.readLong(data(), start) + 1;
      write(data(), side(index, version), encoded);
      Words.writeLong(data(), start, version);
    } finally {
      lock.unlock();
    }
  }

  /// {@return how many bytes a value may take}
  ///
  /// @param index which, from 0
  /// @throws IndexOutOfBoundsException if there is no such value
  public int room(int index) {
    Objects.checkIndex(index, size);
    return (int) ((start(index + 1) - start(index) - WORD) / 2 - WORD);
  }

  /// {@return a copy of all values, each as it was at some moment during the call; unmodifiable}
  public List<@Nullable Object> toList() {
    List<@Nullable Object> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(get(i));
    }
    return Collections.unmodifiableList(values);
  }

  private void checkRoom(int index, Encoded value) {
    if (value.bytes().length > room(index)) {
      throw new IllegalArgumentException(
          "a value of "
              + value.bytes().length
              + " bytes for slot "
              + index
              + ", which has room for "
              + room(index)
              + "; make the list with a longer one, or with more room");
    }
  }

  private long start(int index) {
    return Words.plainLong(data(), STARTS + (long) index * WORD);
  }

  private long side(int index, long version) {
    long first = start(index) + WORD;
    return (version & 1) == 0 ? first : first + WORD + room(index);
  }

  private static void write(MemorySegment data, long side, Encoded value) {
    byte[] bytes = value.bytes();
    Words.plainInt(data, side, value.tag().number());
    Words.plainInt(data, side + 4, bytes.length);
    MemorySegment.copy(bytes, 0, data, JAVA_BYTE, side + WORD, bytes.length);
  }

  /// What is read may be half written over; then it is thrown away.
  private Encoded read(long side, int room) {
    int tag = Words.plainInt(data(), side);
    byte[] bytes = new byte[Math.clamp(Words.plainInt(data(), side + 4), 0, room)];
    MemorySegment.copy(data(), JAVA_BYTE, side + WORD, bytes, 0, bytes.length);
    return new Encoded(Tag.numbered(tag), bytes);
  }

  @Override
  public String toString() {
    return "SharedList " + name() + ", " + size + " values";
  }

  private enum Tag {
    NULL,
    FALSE,
    TRUE,
    INT,
    LONG,
    DOUBLE,
    STRING,
    BYTES;

    @SuppressWarnings("EnumOrdinal") // all processes run the same version
    int number() {
      return ordinal();
    }

    @SuppressWarnings("EnumOrdinal")
    static Tag numbered(int number) {
      return values()[Math.clamp(number, 0, values().length - 1)];
    }
  }

  /// A value as it lies in its slot.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Encoded(Tag tag, byte[] bytes) {
    private static final byte[] NOTHING = {};

    static Encoded of(@Nullable Object value) {
      return switch (value) {
        case null -> new Encoded(Tag.NULL, NOTHING);
        case Boolean b -> new Encoded(b ? Tag.TRUE : Tag.FALSE, NOTHING);
        case Integer i -> number(Tag.INT, i);
        case Long l -> number(Tag.LONG, l);
        case Double d -> number(Tag.DOUBLE, Double.doubleToRawLongBits(d));
        case String s -> new Encoded(Tag.STRING, s.getBytes(StandardCharsets.UTF_8));
        case byte[] bytes -> new Encoded(Tag.BYTES, bytes.clone());
        default ->
            throw new IllegalArgumentException(
                "a "
                    + value.getClass().getName()
                    + " in a shared list; give null, a Boolean, Integer, Long, Double, String or"
                    + " bytes");
      };
    }

    private static Encoded number(Tag tag, long bits) {
      byte[] bytes = new byte[WORD];
      for (int i = 0; i < WORD; i++) {
        bytes[i] = (byte) (bits >>> (i * Byte.SIZE));
      }
      return new Encoded(tag, bytes);
    }

    private long bits() {
      long bits = 0;
      for (int i = 0; i < WORD; i++) {
        bits |= (bytes[i] & 0xffL) << (i * Byte.SIZE);
      }
      return bits;
    }

    @Nullable Object decoded() {
      return switch (tag) {
        case NULL -> null;
        case FALSE -> false;
        case TRUE -> true;
        case INT -> (int) bits();
        case LONG -> bits();
        case DOUBLE -> Double.longBitsToDouble(bits());
        case STRING -> new String(bytes, StandardCharsets.UTF_8);
        case BYTES -> bytes;
      };
    }
  }
}
