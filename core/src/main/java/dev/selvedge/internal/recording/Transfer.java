package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// Work was sent to a worker process, or what became of it came back.
@Name("selvedge.Transfer")
@Label("Transfer")
@Description("A task that was sent to a worker process, or its outcome that came back")
@Category("Selvedge")
@StackTrace(false)
public final class Transfer extends Event {
  private static final Transfer ANY = new Transfer();

  @Label("Task")
  public long task;

  @Label("Pool")
  public @Nullable String pool;

  @Label("Worker")
  public @Nullable String worker;

  /// `to worker` or `from worker`.
  @Label("Direction")
  public @Nullable String direction;

  @Label("Bytes")
  @DataAmount
  public long bytes;

  @Label("Serialization")
  @Description("How long it took to turn objects into these bytes, or these bytes into objects")
  @Timespan(Timespan.NANOSECONDS)
  public long serialization;

  static boolean isOn() {
    return ANY.isEnabled();
  }
}
