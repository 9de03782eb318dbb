package dev.selvedge.process.codec;

import java.util.Arrays;
import java.util.List;

/// The description of a class or a function, as bytes; equal if the bytes are.
///
/// The first byte is a [Kind]. See [Wire] for how words travel.
final class Word {

  /// What a word describes.
  enum Kind {
    /// A class, by name.
    CLASS,
    /// A record: its class, and the fingerprint of its components.
    RECORD,
    /// An enum: its class, and the fingerprint of its constants.
    ENUM,
    /// A function: everything about a `SerializedLambda` but the captured values.
    LAMBDA,
    /// A codec: the class of its type.
    CODEC;

    private static final List<Kind> ALL = List.of(values());

    static Kind of(int number) throws CorruptMessageException {
      if (number < 0 || number >= ALL.size()) {
        throw new CorruptMessageException("no kind of word has the number " + number);
      }
      return ALL.get(number);
    }
  }

  /// The classes that need no description, by number. New ones go to the end.
  static final List<Class<?>> EVERYBODYS =
      List.of(
          Object.class,
          String.class,
          Integer.class,
          Long.class,
          Double.class,
          Boolean.class,
          Byte.class,
          Short.class,
          Character.class,
          Float.class,
          Number.class,
          int[].class,
          long[].class,
          double[].class,
          byte[].class,
          float[].class,
          char[].class,
          short[].class,
          boolean[].class,
          String[].class,
          Object[].class,
          int.class,
          long.class,
          double.class,
          boolean.class,
          byte.class,
          short.class,
          char.class,
          float.class,
          void.class);

  private static final ClassValue<Word> CLASSES =
      new ClassValue<>() {
        @Override
        protected Word computeValue(Class<?> type) {
          return of(Kind.CLASS, EVERYBODYS.indexOf(type), type.getName());
        }
      };

  private final byte[] bytes;
  private final int from;
  private final int length;
  private final int hash;
  private final int everybodys; // the number in EVERYBODYS, or -1

  private Word(byte[] bytes, int from, int length, int everybodys) {
    this.bytes = bytes;
    this.from = from;
    this.length = length;
    this.everybodys = everybodys;
    this.hash = hash(bytes, from, length);
  }

  private static int hash(byte[] bytes, int from, int length) {
    int hash = 1;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash;
  }

  static Word ofClass(Class<?> type) {
    return CLASSES.get(type);
  }

  static Word ofShape(Kind kind, Class<?> type, String shape) {
    WriteBuffer buffer = start(kind, type.getName());
    buffer.putInt(shape.hashCode());
    return of(buffer, -1);
  }

  static Word ofCodec(Class<?> type) {
    return of(Kind.CODEC, -1, type.getName());
  }

  static WriteBuffer start(Kind kind, String name) {
    var buffer = new WriteBuffer();
    buffer.putByte(Kind.ALL.indexOf(kind));
    buffer.putText(name);
    return buffer;
  }

  static Word of(WriteBuffer buffer) {
    return of(buffer, -1);
  }

  private static Word of(Kind kind, int everybodys, String name) {
    return of(start(kind, name), everybodys);
  }

  private static Word of(WriteBuffer buffer, int everybodys) {
    return new Word(buffer.toByteArray(), 0, buffer.length(), everybodys);
  }

  /// Stands for bytes that lie in a larger array, to look them up; not to be kept.
  static Word view(byte[] bytes, int from, int length) {
    return new Word(bytes, from, length, -1);
  }

  Word copy() {
    return new Word(Arrays.copyOfRange(bytes, from, from + length), 0, length, everybodys);
  }

  int everybodys() {
    return everybodys;
  }

  void writeTo(WriteBuffer out) {
    out.putCount(length);
    out.putBytes(bytes, from, length);
  }

  ReadBuffer read() {
    var buffer = new ReadBuffer();
    buffer.open(bytes, from, length);
    return buffer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Word word
        && hash == word.hash
        && Arrays.equals(
            bytes, from, from + length, word.bytes, word.from, word.from + word.length);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
