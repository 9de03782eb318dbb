package dev.selvedge.internal;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// For whom a thread waits that is parked at one of Selvedge's own waits: what a finder of
/// deadlocks asks about the blocker that [java.util.concurrent.locks.LockSupport#getBlocker] tells.
///
/// The answer is a snapshot, and holds as long as nobody runs.
public final class Holders {
  private static final Map<Class<?>, Function<Object, List<Object>>> KNOWN =
      new ConcurrentHashMap<>();

  private Holders() {}

  /// Somebody who has to do something before a wait can end.
  ///
  /// @param task the task, or null if it is a thread that runs none
  /// @param thread on which it runs, or null if it has not started or runs elsewhere
  public record Holder(@Nullable TaskImpl<?> task, @Nullable Thread thread) {}

  /// Lets a synchronizer tell who holds it, without a method that everybody sees.
  ///
  /// @param type the synchronizer
  /// @param holders answers the tasks, or threads that run none, that hold one
  public static <T> void tell(Class<T> type, Function<? super T, List<Object>> holders) {
    KNOWN.put(type, synchronizer -> holders.apply(type.cast(synchronizer)));
  }

  /// {@return those who hold what a thread waits for, or the tasks whose end it waits for; empty if
  /// nobody in particular could end the wait}
  ///
  /// @param blocker what the thread is parked at
  public static List<Holder> of(Object blocker) {
    List<?> all =
        switch (blocker) {
          case TaskImpl<?> task -> List.of(task);
          case GroupImpl group -> group.live(task -> true);
          case List<?> tasks -> tasks; // of those who wait for several
          default -> KNOWN.getOrDefault(blocker.getClass(), _ -> List.of()).apply(blocker);
        };
    return all.stream().map(Holders::holder).filter(Objects::nonNull).toList();
  }

  /// {@return whether a wait for tasks has nothing left to wait for} Then its thread is about to be
  /// woken.
  ///
  /// @param blocker what the thread is parked at
  public static boolean isOver(Object blocker) {
    return switch (blocker) {
      case TaskImpl<?> task -> task.isDone();
      case GroupImpl group -> group.live(task -> true).isEmpty();
      default -> false;
    };
  }

  private static @Nullable Holder holder(Object waitedFor) {
    return switch (waitedFor) {
      case TaskImpl<?> task -> task.isDone() ? null : new Holder(task, task.thread());
      case Thread thread -> new Holder(null, thread);
      default -> null;
    };
  }
}
