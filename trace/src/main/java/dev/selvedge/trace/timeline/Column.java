package dev.selvedge.trace.timeline;

import java.io.ByteArrayOutputStream;

/// Numbers, packed: seven bits a byte, the lowest first. So small ones take one byte.
final class Column {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// Adds a number that is not negative.
  void add(long number) {
    long rest = Math.max(0, number);
    while (rest >= 0x80) {
      bytes.write((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  /// Adds any number; those near 0 are short.
  void addSigned(long number) {
    add(number >= 0 ? number << 1 : (-number << 1) - 1);
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
