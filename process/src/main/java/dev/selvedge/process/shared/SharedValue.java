package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;

/// One number that several processes read and write.
///
/// ```java
/// SharedValue.OfLong total = shared.longValue(0);
///
/// total.getAndAdd(size);                        // in each process
/// total.updateAndGet(n -> Math.max(n, size));
/// ```
///
/// Each operation is atomic, without a lock, and orders what is before and after it as a volatile
/// field does. For what takes several steps there is [#lock()], or any [SharedLock] of the
/// caller's; it binds only those who take it. A process that dies leaves the value as it was before
/// or after its last operation. Thread-safe.
///
/// @since 0.1
public abstract sealed class SharedValue extends Shared {
  private static final long serialVersionUID = 1;
  private static final long LOCK = 64;

  private SharedValue(Block block, Kind kind) {
    super(block, kind, WHOLE);
  }

  private static Block create(ProcessFolder folder, Kind kind, Consumer<MemorySegment> initial)
      throws IOException {
    return Block.create(folder, kind, LOCK + SharedLock.BYTES, initial);
  }

  /// {@return the lock that belongs to this value} It travels like the value, and has no
  /// conditions.
  public final SharedLock lock() {
    return SharedLock.in(block(), kind(), LOCK);
  }

  /// A long.
  ///
  /// @since 0.1
  public static final class OfLong extends SharedValue {
    private static final long serialVersionUID = 1;
    private static final VarHandle VALUE = JAVA_LONG.varHandle();

    OfLong(Block block) {
      super(block, Kind.LONG);
    }

    static OfLong create(ProcessFolder folder, long initial) throws IOException {
      return new OfLong(
          SharedValue.create(folder, Kind.LONG, data -> data.set(JAVA_LONG, 0, initial)));
    }

    /// {@return the value}
    public long get() {
      return (long) VALUE.getVolatile(data(), 0L);
    }

    /// Sets the value.
    public void set(long value) {
      VALUE.setVolatile(data(), 0L, value);
    }

    /// Sets the value.
    ///
    /// @return what it was before
    public long getAndSet(long value) {
      return (long) VALUE.getAndSet(data(), 0L, value);
    }

    /// Sets the value if it is an expected one.
    ///
    /// @return whether it was
    public boolean compareAndSet(long expected, long value) {
      return VALUE.compareAndSet(data(), 0L, expected, value);
    }

    /// Adds to the value.
    ///
    /// @return what it was before
    public long getAndAdd(long delta) {
      return (long) VALUE.getAndAdd(data(), 0L, delta);
    }

    /// Changes the value by a function, which may be called several times, when others change it
    /// meanwhile.
    ///
    /// @return the new value
    public long updateAndGet(LongUnaryOperator function) {
      while (true) {
        long before = get();
        long after = function.applyAsLong(before);
        if (compareAndSet(before, after)) {
          return after;
        }
      }
    }

    @Override
    public String toString() {
      return "SharedValue.OfLong " + name() + " = " + get();
    }
  }

  /// A int.
  ///
  /// @since 0.1
  public static final class OfInt extends SharedValue {
    private static final long serialVersionUID = 1;
    private static final VarHandle VALUE = JAVA_INT.varHandle();

    OfInt(Block block) {
      super(block, Kind.INT);
    }

    static OfInt create(ProcessFolder folder, int initial) throws IOException {
      return new OfInt(
          SharedValue.create(folder, Kind.INT, data -> data.set(JAVA_INT, 0, initial)));
    }

    /// {@return the value}
    public int get() {
      return (int) VALUE.getVolatile(data(), 0L);
    }

    /// Sets the value.
    public void set(int value) {
      VALUE.setVolatile(data(), 0L, value);
    }

    /// Sets the value.
    ///
    /// @return what it was before
    public int getAndSet(int value) {
      return (int) VALUE.getAndSet(data(), 0L, value);
    }

    /// Sets the value if it is an expected one.
    ///
    /// @return whether it was
    public boolean compareAndSet(int expected, int value) {
      return VALUE.compareAndSet(data(), 0L, expected, value);
    }

    /// Adds to the value.
    ///
    /// @return what it was before
    public int getAndAdd(int delta) {
      return (int) VALUE.getAndAdd(data(), 0L, delta);
    }

    /// Changes the value by a function, which may be called several times, when others change it
    /// meanwhile.
    ///
    /// @return the new value
    public int updateAndGet(IntUnaryOperator function) {
      while (true) {
        int before = get();
        int after = function.applyAsInt(before);
        if (compareAndSet(before, after)) {
          return after;
        }
      }
    }

    @Override
    public String toString() {
      return "SharedValue.OfInt " + name() + " = " + get();
    }
  }

  /// A double.
  ///
  /// @since 0.1
  public static final class OfDouble extends SharedValue {
    private static final long serialVersionUID = 1;
    private static final VarHandle VALUE = JAVA_DOUBLE.varHandle();

    OfDouble(Block block) {
      super(block, Kind.DOUBLE);
    }

    static OfDouble create(ProcessFolder folder, double initial) throws IOException {
      return new OfDouble(
          SharedValue.create(folder, Kind.DOUBLE, data -> data.set(JAVA_DOUBLE, 0, initial)));
    }

    /// {@return the value}
    public double get() {
      return (double) VALUE.getVolatile(data(), 0L);
    }

    /// Sets the value.
    public void set(double value) {
      VALUE.setVolatile(data(), 0L, value);
    }

    /// Sets the value.
    ///
    /// @return what it was before
    public double getAndSet(double value) {
      return (double) VALUE.getAndSet(data(), 0L, value);
    }

    /// Sets the value if it is an expected one, bit by bit.
    ///
    /// @return whether it was
    public boolean compareAndSet(double expected, double value) {
      return VALUE.compareAndSet(data(), 0L, expected, value);
    }

    /// Adds to the value.
    ///
    /// @return what it was before
    public double getAndAdd(double delta) {
      while (true) {
        double before = get();
        if (compareAndSet(before, before + delta)) {
          return before;
        }
      }
    }

    /// Changes the value by a function, which may be called several times, when others change it
    /// meanwhile.
    ///
    /// @return the new value
    public double updateAndGet(DoubleUnaryOperator function) {
      while (true) {
        double before = get();
        double after = function.applyAsDouble(before);
        if (compareAndSet(before, after)) {
          return after;
        }
      }
    }

    @Override
    public String toString() {
      return "SharedValue.OfDouble " + name() + " = " + get();
    }
  }
}
