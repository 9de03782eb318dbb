package dev.selvedge.process.codec;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a [Word] stands for where it is read.
sealed interface Meaning {

  /// A class.
  record Type(Class<?> type) implements Meaning {}

  /// An enum.
  record Constants(Class<?> type, List<Object> constants) implements Meaning {
    Object constant(int ordinal) throws CorruptMessageException {
      if (ordinal >= constants.size()) {
        throw new CorruptMessageException(type.getName() + " has no constant " + ordinal);
      }
      return constants.get(ordinal);
    }
  }

  /// The type of a codec.
  record Coded(Codec<?> codec) implements Meaning {
    Object read(Source source) throws IOException {
      try {
        return codec.read(source);
      } catch (RuntimeException | LinkageError e) {
        throw new UnreadableObjectException(
            codec.getClass().getName() + " cannot read a " + codec.type().getName() + ": " + e, e);
      }
    }
  }

  /// A record.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Components(Class<?> type, Class<?>[] types, MethodHandle maker) implements Meaning {
    Object read(Decoding in) throws IOException {
      @Nullable Object[] values = new Object[types.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = RecordForm.read(in, types[i]);
      }
      try {
        return (Object) maker.invokeExact(values);
      } catch (VirtualMachineError e) {
        throw e;
      } catch (Throwable e) {
        throw new UnreadableObjectException(
            "the constructor of the record " + type.getName() + " threw " + e, e);
      }
    }
  }

  /// A function without its captured values.
  final class Function implements Meaning {
    private final Class<?> type; // in whose code it is written
    private final Method maker;
    private final List<String> texts;
    private final int kind;
    private final int captured;
    private @Nullable Object made; // if it captures nothing

    Function(Class<?> type, Method maker, List<String> texts, int kind, int captured) {
      this.type = type;
      this.maker = maker;
      this.texts = texts;
      this.kind = kind;
      this.captured = captured;
    }

    int captured() {
      return captured;
    }

    /// {@return the function that captures nothing, always the same one}
    Object function() throws IOException {
      Object function = made;
      if (function == null) {
        if (captured != 0) {
          throw new CorruptMessageException("a function without the values that it captured");
        }
        function = make(new Object[0]);
        made = function;
      }
      return function;
    }

    Object make(@Nullable Object[] values) throws IOException {
      var lambda =
          new SerializedLambda(
              type,
              texts.get(0),
              texts.get(1),
              texts.get(2),
              kind,
              texts.get(3),
              texts.get(4),
              texts.get(5),
              texts.get(6),
              values);
      try {
        Object function = maker.invoke(null, lambda);
        if (function != null) {
          return function;
        }
      } catch (InvocationTargetException e) {
        throw refused(e.getCause() == null ? e : e.getCause());
      } catch (IllegalAccessException | RuntimeException e) {
        throw refused(e);
      }
      throw refused(null);
    }

    private UnreadableObjectException refused(@Nullable Throwable cause) {
      return new UnreadableObjectException(
          "the class "
              + type.getName()
              + " cannot make its function "
              + texts.get(4)
              + (cause == null ? "" : ": " + cause)
              + "; is it the same version at both ends?",
          cause);
    }
  }
}
