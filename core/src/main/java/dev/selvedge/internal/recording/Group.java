package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// A group was open.
@Name("selvedge.Group")
@Label("Task Group")
@Description("A group of tasks, from its opening until all of them had stopped")
@Category("Selvedge")
@StackTrace(false)
public final class Group extends Event {
  private static final Group ANY = new Group();

  @Label("Group")
  public long group;

  @Label("Name")
  public @Nullable String name;

  @Label("Owner")
  @Description("The task that opened it, or the group whose body did; 0 for a thread without task")
  public long owner;

  @Label("Pool")
  public @Nullable String pool;

  @Label("Limit")
  @Description("How many of its tasks run at the same time at most; 0 if any number may")
  public int limit;

  @Label("Forked")
  @Description("How many tasks it had")
  public long forked;

  /// `succeeded`, `failed` or `cancelled`.
  @Label("Outcome")
  public @Nullable String outcome;

  /// {@return whether anybody records these events}
  static boolean isOn() {
    return ANY.isEnabled();
  }
}
