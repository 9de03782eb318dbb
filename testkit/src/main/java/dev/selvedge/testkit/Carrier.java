package dev.selvedge.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamException;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Java serialization, and a little more: what work captures in practice.
///
/// Beside what is serializable, there travel paths of the default file system, [Optional],
/// [Charset], and objects without fields of classes outside the JDK, which are made anew. The last
/// is what a lambda in a compact source file captures as `this`, if it calls a method of the
/// program.
final class Carrier {
  private Carrier() {}

  /// An object in its travelling form, and who reads it again.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Parcel(byte[] bytes, @Nullable ClassLoader loader) {
    @Nullable Object open() throws IOException, ClassNotFoundException {
      try (var in = new Reader(this)) {
        return in.readObject();
      }
    }
  }

  /// Something in an object cannot travel.
  static final class CannotTravelException extends IOException {
    private static final long serialVersionUID = 1;

    CannotTravelException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// {@return the travelling form of an object}
  ///
  /// @param loader who knows the classes at the other end
  /// @throws CannotTravelException if something in it cannot travel; the message says what, as a
  ///   part of a sentence
  static Parcel pack(@Nullable Object object, @Nullable ClassLoader loader)
      throws CannotTravelException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new Writer(bytes)) {
      try {
        out.writeObject(object);
      } catch (IOException | RuntimeException e) {
        throw new CannotTravelException(describe(out.lambdas, object, e), e);
      }
    } catch (CannotTravelException e) {
      throw e;
    } catch (IOException e) {
      throw new CannotTravelException(String.valueOf(e.getMessage()), e);
    }
    return new Parcel(bytes.toByteArray(), loader);
  }

  // ---- what cannot travel, in words -----------------------------------------------------------

  /// Names the captured variable of the innermost lambda that holds what cannot travel.
  private static String describe(
      ArrayDeque<SerializedLambda> lambdas, @Nullable Object object, Exception failure) {
    for (SerializedLambda lambda : lambdas) {
      for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
        Object captured = lambda.getCapturedArg(i);
        Exception why = failureOf(captured);
        if (why != null) {
          return Captures.describe(lambda, i) + culprit(captured, why);
        }
      }
    }
    return object == null ? "null" : "the work (" + name(object) + ")" + culprit(object, failure);
  }

  private static @Nullable Exception failureOf(@Nullable Object captured) {
    try (var out = new Writer(OutputStream.nullOutputStream())) {
      out.writeObject(captured);
      return null;
    } catch (IOException | RuntimeException e) {
      return e;
    }
  }

  private static String culprit(Object object, Exception failure) {
    if (!(failure instanceof NotSerializableException)) {
      return " cannot be written: " + failure;
    }
    String type = String.valueOf(failure.getMessage());
    if (type.contains("$$Lambda")) {
      return " is or holds a lambda whose type is not Serializable;"
          + " declare it as Call, Action, Fn or another serializable type";
    }
    return type.equals(object.getClass().getName())
        ? " is a " + type + ", which is not Serializable"
        : " (a " + name(object) + ") holds a " + type + ", which is not Serializable";
  }

  private static String name(Object object) {
    return object.getClass().isHidden() ? "a lambda" : object.getClass().getName();
  }

  // ---- writing --------------------------------------------------------------------------------

  private static final class Writer extends ObjectOutputStream {
    private final ArrayDeque<SerializedLambda> lambdas = new ArrayDeque<>(); // the last one first

    Writer(OutputStream out) throws IOException {
      super(out);
      enableReplaceObject(true);
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      return switch (object) {
        case SerializedLambda lambda -> {
          lambdas.push(lambda);
          yield lambda;
        }
        case Path path when path.getFileSystem().equals(FileSystems.getDefault()) ->
            new PathForm(path.toString());
        case Optional<?> optional -> new OptionalForm(optional.orElse(null));
        case Charset charset -> new CharsetForm(charset.name());
        case null -> null;
        default -> isFieldless(object) ? new Fieldless(object.getClass()) : object;
      };
    }
  }

  private record PathForm(String path) implements Serializable {
    Object readResolve() {
      return Path.of(path);
    }
  }

  private record OptionalForm(@Nullable Object value) implements Serializable {
    Object readResolve() {
      return Optional.ofNullable(value);
    }
  }

  private record CharsetForm(String name) implements Serializable {
    Object readResolve() {
      return Charset.forName(name);
    }
  }

  /// An object without state is as good as another one of its class.
  private record Fieldless(Class<?> type) implements Serializable {
    Object readResolve() throws ObjectStreamException {
      try {
        Constructor<?> constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
      } catch (ReflectiveOperationException | RuntimeException e) {
        var refused = new InvalidObjectException("cannot make a " + type.getName() + ": " + e);
        refused.initCause(e);
        throw refused;
      }
    }
  }

  private static boolean isFieldless(Object object) {
    Class<?> type = object.getClass();
    if (object instanceof Serializable
        || type.isHidden()
        || type.isArray()
        || isOfJdk(type)
        || !hasPlainConstructor(type)) {
      return false;
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          return false;
        }
      }
    }
    return true;
  }

  /// Objects of the JDK without fields are locks and the like: another one would not do.
  private static boolean isOfJdk(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
  }

  private static boolean hasPlainConstructor(Class<?> type) {
    try {
      return type.getDeclaredConstructor().trySetAccessible();
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  private static final class Reader extends ObjectInputStream {
    private final @Nullable ClassLoader loader;

    Reader(Parcel parcel) throws IOException {
      super(new ByteArrayInputStream(parcel.bytes()));
      this.loader = parcel.loader();
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass form)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(form.getName(), false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(form); // primitive types, and the classes of this module
      }
    }
  }
}
