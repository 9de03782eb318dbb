package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;

/// An array of numbers that several processes read and write.
///
/// ```java
/// SharedArray.OfLong counts = shared.longs(256);
///
/// counts.getAndAdd(letter, 1);                  // in each process
/// counts.accumulateAndGet(0, size, Math::max);
/// ```
///
/// Items are zero at first. `get` and `set` are plain, as of an ordinary array: to see what another
/// process has set, something has to order them, such as a [SharedLock] or a [SharedBarrier]. The
/// others are atomic, and order what is before and after them as a volatile field does. A process
/// that dies leaves each item as it was before or after its last operation. Thread-safe.
///
/// @since 0.1
public abstract sealed class SharedArray extends Shared {
  private static final long serialVersionUID = 1;

  /// Bytes are changed by the word of four.
  private static final long PADDING = Integer.BYTES;

  private final transient long scale;
  private final transient long length;

  private SharedArray(Block block, Kind kind, long scale) {
    super(block, kind, WHOLE);
    this.scale = scale;
    long bytes = block.data().byteSize() - PADDING;
    this.length = (bytes - Words.plainInt(block.data(), bytes)) / scale;
  }

  /// Creates the block of an array. Its size is that of the items, rounded up to whole words, and a
  /// word with the number of items that the last of them does not fill.
  static Block create(ProcessFolder folder, Kind kind, long length, long scale) throws IOException {
    if (length < 1 || length > Long.MAX_VALUE / scale - PADDING) {
      throw new IllegalArgumentException("an array of " + length + " items; give at least 1");
    }
    long bytes = length * scale;
    long unused = Math.floorMod(-bytes, PADDING);
    return Block.create(
        folder,
        kind,
        bytes + unused + PADDING,
        data -> Words.plainInt(data, bytes + unused, (int) unused));
  }

  /// {@return how many items}
  public final long length() {
    return length;
  }

  /// {@return the items as memory, to be read and written in bulk}
  public final MemorySegment segment() {
    return data().asSlice(0, length * scale);
  }

  /// {@return where an item is}
  final long at(long index) {
    return Objects.checkIndex(index, length) * scale;
  }

  @Override
  public final String toString() {
    return "SharedArray." + getClass().getSimpleName() + " " + name() + ", " + length() + " items";
  }

  /// An array of longs.
  ///
  /// @since 0.1
  public static final class OfLong extends SharedArray {
    private static final long serialVersionUID = 1;
    private static final long SCALE = JAVA_LONG.byteSize();
    private static final VarHandle ITEM = JAVA_LONG.varHandle();

    OfLong(Block block) {
      super(block, Kind.LONGS, SCALE);
    }

    /// {@return an item, read plainly}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public long get(long index) {
      return data().get(JAVA_LONG, at(index));
    }

    /// Writes an item plainly.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void set(long index, long value) {
      data().set(JAVA_LONG, at(index), value);
    }

    /// {@return an item, read as a volatile}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public long getVolatile(long index) {
      return (long) ITEM.getVolatile(data(), at(index));
    }

    /// Writes an item as a volatile.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void setVolatile(long index, long value) {
      ITEM.setVolatile(data(), at(index), value);
    }

    /// Sets an item if it has an expected value.
    ///
    /// @return whether it had
    /// @throws IndexOutOfBoundsException if there is no such item
    public boolean compareAndSet(long index, long expected, long value) {
      return ITEM.compareAndSet(data(), at(index), expected, value);
    }

    /// Adds to an item, atomically.
    ///
    /// @return what it was before
    /// @throws IndexOutOfBoundsException if there is no such item
    public long getAndAdd(long index, long delta) {
      return (long) ITEM.getAndAdd(data(), at(index), delta);
    }

    /// Combines an item with a value, atomically: `function` of the item and the value. It may be
    /// called several times, when others change the item meanwhile.
    ///
    /// @return the new value
    /// @throws IndexOutOfBoundsException if there is no such item
    public long accumulateAndGet(long index, long value, LongBinaryOperator function) {
      while (true) {
        long before = getVolatile(index);
        long after = function.applyAsLong(before, value);
        if (compareAndSet(index, before, after)) {
          return after;
        }
      }
    }

    /// Writes items plainly, from an index on.
    ///
    /// @throws IndexOutOfBoundsException if they do not all fit
    public void setAll(long index, long... values) {
      Objects.checkFromIndexSize(index, values.length, length());
      MemorySegment.copy(values, 0, data(), JAVA_LONG, index * SCALE, values.length);
    }

    /// {@return a copy of all items, read plainly}
    ///
    /// @throws IllegalStateException if they are too many for an array
    public long[] toArray() {
      return data().asSlice(0, length() * SCALE).toArray(JAVA_LONG);
    }
  }

  /// An array of ints.
  ///
  /// @since 0.1
  public static final class OfInt extends SharedArray {
    private static final long serialVersionUID = 1;
    private static final long SCALE = JAVA_INT.byteSize();
    private static final VarHandle ITEM = JAVA_INT.varHandle();

    OfInt(Block block) {
      super(block, Kind.INTS, SCALE);
    }

    /// {@return an item, read plainly}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public int get(long index) {
      return data().get(JAVA_INT, at(index));
    }

    /// Writes an item plainly.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void set(long index, int value) {
      data().set(JAVA_INT, at(index), value);
    }

    /// {@return an item, read as a volatile}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public int getVolatile(long index) {
      return (int) ITEM.getVolatile(data(), at(index));
    }

    /// Writes an item as a volatile.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void setVolatile(long index, int value) {
      ITEM.setVolatile(data(), at(index), value);
    }

    /// Sets an item if it has an expected value.
    ///
    /// @return whether it had
    /// @throws IndexOutOfBoundsException if there is no such item
    public boolean compareAndSet(long index, int expected, int value) {
      return ITEM.compareAndSet(data(), at(index), expected, value);
    }

    /// Adds to an item, atomically.
    ///
    /// @return what it was before
    /// @throws IndexOutOfBoundsException if there is no such item
    public int getAndAdd(long index, int delta) {
      return (int) ITEM.getAndAdd(data(), at(index), delta);
    }

    /// Combines an item with a value, atomically: `function` of the item and the value. It may be
    /// called several times, when others change the item meanwhile.
    ///
    /// @return the new value
    /// @throws IndexOutOfBoundsException if there is no such item
    public int accumulateAndGet(long index, int value, IntBinaryOperator function) {
      while (true) {
        int before = getVolatile(index);
        int after = function.applyAsInt(before, value);
        if (compareAndSet(index, before, after)) {
          return after;
        }
      }
    }

    /// Writes items plainly, from an index on.
    ///
    /// @throws IndexOutOfBoundsException if they do not all fit
    public void setAll(long index, int... values) {
      Objects.checkFromIndexSize(index, values.length, length());
      MemorySegment.copy(values, 0, data(), JAVA_INT, index * SCALE, values.length);
    }

    /// {@return a copy of all items, read plainly}
    ///
    /// @throws IllegalStateException if they are too many for an array
    public int[] toArray() {
      return data().asSlice(0, length() * SCALE).toArray(JAVA_INT);
    }
  }

  /// An array of doubles.
  ///
  /// @since 0.1
  public static final class OfDouble extends SharedArray {
    private static final long serialVersionUID = 1;
    private static final long SCALE = JAVA_DOUBLE.byteSize();
    private static final VarHandle ITEM = JAVA_DOUBLE.varHandle();

    OfDouble(Block block) {
      super(block, Kind.DOUBLES, SCALE);
    }

    /// {@return an item, read plainly}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public double get(long index) {
      return data().get(JAVA_DOUBLE, at(index));
    }

    /// Writes an item plainly.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void set(long index, double value) {
      data().set(JAVA_DOUBLE, at(index), value);
    }

    /// {@return an item, read as a volatile}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public double getVolatile(long index) {
      return (double) ITEM.getVolatile(data(), at(index));
    }

    /// Writes an item as a volatile.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void setVolatile(long index, double value) {
      ITEM.setVolatile(data(), at(index), value);
    }

    /// Sets an item if it has an expected value, bit by bit.
    ///
    /// @return whether it had
    /// @throws IndexOutOfBoundsException if there is no such item
    public boolean compareAndSet(long index, double expected, double value) {
      return ITEM.compareAndSet(data(), at(index), expected, value);
    }

    /// Adds to an item, atomically.
    ///
    /// @return what it was before
    /// @throws IndexOutOfBoundsException if there is no such item
    public double getAndAdd(long index, double delta) {
      while (true) {
        double before = getVolatile(index);
        if (compareAndSet(index, before, before + delta)) {
          return before;
        }
      }
    }

    /// Combines an item with a value, atomically: `function` of the item and the value. It may be
    /// called several times, when others change the item meanwhile.
    ///
    /// @return the new value
    /// @throws IndexOutOfBoundsException if there is no such item
    public double accumulateAndGet(long index, double value, DoubleBinaryOperator function) {
      while (true) {
        double before = getVolatile(index);
        double after = function.applyAsDouble(before, value);
        if (compareAndSet(index, before, after)) {
          return after;
        }
      }
    }

    /// Writes items plainly, from an index on.
    ///
    /// @throws IndexOutOfBoundsException if they do not all fit
    public void setAll(long index, double... values) {
      Objects.checkFromIndexSize(index, values.length, length());
      MemorySegment.copy(values, 0, data(), JAVA_DOUBLE, index * SCALE, values.length);
    }

    /// {@return a copy of all items, read plainly}
    ///
    /// @throws IllegalStateException if they are too many for an array
    public double[] toArray() {
      return data().asSlice(0, length() * SCALE).toArray(JAVA_DOUBLE);
    }
  }

  /// An array of bytes.
  ///
  /// @since 0.1
  public static final class OfByte extends SharedArray {
    private static final long serialVersionUID = 1;
    private static final long SCALE = JAVA_BYTE.byteSize();
    private static final VarHandle ITEM = JAVA_BYTE.varHandle();

    OfByte(Block block) {
      super(block, Kind.BYTES, SCALE);
    }

    /// {@return an item, read plainly}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public byte get(long index) {
      return data().get(JAVA_BYTE, at(index));
    }

    /// Writes an item plainly.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void set(long index, byte value) {
      data().set(JAVA_BYTE, at(index), value);
    }

    /// {@return an item, read as a volatile}
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public byte getVolatile(long index) {
      return (byte) ITEM.getVolatile(data(), at(index));
    }

    /// Writes an item as a volatile.
    ///
    /// @throws IndexOutOfBoundsException if there is no such item
    public void setVolatile(long index, byte value) {
      ITEM.setVolatile(data(), at(index), value);
    }

    /// Sets an item if it has an expected value.
    ///
    /// @return whether it had
    /// @throws IndexOutOfBoundsException if there is no such item
    public boolean compareAndSet(long index, byte expected, byte value) {
      return ByteCells.compareAndSet(data(), at(index), expected, value);
    }

    /// Adds to an item, atomically.
    ///
    /// @return what it was before
    /// @throws IndexOutOfBoundsException if there is no such item
    public byte getAndAdd(long index, byte delta) {
      while (true) {
        byte before = getVolatile(index);
        if (compareAndSet(index, before, (byte) (before + delta))) {
          return before;
        }
      }
    }

    /// Combines an item with a value, atomically: `function` of the item and the value. It may be
    /// called several times, when others change the item meanwhile.
    ///
    /// @return the new value
    /// @throws IndexOutOfBoundsException if there is no such item
    public byte accumulateAndGet(long index, byte value, IntBinaryOperator function) {
      while (true) {
        byte before = getVolatile(index);
        byte after = (byte) function.applyAsInt(before, value);
        if (compareAndSet(index, before, after)) {
          return after;
        }
      }
    }

    /// Writes items plainly, from an index on.
    ///
    /// @throws IndexOutOfBoundsException if they do not all fit
    public void setAll(long index, byte... values) {
      Objects.checkFromIndexSize(index, values.length, length());
      MemorySegment.copy(values, 0, data(), JAVA_BYTE, index * SCALE, values.length);
    }

    /// {@return a copy of all items, read plainly}
    ///
    /// @throws IllegalStateException if they are too many for an array
    public byte[] toArray() {
      return data().asSlice(0, length() * SCALE).toArray(JAVA_BYTE);
    }
  }
}
