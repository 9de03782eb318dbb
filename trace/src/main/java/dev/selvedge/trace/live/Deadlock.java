package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.List;

/// Threads that wait for each other in a circle: each for something that the next one holds, and
/// the last one for something of the first.
///
/// @param links the circle
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Deadlock(List<Link> links) {

  /// One thread of a circle.
  ///
  /// @param thread that waits
  /// @param object for which
  /// @param kind what that is
  /// @param waitsAt where it waits, the frame of its own code
  /// @param holder the thread that holds it, the next one of the circle
  /// @param heldAt where the holder has taken it, or empty if that is not known
  /// @since 0.1
  public record Link(
      DumpedThread thread,
      String object,
      Kind kind,
      String waitsAt,
      DumpedThread holder,
      String heldAt) {

    private record Identity(long thread, String object, long holder) {}

    private Identity identity() {
      return new Identity(thread.id(), object, holder.id());
    }
  }

  /// What a thread waits for.
  ///
  /// @since 0.1
  public enum Kind {
    /// The monitor of an object: `synchronized`.
    MONITOR("the monitor of"),
    /// A lock of `java.util.concurrent`.
    LOCK("the lock");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /// {@return the words in front of the object}
    public String words() {
      return words;
    }
  }

  /// {@return whether two circles are of the same threads and objects}
  boolean isSameAs(Deadlock other) {
    return links.stream()
        .map(Link::identity)
        .toList()
        .equals(other.links.stream().map(Link::identity).toList());
  }
}
