package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;

/// A thread was parked in one of Selvedge's own waits.
@Name("selvedge.TaskWait")
@Label("Task Wait")
@Description("A wait for a task, a lock, a channel or the like of Selvedge")
@Category("Selvedge")
@StackTrace(false)
@Threshold("1 ms")
public final class TaskWait extends Event {
  private static final TaskWait ANY = new TaskWait();

  /// Who waits: a task, a group whose body does, or 0 for a thread without task.
  @Label("Task")
  public long task;

  /// Its name, or the thread's.
  @Label("Name")
  public @Nullable String name;

  /// A word such as `lock`.
  @Label("Kind")
  public @Nullable String kind;

  @Label("On")
  @Description("What it waits for")
  public @Nullable String on;

  @Label("Holder")
  @Description("The task that had it, or that was awaited; 0 if it is not known")
  public long holder;

  static boolean isOn() {
    return ANY.isEnabled();
  }
}
