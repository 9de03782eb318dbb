package dev.selvedge.process.codec;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Records, component by component, made again by their canonical constructor.
///
/// The fields are read rather than the accessors called, as JDK serialization does: a record may
/// hand out copies. Records that are serializable and say how (`writeReplace`, `readResolve`), and
/// those whose module does not let us in, are left to the JDK.
final class RecordForm implements Form {
  private final Word word;
  private final MethodHandle[] fields; // (Object) to the type, if primitive, or Object
  private final Class<?>[] types;
  private final Form contents = this::contents;

  private RecordForm(Word word, MethodHandle[] fields, Class<?>[] types) {
    this.word = word;
    this.fields = fields;
    this.types = types;
  }

  static Form of(Class<?> type) {
    if (saysHow(type)) {
      return Forms.EMBEDDED;
    }
    try {
      constructor(type).setAccessible(true);
      Class<?>[] types = types(type);
      return new RecordForm(Word.ofShape(Word.Kind.RECORD, type, shape(type)), fields(type), types);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return Serializable.class.isAssignableFrom(type) ? Forms.EMBEDDED : closed(type);
    }
  }

  private static Form closed(Class<?> type) {
    return (out, value) -> {
      throw new InvalidObjectException(
          "the record "
              + type.getName()
              + " is not Serializable, and its module does not open its package to"
              + " dev.selvedge.process; do one of both");
    };
  }

  private static boolean saysHow(Class<?> type) {
    return Serializable.class.isAssignableFrom(type)
        && Arrays.stream(type.getDeclaredMethods())
            .anyMatch(
                method ->
                    method.getParameterCount() == 0
                        && (method.getName().equals("writeReplace")
                            || method.getName().equals("readResolve")));
  }

  static Class<?>[] types(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getType)
        .toArray(Class<?>[]::new);
  }

  static String shape(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> component.getName() + ":" + component.getType().getName())
        .collect(Collectors.joining(","));
  }

  static Constructor<?> constructor(Class<?> type) throws NoSuchMethodException {
    return type.getDeclaredConstructor(types(type));
  }

  /// {@return the canonical constructor, from an array of the components}
  static MethodHandle maker(Class<?> type) throws ReflectiveOperationException {
    Constructor<?> constructor = constructor(type);
    constructor.setAccessible(true);
    return MethodHandles.lookup()
        .unreflectConstructor(constructor)
        .asSpreader(Object[].class, constructor.getParameterCount())
        .asType(MethodType.methodType(Object.class, Object[].class));
  }

  private static MethodHandle[] fields(Class<?> type) throws ReflectiveOperationException {
    RecordComponent[] components = type.getRecordComponents();
    MethodHandle[] fields = new MethodHandle[components.length];
    for (int i = 0; i < fields.length; i++) {
      Field field = type.getDeclaredField(components[i].getName());
      field.setAccessible(true);
      MethodHandle getter = MethodHandles.lookup().unreflectGetter(field);
      Class<?> result = field.getType().isPrimitive() ? field.getType() : Object.class;
      fields[i] = getter.asType(MethodType.methodType(result, Object.class));
    }
    return fields;
  }

  @Override
  public void write(Encoding out, Object value) throws IOException {
    out.shared(value, true, contents);
  }

  private void contents(Encoding out, Object value) throws IOException {
    out.tag(Wire.RECORD);
    out.word(word);
    for (int i = 0; i < fields.length; i++) {
      component(out, fields[i], types[i], value);
    }
  }

  private static void component(Encoding out, MethodHandle field, Class<?> type, Object value)
      throws IOException {
    if (!type.isPrimitive()) {
      out.value(reference(field, value));
      return;
    }
    try {
      primitive(out.out(), field, type, value);
    } catch (Throwable e) {
      throw new AssertionError("reading a field does not throw", e);
    }
  }

  private static @Nullable Object reference(MethodHandle field, Object value) {
    try {
      return (Object) field.invokeExact(value);
    } catch (Throwable e) {
      throw new AssertionError("reading a field does not throw", e);
    }
  }

  private static void primitive(WriteBuffer out, MethodHandle field, Class<?> type, Object value)
      throws Throwable {
    if (type == int.class) {
      out.putInt((int) field.invokeExact(value));
    } else if (type == long.class) {
      out.putLong((long) field.invokeExact(value));
    } else if (type == double.class) {
      out.putLong(Double.doubleToRawLongBits((double) field.invokeExact(value)));
    } else if (type == boolean.class) {
      out.putByte((boolean) field.invokeExact(value) ? 1 : 0);
    } else if (type == byte.class) {
      out.putByte((byte) field.invokeExact(value));
    } else if (type == short.class) {
      out.putShort((short) field.invokeExact(value));
    } else if (type == char.class) {
      out.putShort((char) field.invokeExact(value));
    } else {
      out.putInt(Float.floatToRawIntBits((float) field.invokeExact(value)));
    }
  }

  /// Reads what [#component] wrote.
  static @Nullable Object read(Decoding in, Class<?> type) throws IOException {
    return type.isPrimitive() ? readPrimitive(in.in(), type) : in.value();
  }

  private static Object readPrimitive(ReadBuffer in, Class<?> type) throws CorruptMessageException {
    if (type == int.class) {
      return in.getInt();
    } else if (type == long.class) {
      return in.getLong();
    } else if (type == double.class) {
      return Double.longBitsToDouble(in.getLong());
    } else if (type == boolean.class) {
      return in.getByte() != 0;
    } else if (type == byte.class) {
      return in.getByte();
    } else if (type == short.class) {
      return in.getShort();
    } else if (type == char.class) {
      return (char) in.getShort();
    }
    return Float.intBitsToFloat(in.getInt());
  }
}
