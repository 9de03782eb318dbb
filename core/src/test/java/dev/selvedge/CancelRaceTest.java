package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CancelRaceTest {

  /// The running thread may have ended the task before its canceller goes on; then the canceller
  /// took it for one that had not started, and ended it again.
  @Test
  void aTaskThatStopsWhileItsCancellerGoesOnEndsOnce() throws Exception {
    Pool pool = Pool.virtual();
    AtomicInteger ends = new AtomicInteger();
    int rounds = 3_000;
    for (int i = 0; i < rounds; i++) {
      Event started = Event.create();
      Task<?> task =
          pool.submit(
              () -> {
                started.set();
                Thread.sleep(TimeUnit.MINUTES.toMillis(5));
              });
      task.onDone(done -> ends.incrementAndGet());
      started.await();
      task.cancel("enough");
    }
    pool.shutdown();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS), pool::toString);
    assertTrue(pool.toString().endsWith(" 0 pending"), pool.toString());
    while (ends.get() < rounds) {
      Thread.onSpinWait();
    }
    assertEquals(rounds, ends.get());
  }
}
