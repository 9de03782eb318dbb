package dev.selvedge.process.codec;

import java.io.ObjectInputFilter;
import org.jspecify.annotations.Nullable;

/// Keeps JDK serialization within limits that its bytes justify, and then asks the program's
/// filter.
///
/// Each element of an array takes a byte at least, so that all the arrays of a message together can
/// be bounded; a factor leaves room for the tables of hash maps.
final class EmbeddedFilter implements ObjectInputFilter {
  private static final int ELEMENTS_PER_BYTE = 4;
  private static final int ALWAYS_ALLOWED = 1024;

  private final Codecs codecs;
  private long elements = ALWAYS_ALLOWED; // that arrays may still have
  private @Nullable Class<?> last;
  private @Nullable Class<?> refused;

  EmbeddedFilter(Codecs codecs) {
    this.codecs = codecs;
  }

  /// Allows what so many bytes more can hold.
  void allowFor(int bytes) {
    elements += (long) ELEMENTS_PER_BYTE * bytes;
  }

  /// {@return the class of the object that was begun last, if any}
  @Nullable Class<?> last() {
    return last;
  }

  /// {@return the class that was refused, if any}
  @Nullable Class<?> refused() {
    return refused;
  }

  @Override
  public Status checkInput(FilterInfo info) {
    Class<?> type = info.serialClass();
    if (type == Ref.class) {
      return Status.ALLOWED;
    }
    if (info.arrayLength() > 0) {
      elements -= info.arrayLength();
    }
    if (elements < 0 || info.depth() > codecs.maxDepth()) {
      return Status.REJECTED;
    }
    Status status = codecs.filter().checkInput(info);
    if (type != null) {
      last = type;
      if (status == Status.REJECTED) {
        refused = type;
      }
    }
    return status;
  }
}
