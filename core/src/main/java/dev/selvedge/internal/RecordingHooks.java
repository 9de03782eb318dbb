package dev.selvedge.internal;

import dev.selvedge.internal.recording.Dropped;
import dev.selvedge.internal.recording.PoolSample;
import dev.selvedge.internal.recording.Recorder;
import dev.selvedge.internal.recording.Texts;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import jdk.jfr.FlightRecorder;

/// What the JDK's recorder calls now and then, and before each of its chunks ends: from the first
/// task on that is recorded.
final class RecordingHooks {
  private static final Duration LONGEST_FLUSH = Duration.ofSeconds(1);
  private static final RecordingHooks ONE = new RecordingHooks();

  /// How many tasks have ended that had begun before anybody recorded.
  private final LongAdder begunEarlier = new LongAdder();

  private RecordingHooks() {
    FlightRecorder.addPeriodicEvent(PoolSample.class, RecordingHooks::samplePools);
    FlightRecorder.addPeriodicEvent(Dropped.class, this::endChunk);
  }

  /// Sets the hooks, unless that was done.
  static RecordingHooks set() {
    return ONE;
  }

  /// Counts a task of whose run the begin is not known.
  void hadBegunEarlier() {
    begunEarlier.increment();
  }

  private void endChunk() {
    try {
      // on a virtual thread, as those are whose runs are recorded
      boolean _ = Thread.startVirtualThread(ShortRuns::flush).join(LONGEST_FLUSH);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    long count = begunEarlier.sumThenReset();
    if (count > 0) {
      Recorder.dropped("runs of tasks that had begun before the recording", count);
    }
  }

  private static void samplePools() {
    for (PoolTasks pool : KeepAlive.pools()) {
      if (!pool.isTerminated() && pool.everTaken() > 0) {
        sample(pool);
      }
    }
  }

  /// The numbers are read one after the other, while tasks come and go.
  private static void sample(PoolTasks pool) {
    PoolSample sample = new PoolSample();
    sample.pool = Texts.cut(pool.name());
    sample.queued = pool.waiting();
    long undone = pool.undone();
    sample.running = Math.max(0, undone - sample.queued);
    sample.done = Math.max(0, pool.everTaken() - undone);
    sample.commit();
  }
}
