package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.List;
import java.util.Map;

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
  /// @param object for which: its name in a dump of threads
  /// @param what that is, in words
  /// @param kind what that is
  /// @param waitsAt where it waits, the frame of its own code
  /// @param holder the thread that holds it, the next one of the circle
  /// @param heldAt where the holder has taken it, or empty if that is not known
  /// @since 0.1
  public record Link(
      DumpedThread thread,
      String object,
      String what,
      Kind kind,
      String waitsAt,
      DumpedThread holder,
      String heldAt) {

    /// {@return the same, with the tasks that its threads run}
    Link running(Map<Long, String> tasks) {
      return new Link(
          thread.running(tasks.getOrDefault(thread.id(), thread.task())),
          object,
          what,
          kind,
          waitsAt,
          holder.running(tasks.getOrDefault(holder.id(), holder.task())),
          heldAt);
    }

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
    MONITOR("the monitor of ", "held by"),
    /// A lock of `java.util.concurrent`.
    LOCK("the lock ", "held by"),
    /// What only Selvedge knows of: a mutex, permits of a limit.
    HELD("", "held by"),
    /// The end of other tasks.
    TASKS("", "run by"),
    /// A task that has not started waits for a thread of its pool.
    THREAD("", "taken by");

    private final String article;
    private final String relation;

    Kind(String article, String relation) {
      this.article = article;
      this.relation = relation;
    }

    /// {@return the words in front of the object, with a blank if there are any}
    public String article() {
      return article;
    }

    /// {@return the words between the object and its holder}
    public String relation() {
      return relation;
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
