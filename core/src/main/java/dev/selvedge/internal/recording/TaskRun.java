package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Contextual;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// A task's code ran, from its begin to its end. A task that is retried has one for each attempt,
/// one after the other.
@Name("selvedge.TaskRun")
@Label("Task Run")
@Description("One attempt of a task, from the begin of its code to its end")
@Category("Selvedge")
@StackTrace(false)
public final class TaskRun extends Event {
  private static final TaskRun ANY = new TaskRun();

  @Label("Task")
  @Contextual
  public long task;

  /// Its name, or for a task without one the place of its code.
  @Label("Name")
  @Contextual
  public @Nullable String name;

  @Label("Parent")
  @Description("The task that cannot end before this one; 0 if there is none")
  public long parent;

  @Label("Group")
  public long group;

  @Label("Pool")
  public @Nullable String pool;

  @Label("Worker")
  @Description("The worker process that ran it; empty if it ran in this process")
  public @Nullable String worker;

  @Label("Queued")
  @Description("From its submission, or the failure of the attempt before, to its begin")
  @Timespan(Timespan.NANOSECONDS)
  public long queued;

  @Label("Blocked")
  @Description("For how long it was parked in waits of Selvedge")
  @Timespan(Timespan.NANOSECONDS)
  public long blocked;

  @Label("Attempt")
  public int attempt;

  /// `succeeded`, `failed` or `cancelled`.
  @Label("Outcome")
  public @Nullable String outcome;

  @Label("Exception")
  @Description("The class of what its code threw")
  public @Nullable String exception;

  /// False if it ended in its queue.
  @Label("Started")
  public boolean started;

  /// The run that is to be recorded together with this one, before it; not recorded itself.
  public transient @Nullable TaskRun before;

  /// How many these are.
  public transient int count;

  /// {@return whether anybody records these events}
  static boolean isOn() {
    return ANY.isEnabled();
  }
}
