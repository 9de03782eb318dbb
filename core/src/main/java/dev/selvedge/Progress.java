package dev.selvedge;

import dev.selvedge.internal.ProgressBar;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counts how much of some work is done, and shows it as one line on a terminal.
///
/// ```java
/// try (Progress progress = Progress.of(files.size(), "files")) {
///   pool.map(files, file -> {
///     var words = count(file);
///     progress.step();
///     return words;
///   }).forEach(total::add);
/// }
/// ```
///
/// The line is drawn on standard error, ten times a second at most, by a thread of its own, and
/// cleared by [#close()]. Nothing is drawn if there is no terminal, in a build server (environment
/// variable `CI`) and on a dumb terminal (`TERM=dumb`); `NO_COLOR` leaves the colours out.
///
/// Thread-safe; a step costs a few nanoseconds, also under contention. It counts in this JVM: work
/// that was carried to another process counts a copy.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Progress implements AutoCloseable {
  private static final Progress NONE = new Progress(0, "", Kernel.system(), null);
  private static final double NANOS_PER_SECOND = 1e9;

  private final LongAdder total = new LongAdder();
  private final String what;
  private final Kernel kernel;
  private final long started;
  private final @Nullable ProgressBar bar;
  private final LongAdder done = new LongAdder();

  Progress(long total, String what, Kernel kernel, @Nullable ProgressBar bar) {
    this.total.add(total);
    this.what = what;
    this.kernel = kernel;
    this.started = kernel.nanoTime();
    this.bar = bar;
  }

  /// Starts to count.
  ///
  /// @param total how many steps there will be
  /// @param what what is counted, such as `files`
  /// @return a new progress, to be closed
  /// @throws IllegalArgumentException if the total is negative
  public static Progress of(long total, String what) {
    Objects.requireNonNull(what, "what");
    if (total < 0) {
      throw new IllegalArgumentException(
          "the total of '" + what + "' is " + total + "; give the number of steps");
    }
    ProgressBar bar = ProgressBar.onTerminal();
    Progress progress = new Progress(total, what, Kernel.current(), bar);
    if (bar != null) {
      bar.start(progress::snapshot);
    }
    return progress;
  }

  /// {@return a progress that counts nothing and shows nothing, for code that always has one}
  public static Progress none() {
    return NONE;
  }

  /// Counts one step as done.
  public void step() {
    step(1);
  }

  /// Counts steps as done.
  ///
  /// @param steps how many
  /// @throws IllegalArgumentException if that is negative
  @SuppressWarnings("ReferenceEquality") // the only one
  public void step(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException(
          "a progress of " + steps + " steps would go back; give a number that is not negative");
    }
    if (this != NONE) {
      done.add(steps);
    }
  }

  /// Raises the total: for work that finds more work, as a crawler of pages does.
  ///
  /// @param more how many further steps there will be
  /// @throws IllegalArgumentException if that is negative
  @SuppressWarnings("ReferenceEquality") // the only one
  public void expect(long more) {
    if (more < 0) {
      throw new IllegalArgumentException(
          "a total that is raised by " + more + " would fall; give a number that is not negative");
    }
    if (this != NONE) {
      total.add(more);
    }
  }

  /// What was known at one moment.
  ///
  /// @param what what is counted
  /// @param done how many steps are done; more than the total if more were counted
  /// @param total how many there will be
  /// @param elapsed the time since the start
  /// @param perSecond the steps done in a second, on average since the start
  /// @param remaining how long the rest takes at that rate; empty while no step is done
  /// @since 0.1
  public record Snapshot(
      String what,
      long done,
      long total,
      Duration elapsed,
      double perSecond,
      Optional<Duration> remaining) {}

  /// {@return what is known now}
  public Snapshot snapshot() {
    long steps = done.sum();
    long nanos = Math.max(1, kernel.nanoTime() - started);
    long all = total.sum();
    double perSecond = steps * NANOS_PER_SECOND / nanos;
    Optional<Duration> remaining =
        steps == 0
            ? Optional.empty()
            : Optional.of(
                Duration.ofNanos((long) ((double) nanos * Math.max(0, all - steps) / steps)));
    return new Snapshot(what, steps, all, Duration.ofNanos(nanos), perSecond, remaining);
  }

  /// Ends the display and clears its line. Steps still count. Closing twice does nothing.
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  @Override
  public String toString() {
    return "Progress " + done.sum() + " of " + total.sum() + " " + what;
  }
}
