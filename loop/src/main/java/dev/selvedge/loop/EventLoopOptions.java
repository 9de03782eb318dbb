package dev.selvedge.loop;

import dev.selvedge.Stability;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Options of an [EventLoop]; immutable, each method returns a changed copy.
///
/// ```java
/// EventLoop loop = EventLoop.open(options -> options
///     .name("rooms")
///     .debug(true)
///     .onFailure((task, failure) -> log(task, failure)));
/// ```
///
/// @param name the loop's name, also in the name of its thread
/// @param debug whether steps that take long are warned of, and failures tell where their task was
///   submitted; costs about a tenth of a microsecond for each step
/// @param slowStep from which time on the debug mode calls a step slow
/// @param portable whether the loop does without the flag of the JVM; then only waits of Selvedge
///   let others go on
/// @param onFailure takes failures that nobody waits for, each with the path of the task; null for
///   the thread's default uncaught-exception handler
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record EventLoopOptions(
    String name,
    boolean debug,
    Duration slowStep,
    boolean portable,
    @Nullable BiConsumer<? super String, ? super Throwable> onFailure) {

  static final EventLoopOptions DEFAULT =
      new EventLoopOptions("loop", false, Duration.ofMillis(100), false, null);

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if the time for a slow step is not positive
  public EventLoopOptions {
    Objects.requireNonNull(name, "name");
    if (slowStep.isNegative() || slowStep.isZero()) {
      throw new IllegalArgumentException(
          "slowStep is " + slowStep + "; give a positive time, such as 100 ms");
    }
  }

  /// {@return these options with another name}
  ///
  /// @param newName the loop's name
  public EventLoopOptions name(String newName) {
    return new EventLoopOptions(newName, debug, slowStep, portable, onFailure);
  }

  /// {@return these options with the debug mode or without}
  ///
  /// @param newDebug whether to warn of slow steps, and to remember where tasks were submitted
  public EventLoopOptions debug(boolean newDebug) {
    return new EventLoopOptions(name, newDebug, slowStep, portable, onFailure);
  }

  /// {@return these options with another threshold for slow steps} The debug mode looks at it.
  ///
  /// @param newSlowStep from which time on a step is slow
  /// @throws IllegalArgumentException if that is not positive
  public EventLoopOptions slowStep(Duration newSlowStep) {
    return new EventLoopOptions(name, debug, newSlowStep, portable, onFailure);
  }

  /// {@return these options for a loop that needs no flag, or for one that does} A portable loop
  /// runs its tasks on ordinary virtual threads, which pass a baton: one at a time, too, but only
  /// the waits of Selvedge (groups, tasks, channels, locks, connections) let others go on.
  /// `Thread.sleep`, the locks and queues of the JDK and its sockets hold the loop, of which the
  /// debug mode warns; virtual threads that a task starts by hand do not belong to the loop; and a
  /// switch costs some ten times as much.
  ///
  /// @param newPortable whether to do without the flag
  public EventLoopOptions portable(boolean newPortable) {
    return new EventLoopOptions(name, debug, slowStep, newPortable, onFailure);
  }

  /// {@return these options with another handler of failures that nobody waits for} It is called on
  /// the thread where the failure happened, the loop's mostly, and must not block. What it throws
  /// is logged, and the failure then goes to the default handler.
  ///
  /// @param newOnFailure takes the path of the task and what it threw; null for the default
  public EventLoopOptions onFailure(
      @Nullable BiConsumer<? super String, ? super Throwable> newOnFailure) {
    return new EventLoopOptions(name, debug, slowStep, portable, newOnFailure);
  }
}
