package dev.selvedge.process.codec;

import java.io.IOException;

/// How the objects of a class are written; the same for all of them, and kept for each class.
interface Form {
  void write(Encoding out, Object value) throws IOException;

  /// {@return this form for objects that may occur twice, with their handle before their contents}
  default Form shared() {
    return (out, value) -> out.shared(value, false, this);
  }

  /// {@return this form for objects that cannot be referred to before they are complete}
  default Form sharedWhenComplete() {
    return (out, value) -> out.shared(value, true, this);
  }
}
