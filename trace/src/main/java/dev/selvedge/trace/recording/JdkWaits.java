package dev.selvedge.trace.recording;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;

/// The JDK's own events of waiting, which know their thread but no task; not thread-safe.
final class JdkWaits {
  /// How many tasks on one thread are looked through: those that began and ended before, too.
  private static final int DEPTH = 64;

  private final List<Waited> all = new ArrayList<>();

  /// Something that a thread waited for.
  private record Waited(long thread, String kind, String on, long start, long duration) {
    boolean isIn(TaskRun task) {
      return start >= task.start() && start + duration <= task.end();
    }

    Wait of(TaskRun task) {
      return new Wait(task.task(), kind, on, 0, start, duration);
    }
  }

  void add(RecordedEvent event, String kind, String on) {
    all.add(
        new Waited(
            EventFields.thread(event),
            kind,
            on,
            EventFields.start(event),
            EventFields.duration(event)));
  }

  void addAll(JdkWaits others) {
    all.addAll(others.all);
  }

  /// {@return those that happened in one of the tasks, in the innermost if they lie on each other,
  /// and that the task has not recorded by itself}
  List<Wait> of(List<TaskRun> tasks, List<Wait> known) {
    Map<Long, List<TaskRun>> byThread = new HashMap<>();
    if (!all.isEmpty()) {
      tasks.forEach(
          task -> byThread.computeIfAbsent(task.thread(), t -> new ArrayList<>()).add(task));
      byThread.values().forEach(list -> list.sort(Comparator.comparingLong(TaskRun::start)));
    }
    Map<Long, List<Wait>> knownByTask = new HashMap<>();
    known.forEach(
        wait -> knownByTask.computeIfAbsent(wait.task(), t -> new ArrayList<>()).add(wait));
    return all.stream()
        .flatMap(waited -> of(waited, byThread.getOrDefault(waited.thread, List.of())))
        .filter(wait -> isNew(wait, knownByTask.getOrDefault(wait.task(), List.of())))
        .toList();
  }

  private static Stream<Wait> of(Waited waited, List<TaskRun> tasks) {
    int low = 0;
    int high = tasks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tasks.get(middle).start() <= waited.start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (int i = low - 1; i >= 0 && i >= low - DEPTH; i--) {
      if (waited.isIn(tasks.get(i))) {
        return Stream.of(waited.of(tasks.get(i)));
      }
    }
    return Stream.empty();
  }

  private static boolean isNew(Wait wait, List<Wait> known) {
    return known.stream()
        .noneMatch(other -> other.start() < wait.end() && wait.start() < other.end());
  }
}
