package dev.selvedge.process.shared;

import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// Makes objects into bytes and back, for what carries them between processes. Thread-safe.
///
/// There is one for each class loader, as what a [Codecs] has learnt about classes is worth
/// keeping, and a handle that a call has captured arrives anew with each call. It knows the loader,
/// so it is kept softly, or no loader would ever be garbage; handles keep the one that they use.
final class Parcels {
  private static final Map<ClassLoader, SoftReference<Parcels>> ALL = new WeakHashMap<>();

  private final Codecs codecs;
  private final ClassLoader loader;
  private final Queue<Encoder> encoders = new ConcurrentLinkedQueue<>();
  private final Queue<Decoder> decoders = new ConcurrentLinkedQueue<>();

  private Parcels(ClassLoader loader) {
    this.loader = loader;
    // nothing goes beside a message: a record has no place for it
    this.codecs = Codecs.load(loader).withLargeFrom(Integer.MAX_VALUE);
  }

  /// {@return the one for the classes that this thread sees}
  static Parcels current() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return of(context == null ? ClassLoader.getSystemClassLoader() : context);
  }

  private static synchronized Parcels of(ClassLoader loader) {
    SoftReference<Parcels> known = ALL.get(loader);
    Parcels parcels = known == null ? null : known.get();
    if (parcels == null) {
      parcels = new Parcels(loader);
      ALL.put(loader, new SoftReference<>(parcels));
    }
    return parcels;
  }

  /// {@return an object as bytes}
  ///
  /// @throws CannotTravelException if something in it cannot travel
  MemorySegment pack(@Nullable Object value) throws CannotTravelException {
    Encoder encoder = encoders.poll();
    if (encoder == null) {
      encoder = new Encoder(codecs);
    }
    try {
      encoder.write(value);
      return MemorySegment.ofArray(encoder.toByteArray());
    } finally {
      encoder.reset();
      encoders.add(encoder);
    }
  }

  /// {@return what was made into bytes}
  ///
  /// @throws IOException if it cannot be read here
  @Nullable Object unpack(byte[] bytes) throws IOException {
    Decoder decoder = decoders.poll();
    if (decoder == null) {
      decoder = new Decoder(codecs, loader);
    }
    try {
      decoder.open(bytes, 0, bytes.length, List.of());
      return decoder.read();
    } finally {
      decoder.reset();
      decoders.add(decoder);
    }
  }
}
