package dev.selvedge.trace.recording;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import jdk.jfr.Category;
import jdk.jfr.Contextual;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// Events of the names and fields that Selvedge records, for tests of the reader.
///
/// They lie at times that the test chooses: the JVM adds the fields `startTime` and `duration`, in
/// its own ticks, to the class of an event, and what is in them already stays.
final class SelvedgeEvents {
  private static final int TICKS_PER_SECOND = 56;
  private static final double NANOS_PER_TICK = nanosPerTick();

  private SelvedgeEvents() {}

  /// Records what `events` commits, into a file.
  static void record(Path file, Consumer<jdk.jfr.Recording> events) throws IOException {
    try (var recording = new jdk.jfr.Recording()) {
      recording.enable("jdk.JVMInformation");
      recording.start();
      events.accept(recording);
      recording.stop();
      recording.dump(file);
    }
  }

  /// {@return the event, lying at `start` nanoseconds after the first use of this class}
  static <E extends Event> E at(E event, long start, long duration) {
    try {
      var startTime = event.getClass().getDeclaredField("startTime");
      var length = event.getClass().getDeclaredField("duration");
      startTime.setAccessible(true);
      length.setAccessible(true);
      startTime.setLong(event, Base.TICKS + (long) (start / NANOS_PER_TICK));
      length.setLong(event, Math.max(1, Math.round(duration / NANOS_PER_TICK)));
      return event;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /// The first use.
  private static final class Base {
    static final long TICKS = ticks();

    private static long ticks() {
      try (var recording = new jdk.jfr.Recording()) {
        recording.start();
        var event = new Dropped();
        event.begin();
        var startTime = Dropped.class.getDeclaredField("startTime");
        startTime.setAccessible(true);
        return startTime.getLong(event);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }
  }

  private static double nanosPerTick() {
    try {
      var file = Files.createTempFile("ticks", ".jfr");
      record(file, recording -> {});
      try (var bytes = new DataInputStream(Files.newInputStream(file))) {
        bytes.skipNBytes(TICKS_PER_SECOND);
        return 1e9 / bytes.readLong();
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Name("selvedge.TaskRun")
  @Category("Selvedge")
  @StackTrace(false)
  static final class TaskEvent extends Event {
    @Contextual long task;
    @Contextual String name = "";
    long parent;
    long group;
    String pool = "threads";
    String worker = "";
    @Timespan long queued;
    @Timespan long blocked;
    int attempt = 1;
    String outcome = "succeeded";
    String exception = "";
    boolean started = true;
  }

  @Name("selvedge.Group")
  @Category("Selvedge")
  @StackTrace(false)
  static final class GroupEvent extends Event {
    long group;
    String name = "";
    long owner;
    String pool = "";
    long limit;
    long forked;
    String outcome = "succeeded";
  }

  @Name("selvedge.Cancel")
  @Category("Selvedge")
  @StackTrace(false)
  static final class CancelEvent extends Event {
    long task;
    String name = "";
    String reason = "";
    long by;
    String byName = "";
    long byGroup;
    String swallowed = "";
  }

  @Name("selvedge.TaskWait")
  @Category("Selvedge")
  @StackTrace(false)
  static final class WaitEvent extends Event {
    long task;
    String name = "";
    String kind = "";
    String on = "";
    long holder;
  }

  @Name("selvedge.PoolSample")
  @Category("Selvedge")
  @StackTrace(false)
  static final class SampleEvent extends Event {
    String pool = "";
    int threads;
    int running;
    long queued;
    long done;
  }

  @Name("selvedge.LoopStall")
  @Category("Selvedge")
  static final class StallEvent extends Event {
    String loop = "";
    long task;
    String name = "";
  }

  @Name("selvedge.Transfer")
  @Category("Selvedge")
  @StackTrace(false)
  static final class TransferEvent extends Event {
    long task;
    String pool = "";
    String worker = "";
    String direction = "";
    @DataAmount long bytes;
    @Timespan long serialization;
  }

  @Name("selvedge.Dropped")
  @Category("Selvedge")
  @StackTrace(false)
  static final class Dropped extends Event {
    String what = "";
    long count;
  }

  /// A later version's: a field more, another type for one, and some that are gone.
  @Name("selvedge.TaskRun")
  @Category("Selvedge")
  @StackTrace(false)
  static final class LaterTaskEvent extends Event {
    int task;
    String name = "";
    String attempt = "third";
    String outcome = "suspended";
    String machine = "elsewhere";
  }
}
