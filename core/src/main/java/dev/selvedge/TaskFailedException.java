package dev.selvedge;

import java.util.Objects;
import java.util.concurrent.ExecutionException;

/// A task failed. The cause is what it threw; further failures of the same group are suppressed
/// exceptions, at most [#MAX_SUPPRESSED] of them, and [#failures()] counts them all. Cancellations
/// never are among them.
///
/// ```java
/// try {
///   save(task.await());
/// } catch (TaskFailedException e) {
///   System.err.println(e.task() + " (" + e.place() + "): " + e.getCause());
/// }
/// ```
///
/// It is an [ExecutionException], so that a `catch` written for `Future.get` keeps working. The
/// message names the task's path and the place in the source of its code.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class TaskFailedException extends ExecutionException {
  private static final long serialVersionUID = 1;

  /// How many further failures are kept as suppressed exceptions.
  public static final int MAX_SUPPRESSED = 16;

  private final String task;
  private final String place;
  private final long failures;

  /// A failure of one task.
  ///
  /// @param task the path of the task that failed first
  /// @param place where its code is, such as `Crawl.java:31`
  /// @param failures how many tasks failed in all
  /// @param cause what the task threw
  public TaskFailedException(String task, String place, long failures, Throwable cause) {
    super(message(task, place, failures, cause), cause);
    this.task = task;
    this.place = place;
    this.failures = failures;
  }

  private static String message(String task, String place, long failures, Throwable cause) {
    String others = failures > 1 ? " (and " + (failures - 1) + " more failed)" : "";
    String where = place.isEmpty() ? "" : " (" + place + ")";
    return "the task '" + task + "'" + where + " failed" + others + ": " + cause;
  }

  /// {@return what the task threw; never null}
  @Override
  public synchronized Throwable getCause() {
    return Objects.requireNonNull(super.getCause());
  }

  /// {@return the path of the task that failed first}
  public String task() {
    return task;
  }

  /// {@return where the task's code is, such as `Crawl.java:31`; empty if that is not known}
  public String place() {
    return place;
  }

  /// {@return how many tasks failed in all, this one included}
  public long failures() {
    return failures;
  }
}
