package dev.selvedge.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamException;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
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
public final class Carrier {
  private Carrier() {}

  /// An object in its travelling form, and who reads it again.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Parcel(byte[] bytes, @Nullable ClassLoader loader) {
    /// {@return a copy of the object}
    ///
    /// @throws IOException if its bytes cannot be read
    /// @throws ClassNotFoundException if the reader does not know a class
    public @Nullable Object open() throws IOException, ClassNotFoundException {
      try (var in = new Reader(this)) {
        return in.readObject();
      }
    }
  }

  /// Something in an object cannot travel.
  public static final class CannotTravelException extends IOException {
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
  public static Parcel pack(@Nullable Object object, @Nullable ClassLoader loader)
      throws CannotTravelException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new Writer(bytes)) {
      try {
        out.writeObject(object);
      } catch (IOException | RuntimeException e) {
        throw new CannotTravelException(
            Obstacles.describe(out.lambdas, object, e, Carrier::failureOf), e);
      }
    } catch (CannotTravelException e) {
      throw e;
    } catch (IOException e) {
      throw new CannotTravelException(String.valueOf(e.getMessage()), e);
    }
    return new Parcel(bytes.toByteArray(), loader);
  }

  private static @Nullable Exception failureOf(@Nullable Object captured) {
    try (var out = new Writer(OutputStream.nullOutputStream())) {
      out.writeObject(captured);
      return null;
    } catch (IOException | RuntimeException e) {
      return e;
    }
  }

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
        default ->
            Fieldless.isFieldless(object.getClass())
                ? new FieldlessForm(object.getClass())
                : object;
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

  private record FieldlessForm(Class<?> type) implements Serializable {
    Object readResolve() throws ObjectStreamException {
      return Fieldless.make(type);
    }
  }

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
