package dev.selvedge.process.codec;

import java.io.IOException;

/// Writes and reads the objects of one type, in a form of its own.
///
/// Records, enums, collections and what is serializable travel without one. A codec is for what
/// does not, and for what should travel smaller or faster:
///
/// ```java
/// public final class MatrixCodec implements Codec<Matrix> {
///   @Override
///   public Class<Matrix> type() {
///     return Matrix.class;
///   }
///
///   @Override
///   public void write(Matrix matrix, Sink sink) throws IOException {
///     sink.writeInt(matrix.columns());
///     sink.writeObject(matrix.cells());
///   }
///
///   @Override
///   public Matrix read(Source source) throws IOException {
///     int columns = source.readInt();
///     return new Matrix(columns, source.readObject(double[].class));
///   }
/// }
/// ```
///
/// [Codecs#load] finds it by [java.util.ServiceLoader]; [Codecs#with] adds it by hand. Both ends
/// need it. It also serves the subtypes of its type, unless there is a codec for a nearer one, and
/// goes before every form that a type would have without it.
///
/// **Sharing.** An object that occurs twice in a message is written once, and arrives as one. An
/// object that contains itself is refused, since it could not be referred to before `read` has
/// returned.
///
/// **Failures.** What `write` throws makes the message refused ([CannotTravelException]); what
/// `read` throws becomes an [UnreadableObjectException], unless it is an [IOException] already.
/// `read` must read exactly what `write` wrote.
///
/// **Threads.** Many threads use one codec at the same time.
///
/// @param <T> the type
/// @since 0.1
public interface Codec<T> {

  /// {@return the type whose objects it writes}
  Class<T> type();

  /// Writes an object.
  ///
  /// @throws IOException if the object, or something in it, cannot travel
  void write(T value, Sink sink) throws IOException;

  /// Reads an object.
  ///
  /// @return never null
  /// @throws IOException if what was written cannot be read
  T read(Source source) throws IOException;
}
