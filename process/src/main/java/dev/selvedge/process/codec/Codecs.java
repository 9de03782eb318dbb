package dev.selvedge.process.codec;

import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/// What both ends of a connection must agree on: the codecs of the program's own types, and limits.
///
/// ```java
/// Codecs codecs =
///     Codecs.load(loader)                                  // those that ServiceLoader finds
///         .with(new MatrixCodec())
///         .withFilter(ObjectInputFilter.Config.createFilter("com.example.**;java.base/*;!*"));
/// Encoder encoder = new Encoder(codecs);
/// ```
///
/// Immutable, so that many encoders and decoders share one. It remembers how each class is written;
/// make one and keep it.
///
/// @since 0.1
public final class Codecs {
  private static final int LARGE_FROM = 1 << 16;
  private static final int MAX_DEPTH = 500; // a level takes up to a kilobyte of stack, interpreted
  private static final ObjectInputFilter NO_FILTER = info -> ObjectInputFilter.Status.UNDECIDED;

  private final List<Codec<?>> own;
  private final ObjectInputFilter filter;
  private final int largeFrom;
  private final int maxDepth;

  private final ClassValue<Form> forms =
      new ClassValue<>() {
        @Override
        protected Form computeValue(Class<?> type) {
          Codec<?> codec = nearest(type);
          return codec == null ? Forms.of(type) : new CodecForm<>(codec);
        }
      };

  private Codecs(List<Codec<?>> own, ObjectInputFilter filter, int largeFrom, int maxDepth) {
    this.own = List.copyOf(own);
    this.filter = filter;
    this.largeFrom = largeFrom;
    this.maxDepth = maxDepth;
  }

  /// {@return what travels without further codecs, with the JVM-wide filter of serialization, if
  /// there is one}
  public static Codecs standard() {
    ObjectInputFilter jvmWide = ObjectInputFilter.Config.getSerialFilter();
    return new Codecs(List.of(), jvmWide == null ? NO_FILTER : jvmWide, LARGE_FROM, MAX_DEPTH);
  }

  /// {@return the standard, and the codecs that [ServiceLoader] finds}
  ///
  /// @param loader where to look, or null for the system class loader
  /// @throws java.util.ServiceConfigurationError if one of them cannot be made
  public static Codecs load(@Nullable ClassLoader loader) {
    Codecs codecs = standard();
    for (Codec<?> codec : ServiceLoader.load(Codec.class, loader)) {
      codecs = codecs.with(codec);
    }
    return codecs;
  }

  /// {@return these, and a codec of the program's}
  ///
  /// Texts and Integers never ask for one.
  ///
  /// @throws IllegalArgumentException if there is one for the same type
  public Codecs with(Codec<?> codec) {
    Codec<?> other = codec(codec.type());
    if (other != null) {
      throw new IllegalArgumentException(
          "there is a codec for " + codec.type().getName() + " already: " + other);
    }
    List<Codec<?>> more = new ArrayList<>(own);
    more.add(codec);
    return new Codecs(more, filter, largeFrom, maxDepth);
  }

  /// {@return these, with a filter that is asked about every class that a message names, before the
  /// one that is in force now}
  ///
  /// It sees records, enums, the classes of functions, and everything that JDK serialization reads.
  /// What it rejects fails with an [java.io.InvalidClassException].
  public Codecs withFilter(ObjectInputFilter first) {
    return new Codecs(own, ObjectInputFilter.merge(first, filter), largeFrom, maxDepth);
  }

  /// {@return these, with another size from which arrays of primitives and memory go beside a
  /// message}
  ///
  /// @param bytes 65,536 if not set
  /// @throws IllegalArgumentException if it is not positive
  public Codecs withLargeFrom(int bytes) {
    return new Codecs(own, filter, positive(bytes), maxDepth);
  }

  /// {@return these, with another limit to how deeply objects may be nested in each other}
  ///
  /// @param levels 500 if not set, for which a stack of a megabyte, as threads have by default, is
  ///   large enough
  /// @throws IllegalArgumentException if it is not positive
  public Codecs withMaxDepth(int levels) {
    return new Codecs(own, filter, largeFrom, positive(levels));
  }

  private static int positive(int value) {
    if (value <= 0) {
      throw new IllegalArgumentException("must be positive: " + value);
    }
    return value;
  }

  ObjectInputFilter filter() {
    return filter;
  }

  int largeFrom() {
    return largeFrom;
  }

  int maxDepth() {
    return maxDepth;
  }

  /// {@return how objects of a class are written}
  Form form(Class<?> type) {
    return forms.get(type);
  }

  /// {@return the codec for exactly this type, or null}
  @Nullable Codec<?> codec(Class<?> type) {
    for (Codec<?> codec : own) {
      if (codec.type() == type) {
        return codec;
      }
    }
    return null;
  }

  /// {@return the codec for the nearest supertype, or null}
  private @Nullable Codec<?> nearest(Class<?> type) {
    Codec<?> nearest = null;
    for (Codec<?> codec : own) {
      if (codec.type().isAssignableFrom(type)
          && (nearest == null || nearest.type().isAssignableFrom(codec.type()))) {
        nearest = codec;
      }
    }
    return nearest;
  }
}
