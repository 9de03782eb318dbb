package dev.selvedge;

import dev.selvedge.internal.GroupImpl;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.Tracing;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Calls again what failed: how often, after which pauses, and after which failures. Immutable;
/// each method returns a changed copy.
///
/// ```java
/// static final Retry RETRY = Retry.times(5).backoff(Duration.ofMillis(100)).on(IOException.class);
///
/// Page page = RETRY.call(() -> fetch(uri));
/// List<Page> pages = pool.map(uris, RETRY.wrap(Crawl::fetch)).toList();
/// ```
///
/// **Pauses** grow exponentially from the first to the longest; jitter shortens each by a random
/// part, so that those who failed together do not come back together. They pass on the clock of the
/// running task's pool.
///
/// **Failures.** When no attempt is left, the last failure is thrown as it is, and those before it
/// are its suppressed exceptions. Every [Exception] is retried unless [#on] or [#when] say
/// otherwise; for a [TaskFailedException] its cause decides. An [Error] is retried only if [#on]
/// names it.
///
/// **Cancellation and deadlines.** What was cancelled or interrupted is never tried again. No pause
/// goes past [Deadline#current()]: if the next attempt could only start after it, the last failure
/// is thrown at once.
///
/// A retry can travel to other processes if its predicate can; so can what [#wrap(Call)] returns.
///
/// @param attempts how many attempts there are at most, the first one included
/// @param firstPause the pause after the first failure
/// @param longestPause the longest pause
/// @param factor by how much each pause is longer than the one before
/// @param jitter the part of a pause, from 0 to 1, that chance may take away
/// @param limit how long one attempt may take; one that takes longer is cancelled and counts as
///   failed with [DeadlineExceededException]
/// @param classes after which failures there is another attempt
/// @param predicate a further condition, or null
/// @since 0.1
@Stability(Stability.Level.STABLE)
public record Retry(
    int attempts,
    Duration firstPause,
    Duration longestPause,
    double factor,
    double jitter,
    @Nullable Duration limit,
    Set<Class<? extends Throwable>> classes,
    @Nullable Condition predicate)
    implements Serializable {

  /// Tells after which failures there is another attempt.
  @FunctionalInterface
  public interface Condition extends Predicate<Throwable>, Serializable {}

  /// Checks the parts.
  ///
  /// @throws IllegalArgumentException if there is no attempt, a time is negative, the factor below
  ///   1, or the jitter not between 0 and 1
  public Retry {
    check(attempts >= 1, "attempts", attempts, "at least 1, the first one included");
    check(!firstPause.isNegative(), "first pause", firstPause, "a time that is not negative");
    check(!longestPause.isNegative(), "longest pause", longestPause, "a time that is not negative");
    check(factor >= 1, "factor", factor, "at least 1");
    check(jitter >= 0 && jitter <= 1, "jitter", jitter, "a number from 0 to 1");
    if (limit != null) {
      check(!limit.isNegative(), "limit", limit, "a time that is not negative");
    }
    classes = Set.copyOf(classes);
  }

  private static void check(boolean right, String what, Object value, String wanted) {
    if (!right) {
      throw new IllegalArgumentException(
          "the " + what + " of the retry is " + value + "; give " + wanted);
    }
  }

  /// {@return a retry with so many attempts, pauses from 100 ms doubling to 10 s with half of it
  /// jitter, after any exception, without a limit for an attempt}
  ///
  /// @param attempts how many attempts there are at most, the first one included
  /// @throws IllegalArgumentException if that is less than one
  public static Retry times(int attempts) {
    return new Retry(
        attempts,
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        2,
        0.5,
        null,
        Set.of(Exception.class),
        null);
  }

  /// {@return this retry with another number of attempts}
  ///
  /// @param newAttempts how many attempts there are at most, the first one included
  /// @throws IllegalArgumentException if that is less than one
  public Retry attempts(int newAttempts) {
    return new Retry(
        newAttempts, firstPause, longestPause, factor, jitter, limit, classes, predicate);
  }

  /// {@return this retry with another first pause}
  ///
  /// @param first the pause after the first failure
  /// @throws IllegalArgumentException if it is negative
  public Retry backoff(Duration first) {
    Objects.requireNonNull(first, "first");
    return backoff(first, longestPause.compareTo(first) < 0 ? first : longestPause);
  }

  /// {@return this retry with another first and longest pause}
  ///
  /// @param first the pause after the first failure
  /// @param longest the longest pause
  /// @throws IllegalArgumentException if one of them is negative
  public Retry backoff(Duration first, Duration longest) {
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(longest, "longest");
    return new Retry(attempts, first, longest, factor, jitter, limit, classes, predicate);
  }

  /// {@return this retry with pauses that grow by another factor}
  ///
  /// @param newFactor by how much each pause is longer than the one before; 1 for equal pauses
  /// @throws IllegalArgumentException if it is less than one
  public Retry factor(double newFactor) {
    return new Retry(
        attempts, firstPause, longestPause, newFactor, jitter, limit, classes, predicate);
  }

  /// {@return this retry with another jitter}
  ///
  /// @param newJitter the part of a pause, from 0 to 1, that chance may take away
  /// @throws IllegalArgumentException if it is not between 0 and 1
  public Retry jitter(double newJitter) {
    return new Retry(
        attempts, firstPause, longestPause, factor, newJitter, limit, classes, predicate);
  }

  /// {@return this retry with a time limit for each attempt}
  ///
  /// @param newLimit how long one attempt may take
  /// @throws IllegalArgumentException if that is negative
  public Retry limit(Duration newLimit) {
    return new Retry(
        attempts,
        firstPause,
        longestPause,
        factor,
        jitter,
        Objects.requireNonNull(newLimit, "newLimit"),
        classes,
        predicate);
  }

  /// {@return this retry after failures of these classes only}
  ///
  /// @param failures the classes
  @SafeVarargs
  @SuppressWarnings("varargs") // only read
  public final Retry on(Class<? extends Throwable>... failures) {
    return new Retry(
        attempts,
        firstPause,
        longestPause,
        factor,
        jitter,
        limit,
        Set.copyOf(List.of(Objects.requireNonNull(failures, "failures"))),
        predicate);
  }

  /// {@return this retry after failures that a condition accepts, and whose class it retries}
  ///
  /// @param condition the condition
  public Retry when(Condition condition) {
    return new Retry(
        attempts,
        firstPause,
        longestPause,
        factor,
        jitter,
        limit,
        classes,
        Objects.requireNonNull(condition, "condition"));
  }

  /// Calls until an attempt succeeds or none is left.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return its value
  /// @throws Exception what the last attempt threw; [InterruptedException] if the thread is
  ///   interrupted or the task cancelled during a pause
  public <T extends @Nullable Object> T call(Call<T> call) throws Exception {
    Objects.requireNonNull(call, "call");
    List<Throwable> failures = new ArrayList<>(0);
    while (true) {
      try {
        return attempt(call, failures.size() + 1);
      } catch (Throwable failure) {
        Optional<Duration> pause = pauseAfter(failure, failures.size() + 1);
        if (pause.isEmpty()) {
          suppress(failures, failure);
          throw failure;
        }
        failures.add(failure);
        Tracing.retrying(failure);
        pause(pause.get(), failures);
      }
    }
  }

  private <T extends @Nullable Object> T attempt(Call<T> call, int number) throws Exception {
    return limit == null
        ? call.call()
        : GroupImpl.within("attempt " + number + " of " + attempts, limit, call);
  }

  private static void pause(Duration pause, List<Throwable> failures) throws InterruptedException {
    try {
      Tasks.sleep(pause);
    } catch (InterruptedException e) {
      suppress(failures, e);
      throw e;
    }
  }

  private static void suppress(List<Throwable> failures, Throwable last) {
    for (Throwable failure : failures) {
      if (!failure.equals(last) && !List.of(last.getSuppressed()).contains(failure)) {
        last.addSuppressed(failure);
      }
    }
  }

  /// {@return how long to wait before the next attempt; empty if there is none}
  private Optional<Duration> pauseAfter(Throwable failure, int failed) {
    if (failed >= attempts || !isRetried(failure) || isCancelled()) {
      return Optional.empty();
    }
    Duration pause = pause(failed, ThreadLocalRandom.current().nextDouble());
    return Deadline.current()
            .map(Deadline::remaining)
            .filter(left -> left.compareTo(pause) <= 0)
            .isPresent()
        ? Optional.empty()
        : Optional.of(pause);
  }

  private static boolean isCancelled() {
    return Thread.currentThread().isInterrupted()
        || Tasks.current().flatMap(Task::cancelReason).isPresent();
  }

  private boolean isRetried(Throwable failure) {
    Throwable judged =
        failure instanceof TaskFailedException
            ? Objects.requireNonNullElse(failure.getCause(), failure)
            : failure;
    return !(judged instanceof InterruptedException)
        && !(judged instanceof CancellationException)
        && classes.stream().anyMatch(type -> type.isInstance(judged))
        && (predicate == null || predicate.test(judged));
  }

  /// {@return the pause after so many failures}
  ///
  /// @param failed how many attempts have failed, at least 1
  /// @param chance a random number from 0 to 1
  Duration pause(int failed, double chance) {
    double nanos = Times.nanos(firstPause) * Math.pow(factor, failed - 1.0);
    double whole = Math.min(nanos, (double) Times.nanos(longestPause));
    return Duration.ofNanos((long) (whole * (1 - jitter * chance)));
  }

  /// {@return a call that calls again when it fails} It can travel if the given one can.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  public <T extends @Nullable Object> Call<T> wrap(Call<T> call) {
    Objects.requireNonNull(call, "call");
    return () -> call(call);
  }

  /// {@return a function that is applied again when it fails} It can travel if the given one can.
  ///
  /// @param fn the function
  /// @param <A> the type of the input
  /// @param <R> the type of the result
  public <A extends @Nullable Object, R extends @Nullable Object> Fn<A, R> wrap(
      Fn<? super A, ? extends R> fn) {
    Objects.requireNonNull(fn, "fn");
    return input -> this.<R>call(() -> fn.apply(input));
  }
}
