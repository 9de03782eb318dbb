package dev.selvedge.testkit;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.internal.Holders;
import dev.selvedge.internal.WaitGraph;
import dev.selvedge.loop.internal.Monitors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Who waits for whom when nobody can run.
///
/// A wait leads to those who could end it: who holds the lock, or the tasks that are waited for.
/// Following these, one comes to somebody who waits for nobody in particular, or in a circle.
final class Deadlock {

  /// One lane's wait.
  ///
  /// @param what for
  /// @param holders lanes that could end it
  private record Wait(Lane lane, String what, List<Lane> holders) {}

  private final Recording recording;
  private final Map<Thread, Lane> lanes = new HashMap<>();
  private final Map<Lane, Wait> waits = new LinkedHashMap<>();
  private final @Nullable MonitorDump monitors;

  Deadlock(Collection<Lane> all, Recording recording) {
    this.recording = recording;
    List<Lane> inOrder = all.stream().sorted().toList();
    inOrder.forEach(lane -> lanes.put(lane.thread, lane));
    monitors =
        inOrder.stream().anyMatch(lane -> Monitors.isAwaitedBy(lane.thread))
            ? MonitorDump.take()
            : null;
    inOrder.forEach(lane -> waits.put(lane, wait(lane)));
  }

  private Wait wait(Lane lane) {
    Object blocker = LockSupport.getBlocker(lane.thread);
    if (blocker == null) {
      return monitors == null ? new Wait(lane, "a wake-up", List.of()) : monitor(lane, monitors);
    }
    List<Lane> holders = new ArrayList<>();
    for (Holders.Holder holder : Holders.of(blocker)) {
      add(holder.thread(), holders);
    }
    Thread owner = Monitors.owner(blocker);
    add(owner, holders);
    return new Wait(lane, described(blocker, holders, owner), holders);
  }

  private Wait monitor(Lane lane, MonitorDump dump) {
    MonitorDump.Held held = dump.awaitedBy(lane.thread);
    if (held == null) {
      return new Wait(lane, "a notification", List.of());
    }
    List<Lane> holders = new ArrayList<>();
    lanes.forEach(
        (thread, other) -> {
          if (thread.threadId() == held.owner()) {
            holders.add(other);
          }
        });
    return new Wait(
        lane,
        "the monitor of " + held.monitor() + ", locked" + by(holders) + held.where(),
        holders);
  }

  private void add(@Nullable Thread thread, List<Lane> holders) {
    Lane lane = thread == null ? null : lanes.get(thread);
    if (lane != null) {
      holders.add(lane);
    }
  }

  private String described(Object blocker, List<Lane> holders, @Nullable Thread owner) {
    if (blocker instanceof Task<?> || blocker instanceof TaskGroup || blocker instanceof List<?>) {
      return recording.label(blocker);
    }
    if (!holders.isEmpty()) {
      return recording.label(blocker) + ", held" + by(holders);
    }
    if (owner != null) {
      return recording.label(blocker) + ", held by the thread " + owner + " outside";
    }
    return blocker.getClass().getName().startsWith("java.")
        ? recording.label(blocker)
        : blocker + " (" + recording.label(blocker) + ")";
  }

  private static String by(List<Lane> holders) {
    return holders.isEmpty()
        ? ""
        : " by " + String.join(" and ", holders.stream().map(Lane::toString).toList());
  }

  /// {@return lanes each of which waits for the next one, and the last one for the first; empty if
  /// there are none}
  private List<Lane> cycle() {
    var graph = new WaitGraph<Lane>();
    waits.forEach((lane, wait) -> graph.waitsForAll(lane, wait.holders()));
    List<List<Lane>> circles = graph.circles();
    return circles.isEmpty() ? List.of() : circles.getFirst();
  }

  @Override
  public String toString() {
    List<Lane> cycle = cycle();
    StringBuilder text = new StringBuilder("nobody can run, and no timer is set.");
    if (!cycle.isEmpty()) {
      text.append(" These wait for each other in a circle:\n");
      cycle.forEach(lane -> text.append(described(waits.get(lane))));
    }
    text.append(
        cycle.isEmpty()
            ? " There is no circle; threads outside of a strict schedule are not waited for:\n"
            : cycle.size() < waits.size() ? "  and these, too:\n" : "");
    waits.forEach(
        (lane, wait) -> {
          if (!cycle.contains(lane)) {
            text.append(described(wait));
          }
        });
    return text.toString();
  }

  private static String described(@Nullable Wait wait) {
    return wait == null
        ? ""
        : "    "
            + wait.lane()
            + " waits for "
            + wait.what()
            + '\n'
            + Frames.of(wait.lane().thread.getStackTrace()).top();
  }
}
