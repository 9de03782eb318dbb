package dev.selvedge.process.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.ByteOrder;
import java.util.List;

/// The kinds of arrays of primitives, by number.
@SuppressWarnings("ImmutableEnumChecker") // layouts are immutable, without saying so
enum Primitive {
  BOOLEAN(0, boolean.class, ValueLayout.JAVA_BYTE),
  BYTE(1, byte.class, ValueLayout.JAVA_BYTE),
  SHORT(2, short.class, ValueLayout.JAVA_SHORT_UNALIGNED),
  CHAR(3, char.class, ValueLayout.JAVA_CHAR_UNALIGNED),
  INT(4, int.class, ValueLayout.JAVA_INT_UNALIGNED),
  LONG(5, long.class, ValueLayout.JAVA_LONG_UNALIGNED),
  FLOAT(6, float.class, ValueLayout.JAVA_FLOAT_UNALIGNED),
  DOUBLE(7, double.class, ValueLayout.JAVA_DOUBLE_UNALIGNED);

  private static final List<Primitive> ALL = List.of(values());

  private final int number;
  private final Class<?> type;
  private final ValueLayout inMemory; // beside a message, as the machine has it
  private final ValueLayout inMessage; // the low byte first

  Primitive(int number, Class<?> type, ValueLayout layout) {
    this.number = number;
    this.type = type;
    this.inMemory = layout;
    this.inMessage = layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  static Primitive of(Class<?> type) {
    for (Primitive primitive : ALL) {
      if (primitive.type == type) {
        return primitive;
      }
    }
    throw new IllegalArgumentException(type + " is no primitive type with arrays");
  }

  static Primitive of(int number) throws CorruptMessageException {
    if (number < 0 || number >= ALL.size()) {
      throw new CorruptMessageException("no primitive type has the number " + number);
    }
    return ALL.get(number);
  }

  /// {@return the bytes of an array of primitives; 0 for another object}
  static long sizeOf(Object object) {
    Class<?> component = object.getClass().getComponentType();
    return component != null && component.isPrimitive()
        ? of(component).size(Array.getLength(object))
        : 0;
  }

  int number() {
    return number;
  }

  long size(int count) {
    return count * inMemory.byteSize();
  }

  void write(WriteBuffer out, Object array, int count) {
    Object elements = this == BOOLEAN ? asBytes((boolean[]) array) : array;
    out.putArray(elements, count, inMessage);
  }

  Object read(ReadBuffer in) throws CorruptMessageException {
    int count = in.claimBytes((int) inMemory.byteSize());
    Object elements = newElements(count);
    in.getArray(elements, count, inMessage);
    return this == BOOLEAN ? asBooleans((byte[]) elements) : elements;
  }

  /// {@return the memory of an array: the very same, except for booleans}
  MemorySegment memory(Object array) {
    return switch (this) {
      case BOOLEAN -> MemorySegment.ofArray(asBytes((boolean[]) array));
      case BYTE -> MemorySegment.ofArray((byte[]) array);
      case SHORT -> MemorySegment.ofArray((short[]) array);
      case CHAR -> MemorySegment.ofArray((char[]) array);
      case INT -> MemorySegment.ofArray((int[]) array);
      case LONG -> MemorySegment.ofArray((long[]) array);
      case FLOAT -> MemorySegment.ofArray((float[]) array);
      case DOUBLE -> MemorySegment.ofArray((double[]) array);
    };
  }

  /// {@return memory for the elements of an array, in the heap}
  ///
  /// @throws CorruptMessageException if no array has so many bytes
  MemorySegment allocate(long bytes) throws CorruptMessageException {
    return memory(Array.newInstance(type, count(bytes)));
  }

  /// {@return an array with what is in the memory: the very one behind it, if there is one}
  Object read(MemorySegment memory) throws CorruptMessageException {
    int count = count(memory.byteSize());
    Object behind = memory.heapBase().orElse(null);
    if (behind != null
        && behind.getClass().componentType() == type
        && Array.getLength(behind) == count) {
      return behind;
    }
    Object elements = newElements(count);
    MemorySegment.copy(memory, inMemory, 0, elements, 0, count);
    return this == BOOLEAN ? asBooleans((byte[]) elements) : elements;
  }

  private int count(long bytes) throws CorruptMessageException {
    long count = bytes / inMemory.byteSize();
    if (count < 0 || count * inMemory.byteSize() != bytes || count > Integer.MAX_VALUE - 8) {
      throw new CorruptMessageException(bytes + " bytes of memory are no array of " + type);
    }
    return (int) count;
  }

  private Object newElements(int count) {
    return this == BOOLEAN ? new byte[count] : Array.newInstance(type, count);
  }

  private static byte[] asBytes(boolean[] array) {
    byte[] bytes = new byte[array.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (array[i] ? 1 : 0);
    }
    return bytes;
  }

  private static boolean[] asBooleans(byte[] bytes) {
    boolean[] array = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      array[i] = bytes[i] != 0;
    }
    return array;
  }
}
