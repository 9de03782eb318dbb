package dev.selvedge.testkit;

import dev.selvedge.Task;
import dev.selvedge.spi.Ticket;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A virtual thread as its schedule sees it. Only the thread that carries the schedule uses it.
final class Lane implements Comparable<Lane> {
  /// In the order of appearance, from 1 on.
  final int number;

  final Thread thread;
  final Runnable step;

  /// What [SeededPool] runs on it, or null if code under test has started the thread by hand.
  private final @Nullable Ticket ticket;

  /// How often it was chosen.
  int steps;

  /// Thrown at its next [dev.selvedge.spi.Kernel#step()].
  @Nullable Supplier<? extends RuntimeException> failure;

  Lane(int number, Thread thread, Runnable step, @Nullable Ticket ticket) {
    this.number = number;
    this.thread = thread;
    this.step = step;
    this.ticket = ticket;
  }

  /// {@return the task that runs on it, or will, if there is one}
  @Nullable Task<?> task() {
    return thread.getUncaughtExceptionHandler() instanceof Task<?> running
        ? running
        : ticket instanceof Task<?> launched ? launched : null;
  }

  /// {@return the path of its task, otherwise the name of its thread}
  String name() {
    Task<?> task = task();
    if (task != null) {
      return task.path();
    }
    return ticket != null
        ? "worker"
        : thread.getName().isEmpty() ? "thread-" + number : thread.getName();
  }

  @Override
  public int compareTo(Lane other) {
    return Integer.compare(number, other.number);
  }

  @Override
  public String toString() {
    return "'" + name() + "'";
  }
}
