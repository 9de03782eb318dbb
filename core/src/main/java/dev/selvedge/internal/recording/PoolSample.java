package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// How much a pool has to do at a moment.
@Name("selvedge.PoolSample")
@Label("Pool Sample")
@Description("How much a pool has to do, now and then")
@Category("Selvedge")
@StackTrace(false)
@Period("1 s")
public final class PoolSample extends Event {
  @Label("Pool")
  public @Nullable String pool;

  @Label("Running")
  public long running;

  @Label("Queued")
  public long queued;

  @Label("Done")
  @Description("How many tasks have ended so far")
  public long done;
}
