package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Task;
import dev.selvedge.spi.TaskObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The hooks for [TaskObserver]. Off, each is a read of one field that never changes, and a branch
/// that is never taken.
public final class Tracing {
  /// False only under `-Dselvedge.tracing=never`, which lets the compiler remove the hooks: what
  /// the benchmark compares with.
  private static final boolean POSSIBLE = !"never".equals(System.getProperty("selvedge.tracing"));

  private static volatile @Nullable TaskObserver observer;

  private Tracing() {}

  /// Installs the observer of this JVM; see [TaskObserver#install].
  public static synchronized @Nullable TaskObserver install(@Nullable TaskObserver next) {
    TaskObserver before = observer;
    observer = next;
    return before;
  }

  /// {@return whether somebody looks}
  public static boolean isOn() {
    return POSSIBLE && observer != null;
  }

  static void submitted(Task<?> task) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.submitted(task));
    }
  }

  static void started(Task<?> task) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.started(task));
    }
  }

  static void cancelling(Task<?> task, CancelReason why) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.cancelling(task, why));
    }
  }

  static void ended(Task<?> task) {
    if (POSSIBLE && observer != null) {
      tell(to -> to.ended(task));
    }
  }

  private static void tell(Consumer<TaskObserver> what) {
    TaskObserver to = observer;
    if (to != null) {
      Problems.guard("the task observer", () -> what.accept(to));
    }
  }
}
