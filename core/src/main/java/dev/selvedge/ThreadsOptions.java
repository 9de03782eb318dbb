package dev.selvedge;

import java.util.Objects;

/// Options of [Pool#threads]; immutable, each method returns a changed copy.
///
/// ```java
/// Pool pool = Pool.threads(4, options -> options
///     .prefix("resize-")
///     .queue(1_000)
///     .initializer(() -> ImageIO.setUseCache(false)));
/// ```
///
/// @param prefix what the names of the threads begin with; a number follows
/// @param initializer runs once on each new thread before its first task. If it fails, the pool is
///   broken: waiting tasks fail with [BrokenPoolException], and new ones are refused with it
/// @param queue how many tasks may wait for a thread; one more is refused with
///   [java.util.concurrent.RejectedExecutionException]
/// @param daemon whether the threads let the JVM exit while they are idle. Accepted work is
///   finished before the JVM exits in either case
/// @since 0.1
@Stability(Stability.Level.STABLE)
public record ThreadsOptions(String prefix, Action initializer, int queue, boolean daemon) {

  static final ThreadsOptions DEFAULT =
      new ThreadsOptions("threads-", () -> {}, Integer.MAX_VALUE, true);

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if the bound of the queue is negative
  public ThreadsOptions {
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(initializer, "initializer");
    if (queue < 0) {
      throw new IllegalArgumentException(
          "queue is " + queue + "; give the number of tasks that may wait, or zero for none");
    }
  }

  /// {@return these options with another prefix of the threads' names}
  ///
  /// @param newPrefix what the names of the threads begin with
  public ThreadsOptions prefix(String newPrefix) {
    return new ThreadsOptions(newPrefix, initializer, queue, daemon);
  }

  /// {@return these options with an initializer for each thread}
  ///
  /// @param newInitializer runs once on each new thread before its first task
  public ThreadsOptions initializer(Action newInitializer) {
    return new ThreadsOptions(prefix, newInitializer, queue, daemon);
  }

  /// {@return these options with a bound for the queue}
  ///
  /// @param newQueue how many tasks may wait for a thread
  /// @throws IllegalArgumentException if that is negative
  public ThreadsOptions queue(int newQueue) {
    return new ThreadsOptions(prefix, initializer, newQueue, daemon);
  }

  /// {@return these options with daemon threads or not}
  ///
  /// @param newDaemon whether the threads let the JVM exit while they are idle
  public ThreadsOptions daemon(boolean newDaemon) {
    return new ThreadsOptions(prefix, initializer, queue, newDaemon);
  }
}
