package dev.selvedge.internal.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// Something is missing in the recording though it happened.
@Name("selvedge.Dropped")
@Label("Dropped")
@Description("What is missing in the recording though it happened, and how much of it")
@Category("Selvedge")
@StackTrace(false)
@Period("endChunk")
public final class Dropped extends Event {
  @Label("What")
  public @Nullable String what;

  @Label("Count")
  public long count;

  static void commit(String what, long count) {
    Dropped dropped = new Dropped();
    dropped.what = Texts.cut(what);
    dropped.count = count;
    dropped.commit();
  }
}
