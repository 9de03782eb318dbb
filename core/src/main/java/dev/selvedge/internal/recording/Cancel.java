package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// A task was cancelled: from the request until its code had stopped.
@Name("selvedge.Cancel")
@Label("Cancellation")
@Description("A cancellation, from its request until the code of the task had stopped")
@Category("Selvedge")
@StackTrace(false)
public final class Cancel extends Event {
  private static final Cancel ANY = new Cancel();

  /// What was cancelled: a task, or the body of a group, which has the group's number.
  @Label("Task")
  public long task;

  @Label("Name")
  public @Nullable String name;

  @Label("Reason")
  public @Nullable String reason;

  @Label("By")
  @Description("The task that asked for it; 0 if it was no task")
  public long by;

  @Label("By Name")
  @Description("The name of that task, or else of the thread")
  public @Nullable String byName;

  @Label("By Group")
  @Description("The group that passed its own cancellation on; 0 if none did")
  public long byGroup;

  @Label("Swallowed")
  @Description("Where the code went on after the interrupt, if it was seen to do so")
  public @Nullable String swallowed;

  /// {@return whether anybody records these events}
  static boolean isOn() {
    return ANY.isEnabled();
  }
}
