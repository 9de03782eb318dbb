package dev.selvedge.process.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.jspecify.annotations.Nullable;

/// There and back.
final class Trip {
  static final Codecs CODECS = Codecs.standard();
  static final ClassLoader LOADER = Trip.class.getClassLoader();

  private Trip() {}

  static Message there(@Nullable Object value) throws IOException {
    return there(CODECS, value);
  }

  static Message there(Codecs codecs, @Nullable Object value) throws IOException {
    var encoder = new Encoder(codecs);
    encoder.write(value);
    return encoder.toMessage();
  }

  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
  static <T extends @Nullable Object> T back(Codecs codecs, Message message) throws IOException {
    var decoder = new Decoder(codecs, LOADER);
    decoder.open(message);
    T value = (T) decoder.read();
    if (decoder.hasNext()) {
      throw new AssertionError("something is left over");
    }
    return value;
  }

  static <T extends @Nullable Object> T of(T value) throws IOException {
    return of(CODECS, value);
  }

  static <T extends @Nullable Object> T of(Codecs codecs, T value) throws IOException {
    return back(codecs, there(codecs, value));
  }

  /// The same by JDK serialization.
  @SuppressWarnings("unchecked")
  static <T extends @Nullable Object> T ofJdk(T value) throws IOException, ClassNotFoundException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }

  static boolean isEmbedded(Message message) {
    String text = new String(message.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.contains("\u00AC\u00ED\u0000\u0005"); // the header of JDK serialization
  }
}
