package dev.selvedge.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Who waits for whom, and which of them can never go on.
///
/// A wait needs either *all* of those that it is for (the tasks of a group, the one owner of a
/// lock) or *any* of them (the holders of a limit). Whoever does not wait, or waits for nobody in
/// particular, may go on; and so may, in the end, each wait that those who may go on can satisfy.
/// The others are stuck: the greatest set in which each wait needs somebody of the set. That takes
/// time in proportion to the number of edges. From each one that is stuck a walk along those who
/// are stuck too never ends, and so comes to a circle.
///
/// Not thread-safe.
///
/// @param <N> those who wait
public final class WaitGraph<N> {
  private record Wait<N>(List<N> whom, boolean any) {}

  private final Map<N, Wait<N>> waits = new LinkedHashMap<>();

  /// Adds one that goes on when all of the given ones have done something.
  ///
  /// @param who waits
  /// @param whom for these; if there are none, somebody unknown may wake it
  public void waitsForAll(N who, Collection<? extends N> whom) {
    waits.put(who, new Wait<>(List.copyOf(whom), false));
  }

  /// Adds one that goes on when any of the given ones has done something.
  ///
  /// @param who waits
  /// @param whom for one of these; if there are none, somebody unknown may wake it
  public void waitsForAny(N who, Collection<? extends N> whom) {
    waits.put(who, new Wait<>(List.copyOf(whom), true));
  }

  /// {@return those who can never go on, in the order in which they were added}
  public Set<N> stuck() {
    Map<N, List<N>> awaitedBy = new HashMap<>();
    Map<N, Integer> blocking = new HashMap<>(); // for a wait for all: how many of them are stuck
    var free = new ArrayDeque<N>();
    var left = new LinkedHashSet<>(waits.keySet());
    waits.forEach(
        (who, wait) -> {
          int stuck = 0;
          for (N target : wait.whom()) {
            if (waits.containsKey(target)) {
              stuck++;
              awaitedBy.computeIfAbsent(target, _ -> new ArrayList<>()).add(who);
            }
          }
          blocking.put(who, stuck);
          if (stuck == 0 || (wait.any() && stuck < wait.whom().size())) {
            free.add(who);
          }
        });
    while (!free.isEmpty()) {
      N freed = free.remove();
      if (!left.remove(freed)) {
        continue;
      }
      for (N who : awaitedBy.getOrDefault(freed, List.of())) {
        int stuck = blocking.merge(who, -1, Integer::sum);
        if (stuck == 0 || wait(who).any()) {
          free.add(who);
        }
      }
    }
    return left;
  }

  /// {@return circles, in which each one waits for the next one and the last one for the first}
  /// Nobody is in two of them, and each one that is [#stuck()] waits for one of them, if only
  /// through others. A circle begins with the one of it that was added first.
  public List<List<N>> circles() {
    Set<N> stuck = stuck();
    List<N> order = List.copyOf(stuck);
    List<List<N>> circles = new ArrayList<>();
    Set<N> seen = new HashSet<>();
    for (N start : order) {
      List<N> path = new ArrayList<>();
      N at = start;
      while (seen.add(at)) {
        path.add(at);
        at = wait(at).whom().stream().filter(stuck::contains).findFirst().orElseThrow();
      }
      int from = path.indexOf(at);
      if (from >= 0) {
        circles.add(fromFirst(path.subList(from, path.size()), stuck));
      }
    }
    return circles;
  }

  private Wait<N> wait(N who) {
    return Objects.requireNonNull(waits.get(who));
  }

  private List<N> fromFirst(List<N> circle, Set<N> order) {
    var members = new HashSet<>(circle);
    N first = order.stream().filter(members::contains).findFirst().orElseThrow();
    List<N> rotated = new ArrayList<>(circle);
    Collections.rotate(rotated, -circle.indexOf(first));
    return List.copyOf(rotated);
  }
}
