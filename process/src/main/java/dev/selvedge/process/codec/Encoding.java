package dev.selvedge.process.codec;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the values of a message, in the form that [Wire] describes.
final class Encoding implements Sink {
  private final Codecs codecs;
  private final WriteBuffer out = new WriteBuffer();
  private final Words words;
  private final Handles handles = new Handles();
  private final List<MemorySegment> large = new ArrayList<>();
  private final ArrayDeque<SerializedLambda> lambdas = new ArrayDeque<>(); // the last one first
  private @Nullable EmbeddedWriter embedded;
  private int hoisted;
  private int depth;

  Encoding(Codecs codecs, @Nullable Lexicon lexicon) {
    this.codecs = codecs;
    this.words = new Words(lexicon);
    clear();
  }

  /// Begins a message.
  void clear() {
    out.clear();
    out.putByte(Wire.VERSION);
    words.nextMessage();
    handles.clear();
    large.clear();
    lambdas.clear();
    embedded = null;
    hoisted = 0;
    depth = 0;
  }

  Codecs codecs() {
    return codecs;
  }

  WriteBuffer out() {
    return out;
  }

  List<MemorySegment> large() {
    return large;
  }

  /// {@return the functions met in this message, the last one first}
  ArrayDeque<SerializedLambda> lambdas() {
    return lambdas;
  }

  void value(@Nullable Object value) throws IOException {
    if (value == null) {
      out.putByte(Wire.NULL);
    } else if (value instanceof String text) {
      out.putByte(Wire.TEXT);
      out.putText(text);
    } else if (value instanceof Integer number) {
      integer(number);
    } else {
      codecs.form(value.getClass()).write(this, value);
    }
  }

  private void integer(int value) {
    if (value >= Wire.SMALLEST_INT && value <= Wire.LARGEST_SMALL_INT) {
      out.putByte(Wire.SMALL_INT + value - Wire.SMALLEST_INT);
    } else if (value == (byte) value) {
      out.putByte(Wire.INT_1);
      out.putByte(value);
    } else if (value == (short) value) {
      out.putByte(Wire.INT_2);
      out.putShort(value);
    } else {
      out.putByte(Wire.INT_4);
      out.putInt(value);
    }
  }

  void tag(int tag) {
    out.putByte(tag);
  }

  void word(Word word) {
    words.write(word, out);
  }

  /// Writes an object that may occur twice.
  ///
  /// @param open whether it cannot be referred to until its contents are written
  void shared(Object value, boolean open, Form contents) throws IOException {
    int known = handles.find(value);
    if (known >= 0) {
      back(known, value);
      return;
    }
    int handle = handles.add(value, open);
    if (++depth > codecs.maxDepth()) {
      throw tooDeep();
    }
    if (embedded != null && embedded.canReferTo(value)) {
      embedded(value);
    } else {
      contents.write(this, value);
    }
    depth--;
    handles.complete(handle);
  }

  private void back(int handle, Object value) throws InvalidObjectException {
    refuseOpen(handle, value);
    out.putByte(Wire.BACK);
    out.putCount(handle);
  }

  private void refuseOpen(int handle, Object value) throws InvalidObjectException {
    if (handles.isOpen(handle)) {
      throw new InvalidObjectException(
          "a "
              + value.getClass().getName()
              + " contains itself, and could not be made before its contents; let the way back to"
              + " it go through an array or a collection that it does not need in order to exist");
    }
  }

  private InvalidObjectException tooDeep() {
    return new InvalidObjectException(
        "the structure is nested more than "
            + codecs.maxDepth()
            + " deep; send it as a flat list, or raise Codecs.maxDepth");
  }

  /// Writes an object in the next chunk of the JDK's serialization.
  void embedded(Object value) throws IOException {
    if (embedded == null) {
      embedded = EmbeddedWriter.of(this);
    }
    if (embedded.isBusy()) {
      out.putByte(Wire.EMBEDDED_ALONE);
      chunk(EmbeddedWriter.of(this), value);
    } else {
      out.putByte(Wire.EMBEDDED);
      chunk(embedded, value);
    }
  }

  private void chunk(EmbeddedWriter writer, Object value) throws IOException {
    byte[] bytes = writer.chunk(value);
    out.putByte(Wire.CHUNK);
    out.putCount(bytes.length);
    out.putBytes(bytes, 0, bytes.length);
  }

  /// {@return what stands in the JDK's serialization for an object that is written here, or null if
  /// the JDK writes it}
  @Nullable Ref reference(Object value) throws IOException {
    int known = handles.find(value);
    if (known >= 0) {
      refuseOpen(known, value);
      return new Ref(known);
    }
    if (!isHoisted(value)) {
      return null;
    }
    out.putByte(Wire.HOISTED);
    value(value);
    return new Ref(~hoisted++);
  }

  private boolean isHoisted(Object value) {
    Form form = codecs.form(value.getClass());
    if (form.equals(Forms.EMBEDDED)) {
      return false;
    }
    return !(value instanceof Serializable)
        || form instanceof CodecForm
        || Primitive.sizeOf(value) >= codecs.largeFrom();
  }

  @Override
  public void writeBoolean(boolean value) {
    out.putByte(value ? 1 : 0);
  }

  @Override
  public void writeByte(int value) {
    out.putByte(value);
  }

  @Override
  public void writeInt(int value) {
    out.putInt(value);
  }

  @Override
  public void writeCount(int value) {
    out.putCount(value);
  }

  @Override
  public void writeLong(long value) {
    out.putLong(value);
  }

  @Override
  public void writeDouble(double value) {
    out.putLong(Double.doubleToRawLongBits(value));
  }

  @Override
  public void writeText(String value) {
    out.putText(value);
  }

  @Override
  public void writeObject(@Nullable Object value) throws IOException {
    value(value);
  }

  @Override
  public void writeMemory(MemorySegment memory) {
    if (memory.byteSize() >= codecs.largeFrom()) {
      out.putByte(Wire.LARGE_MEMORY);
      index(memory);
    } else {
      out.putByte(Wire.MEMORY);
      out.putCount((int) memory.byteSize());
      out.putMemory(memory);
    }
  }

  /// Puts memory beside the message.
  void index(MemorySegment memory) {
    out.putCount(large.size());
    large.add(memory);
  }
}
