package dev.selvedge;

import dev.selvedge.internal.GroupImpl;
import dev.selvedge.internal.TaskImpl;
import dev.selvedge.internal.Times;
import dev.selvedge.spi.Kernel;
import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The time by which a scope must have ended: an absolute instant of the monotonic clock. Nested
/// scopes have the nearer of their own deadline and the enclosing one's.
///
/// ```java
/// String page = Deadline.within(Duration.ofSeconds(2), () -> fetch(uri));
/// ```
///
/// When it passes, the scope's work is cancelled, and the scope (only that one, none of those
/// inside) reports [DeadlineExceededException]. Work that returns a value nevertheless has returned
/// in time enough: the value wins.
///
/// Immutable.
///
/// @param at when, in terms of [Kernel#nanoTime()]
/// @param scope the name of the scope that set it
/// @param asked the time that the scope asked for
/// @param granted the time it got, shorter if an enclosing scope's deadline was nearer
/// @param binding the name of the enclosing scope whose deadline was nearer, if one was
/// @since 0.1
@Stability(Stability.Level.STABLE)
public record Deadline(
    long at, String scope, Duration asked, Duration granted, @Nullable String binding)
    implements Serializable {

  /// {@return the deadline of the running task, the nearest of all scopes it is in, if any has one}
  public static Optional<Deadline> current() {
    return Optional.ofNullable(TaskImpl.currentDeadline());
  }

  /// Runs a call under a deadline, on this thread.
  ///
  /// @param timeout the time it has
  /// @param call the work
  /// @param <T> the type of its value
  /// @return its value
  /// @throws DeadlineExceededException if it did not end in time
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws Exception what the call throws
  public static <T extends @Nullable Object> T within(Duration timeout, Call<T> call)
      throws Exception {
    return GroupImpl.within("deadline", timeout, call);
  }

  /// Runs an action under a deadline, on this thread, and goes on quietly if it does not end in
  /// time.
  ///
  /// @param timeout the time it has
  /// @param action the work
  /// @return whether it ended in time
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws Exception what the action throws
  public static boolean moveOnAfter(Duration timeout, Action action) throws Exception {
    Objects.requireNonNull(action, "action");
    AtomicReference<@Nullable Deadline> mine = new AtomicReference<>();
    try {
      GroupImpl.<@Nullable Void>within(
          "moveOnAfter",
          timeout,
          () -> {
            mine.set(TaskImpl.currentDeadline());
            action.perform();
            return null;
          });
      return true;
    } catch (DeadlineExceededException e) {
      if (e.deadline().equals(mine.get())) {
        return false;
      }
      throw e;
    }
  }

  /// {@return the time that is left; negative if the deadline has passed}
  public Duration remaining() {
    return Duration.ofNanos(at - Kernel.current().nanoTime());
  }

  String describeExpiry() {
    String got =
        binding == null
            ? Times.text(granted)
            : Times.text(asked)
                + " asked, "
                + Times.text(granted)
                + " granted by '"
                + binding
                + "'";
    return "the deadline of '" + scope + "' (" + got + ") passed";
  }
}
