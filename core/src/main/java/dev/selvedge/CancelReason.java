package dev.selvedge;

import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a task was cancelled. A reason keeps the reason it followed from, so that the question "why
/// was I cancelled?" is answered by a chain, through groups and, on other pools, through processes.
///
/// ```java
/// task.cancelReason().ifPresent(why -> System.out.println(why.describe()));
/// // the task 'crawl' was cancelled, because the deadline of 'crawl' (2s) passed
/// ```
///
/// Immutable.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public sealed interface CancelReason extends Serializable {

  /// Somebody asked for it.
  ///
  /// @param why what the caller said
  record Requested(String why) implements CancelReason {
    /// Checks the words.
    public Requested {
      Objects.requireNonNull(why, "why");
    }

    @Override
    public String describe() {
      return why;
    }
  }

  /// Another task of the same group failed.
  ///
  /// @param task the path of the task that failed
  /// @param failure what it failed with
  record SiblingFailed(String task, Throwable failure) implements CancelReason {
    @Override
    public String describe() {
      return "the task '" + task + "' of the same group failed with " + failure;
    }
  }

  /// The task that opened the group was cancelled.
  ///
  /// @param task the path of the task that was cancelled
  /// @param because why that one was cancelled
  record ParentCancelled(String task, CancelReason because) implements CancelReason {
    @Override
    public Optional<CancelReason> cause() {
      return Optional.of(because);
    }

    @Override
    public String describe() {
      return "the task '" + task + "' was cancelled, because " + because.describe();
    }
  }

  /// A deadline passed.
  ///
  /// @param deadline the deadline
  record DeadlineExpired(Deadline deadline) implements CancelReason {
    @Override
    public String describe() {
      return deadline.describeExpiry();
    }
  }

  /// The scope that owned the task ended without waiting for it.
  ///
  /// @param scope the name of the group or of the results
  record ScopeClosed(String scope) implements CancelReason {
    @Override
    public String describe() {
      return "'" + scope + "' was closed before the task was done";
    }
  }

  /// The pool was told to stop.
  ///
  /// @param pool the name of the pool
  record Shutdown(String pool) implements CancelReason {
    @Override
    public String describe() {
      return "the pool '" + pool + "' was shut down";
    }
  }

  /// The worker that ran the task was killed on purpose, for instance after a grace period.
  ///
  /// @param worker the worker's name
  /// @param why what led to it, if another reason did
  record WorkerKilled(String worker, @Nullable CancelReason why) implements CancelReason {
    @Override
    public Optional<CancelReason> cause() {
      return Optional.ofNullable(why);
    }

    @Override
    public String describe() {
      return "the worker '"
          + worker
          + "' was killed"
          + (why == null ? "" : ", because " + why.describe());
    }
  }

  /// {@return the reason that this one followed from, if there is one}
  default Optional<CancelReason> cause() {
    return Optional.empty();
  }

  /// {@return the whole chain as one sentence, without a full stop}
  String describe();
}
