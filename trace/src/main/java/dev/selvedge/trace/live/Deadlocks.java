package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import dev.selvedge.internal.WaitGraph;
import dev.selvedge.trace.live.DumpedThread.OwnedMonitor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The deadlocks among the threads of a dump, virtual and platform threads in any mix: at monitors,
/// and at those locks of `java.util.concurrent` whose owner is known.
///
/// A dump tells who is in which monitor, but not who has a lock. The JVM tells the owner of a lock
/// for which a platform thread waits; that thread's neighbours in the queue, also virtual ones,
/// wait for the same owner. Of the other locks, the owner is unknown.
///
/// A thread that waits with a time limit is in no deadlock.
///
/// @param found the circles
/// @param blockedBehind how many threads wait for ever, because what they wait for does
/// @param unknown the locks that are waited for and whose owner is unknown
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Deadlocks(List<Deadlock> found, int blockedBehind, List<UnownedLock> unknown) {

  /// A lock whose owner is unknown.
  ///
  /// @param object the lock
  /// @param waiting those who wait for it
  /// @since 0.1
  public record UnownedLock(String object, List<DumpedThread> waiting) {}

  /// Finds the deadlocks in a dump.
  ///
  /// @param dump the threads
  /// @param lockOwners the numbers of the threads that have locks, by the lock's name in the dump
  /// @param holders what Selvedge tells, if it is in that JVM
  /// @return what was found
  static Deadlocks in(ThreadDump dump, Map<String, Long> lockOwners, SelvedgeBean.Holders holders) {
    return new Finder(dump, lockOwners, holders).find();
  }

  /// {@return those circles that are in another dump as well} A dump shows each thread at a moment
  /// of its own, so one that is in a single dump only may never have been.
  Deadlocks confirmedBy(Deadlocks later) {
    return new Deadlocks(
        found.stream().filter(one -> later.found.stream().anyMatch(one::isSameAs)).toList(),
        later.blockedBehind,
        later.unknown);
  }

  /// {@return whether an object of this name is a lock that one thread owns}
  private static boolean isOwnable(String object) {
    return object.startsWith("java.util.concurrent.locks.Reentrant");
  }

  /// {@return the same, with the tasks that the threads of the circles run}
  Deadlocks running(Map<Long, String> tasks) {
    return new Deadlocks(
        found.stream()
            .map(
                one -> new Deadlock(one.links().stream().map(link -> link.running(tasks)).toList()))
            .toList(),
        blockedBehind,
        unknown);
  }

  private static final class Finder {
    private final Map<Long, DumpedThread> threads = new LinkedHashMap<>();
    private final Map<String, Held> held = new HashMap<>();
    private final Map<Long, Held> queued;
    private final Map<String, List<DumpedThread>> unknown = new LinkedHashMap<>();
    private final WaitGraph<Long> graph = new WaitGraph<>();

    Finder(ThreadDump dump, Map<String, Long> lockOwners, SelvedgeBean.Holders holders) {
      dump.threads().forEach(thread -> threads.put(thread.id(), thread));
      held.putAll(holders.objects());
      queued = holders.queued();
      queued.forEach((id, task) -> threads.put(id, DumpedThread.queued(id, task.what())));
      lockOwners.forEach((lock, owner) -> held.put(lock, Held.byThread(lock, owner)));
      for (DumpedThread thread : threads.values()) {
        String parkedOn = thread.parkedOn();
        if (parkedOn != null && thread.parkedOwner() > 0) {
          held.put(parkedOn, Held.byThread(parkedOn, thread.parkedOwner()));
        }
        for (OwnedMonitor owned : thread.owned()) {
          if (thread.isIn(owned.object())) {
            held.put(owned.object(), Held.byThread(owned.object(), thread.id()));
          }
        }
      }
    }

    Deadlocks find() {
      threads.values().forEach(this::addWait);
      List<Deadlock> found = graph.circles().stream().map(this::deadlock).toList();
      int inCircles = found.stream().mapToInt(one -> one.links().size()).sum();
      return new Deadlocks(
          found,
          graph.stuck().size() - inCircles,
          unknown.entrySet().stream()
              .map(entry -> new UnownedLock(entry.getKey(), List.copyOf(entry.getValue())))
              .toList());
    }

    private void addWait(DumpedThread thread) {
      Held wait = wait(thread);
      String object = awaited(thread);
      if (wait == null && object != null && thread.blockedOn() == null && isOwnable(object)) {
        unknown.computeIfAbsent(object, _ -> new ArrayList<>()).add(thread);
      } else if (wait != null && wait.any()) {
        graph.waitsForAny(thread.id(), wait.by());
      } else if (wait != null) {
        graph.waitsForAll(thread.id(), wait.by());
      }
    }

    private @Nullable Held wait(DumpedThread thread) {
      String object = awaited(thread);
      return object == null ? queued.get(thread.id()) : held.get(object);
    }

    /// {@return what a thread waits for without a time limit, and somebody may hold}
    private static @Nullable String awaited(DumpedThread thread) {
      return thread.blockedOn() != null
          ? thread.blockedOn()
          : thread.state().equals("WAITING") ? thread.parkedOn() : null;
    }

    private Deadlock deadlock(List<Long> circle) {
      List<Deadlock.Link> links = new ArrayList<>();
      for (int i = 0; i < circle.size(); i++) {
        links.add(link(thread(circle.get(i)), thread(circle.get((i + 1) % circle.size()))));
      }
      return new Deadlock(List.copyOf(links));
    }

    private DumpedThread thread(long id) {
      return Objects.requireNonNull(threads.get(id));
    }

    private Deadlock.Link link(DumpedThread thread, DumpedThread holder) {
      String object = awaited(thread);
      Held wait = Objects.requireNonNull(wait(thread));
      return object == null
          ? new Deadlock.Link(
              thread, "", "a thread of its pool", Deadlock.Kind.THREAD, "", holder, "")
          : new Deadlock.Link(
              thread,
              object,
              wait.what(),
              kind(thread, object, wait),
              thread.place(),
              holder,
              holder.enteredAt(object));
    }

    private static Deadlock.Kind kind(DumpedThread thread, String object, Held wait) {
      if (thread.blockedOn() != null) {
        return Deadlock.Kind.MONITOR;
      }
      return wait.tasks()
          ? Deadlock.Kind.TASKS
          : isOwnable(object) ? Deadlock.Kind.LOCK : Deadlock.Kind.HELD;
    }
  }
}
