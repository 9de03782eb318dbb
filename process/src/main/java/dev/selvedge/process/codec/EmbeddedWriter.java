package dev.selvedge.process.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.lang.invoke.SerializedLambda;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// JDK serialization within a message, chunk by chunk; see [Wire].
final class EmbeddedWriter extends ObjectOutputStream {
  private final Encoding outer;
  private final ByteArrayOutputStream bytes;
  private final Set<Object> written = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable Object root; // of the chunk that is being written

  static EmbeddedWriter of(Encoding outer) throws IOException {
    return new EmbeddedWriter(outer, new ByteArrayOutputStream());
  }

  private EmbeddedWriter(Encoding outer, ByteArrayOutputStream bytes) throws IOException {
    super(bytes);
    this.outer = outer;
    this.bytes = bytes;
    enableReplaceObject(true);
  }

  boolean isBusy() {
    return root != null;
  }

  /// {@return whether the stream has written this object, so that it costs a reference}
  boolean canReferTo(Object value) {
    return root == null && written.contains(value);
  }

  /// {@return the bytes of an object}
  byte[] chunk(Object value) throws IOException {
    root = value;
    writeObject(value);
    flush();
    root = null;
    byte[] chunk = bytes.toByteArray();
    bytes.reset();
    return chunk;
  }

  @Override
  @SuppressWarnings("ReferenceEquality")
  protected @Nullable Object replaceObject(@Nullable Object object) throws IOException {
    if (object == null || object == root || isLeaf(object)) {
      return object;
    }
    if (object instanceof SerializedLambda lambda) {
      outer.lambdas().push(lambda);
      return object;
    }
    Ref reference = outer.reference(object);
    if (reference != null) {
      return reference;
    }
    written.add(object);
    return object;
  }

  private static boolean isLeaf(Object object) {
    return object instanceof String
        || object instanceof Number
        || object instanceof Enum<?>
        || object instanceof Boolean
        || object instanceof Character
        || object instanceof StackTraceElement;
  }
}
