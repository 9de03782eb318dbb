package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import dev.selvedge.trace.live.ThreadDump.ThreadContainer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where the threads of a dump are: by what they belong to, those at the same place counted
/// together, the most frequent place first.
///
/// @param threads how many there are
/// @param virtual how many of them are virtual
/// @param containers what they belong to
/// @param left how many threads are in containers that are not told
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record WaitingPlaces(long threads, long virtual, List<Container> containers, long left) {
  private static final int FRAMES = 3;

  /// What threads belong to.
  ///
  /// @param name its name
  /// @param threads how many
  /// @param places where they are
  /// @param left how many are at places that are not told
  /// @since 0.1
  public record Container(String name, long threads, List<Place> places, long left) {}

  /// A place where threads are.
  ///
  /// @param threads how many
  /// @param doing their kind and state, and the class of what they wait for
  /// @param frames the innermost ones, without those of waiting itself
  /// @since 0.1
  public record Place(long threads, String doing, List<String> frames) {}

  private record Key(String doing, List<String> frames) {}

  /// Groups the threads of a dump.
  ///
  /// @param dump the threads
  /// @param most how many places to tell at most
  /// @return the groups
  public static WaitingPlaces of(ThreadDump dump, int most) {
    List<Container> containers = new ArrayList<>();
    long left = 0;
    int room = most;
    for (ThreadContainer one : dump.containers()) {
      if (one.threads().isEmpty()) {
        continue;
      }
      if (room <= 0) {
        left += one.threads().size();
        continue;
      }
      Container container = container(one, room);
      containers.add(container);
      room -= container.places().size();
    }
    return new WaitingPlaces(
        dump.threads().count(),
        dump.threads().filter(DumpedThread::virtual).count(),
        List.copyOf(containers),
        left);
  }

  private static Container container(ThreadContainer one, int most) {
    Map<Key, Long> counts = new HashMap<>();
    for (DumpedThread thread : one.threads()) {
      counts.merge(new Key(doing(thread), thread.topFrames(FRAMES)), 1L, Long::sum);
    }
    List<Place> places =
        counts.entrySet().stream()
            .map(
                entry ->
                    new Place(entry.getValue(), entry.getKey().doing(), entry.getKey().frames()))
            .sorted(
                Comparator.comparingLong(Place::threads)
                    .reversed()
                    .thenComparing(Place::doing)
                    .thenComparing(place -> place.frames().toString()))
            .limit(most)
            .toList();
    long told = places.stream().mapToLong(Place::threads).sum();
    return new Container(one.name(), one.threads().size(), places, one.threads().size() - told);
  }

  private static String doing(DumpedThread thread) {
    String object =
        thread.blockedOn() != null
            ? thread.blockedOn()
            : thread.waitingOn() != null ? thread.waitingOn() : thread.parkedOn();
    return (thread.virtual() ? "virtual, " : "platform, ")
        + thread.state().toLowerCase(Locale.ROOT).replace('_', ' ')
        + (object == null ? "" : " on " + className(object));
  }

  private static String className(String object) {
    int at = object.indexOf('@');
    return at < 0 ? object : object.substring(0, at);
  }
}
