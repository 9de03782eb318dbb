package dev.selvedge.internal;

import dev.selvedge.TaskFailedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The failures of a group's tasks: the first one, a few more, and how many there were.
final class Failures {
  // guarded by this
  private @Nullable TaskFailedException first;
  private final List<Throwable> more = new ArrayList<>(0);
  private long count;

  synchronized void add(TaskFailedException failure) {
    count++;
    if (first == null) {
      first = failure;
    } else if (more.size() < TaskFailedException.MAX_SUPPRESSED) {
      more.add(failure);
    }
  }

  /// {@return the failure of the whole, or null if there was none}
  synchronized @Nullable TaskFailedException exception() {
    if (first == null) {
      return null;
    }
    var whole = new TaskFailedException(first.task(), first.place(), count, first.getCause());
    more.forEach(whole::addSuppressed);
    return whole;
  }
}
