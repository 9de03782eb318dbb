package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualClockTest {

  @Test
  void deadlinesPassWhenTheClockIsMoved() throws Exception {
    VirtualClock clock = new VirtualClock();
    try (Pool pool = clock.pool()) {
      Task<Boolean> task =
          pool.submit(
              () ->
                  Deadline.within(
                      Duration.ofHours(1), () -> Event.create().await(Duration.ofHours(2))));
      clock.awaitTimers(2);
      clock.advance(Duration.ofMinutes(59));
      assertFalse(task.isDone());
      clock.advance(Duration.ofMinutes(1));
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertInstanceOf(DeadlineExceededException.class, failure.getCause());
    }
  }

  @Test
  void timersRunInOrderEachAtItsTime() {
    VirtualClock clock = new VirtualClock();
    List<Instant> seen = new ArrayList<>();
    for (int seconds : new int[] {5, 1, 3}) {
      clock.at(Duration.ofSeconds(seconds).toNanos(), () -> seen.add(clock.now()));
    }
    Kernel.Alarm cancelled = clock.at(Duration.ofSeconds(2).toNanos(), () -> seen.add(Instant.MIN));
    cancelled.cancel();
    clock.advance(Duration.ofSeconds(4));
    Instant start = Instant.parse("2000-01-01T00:00:00Z");
    assertEquals(List.of(start.plusSeconds(1), start.plusSeconds(3)), seen);
    clock.advance(Duration.ofSeconds(4));
    assertEquals(start.plusSeconds(5), seen.getLast());
    assertEquals(start.plusSeconds(8), clock.now());
    assertThrows(IllegalArgumentException.class, () -> clock.advance(Duration.ofNanos(-1)));
  }

  @Test
  void timedWaitsEndAtTheirTime() throws Exception {
    VirtualClock clock = new VirtualClock();
    try (Pool pool = clock.pool()) {
      Task<Boolean> waits = pool.submit(() -> Event.create().await(Duration.ofDays(1)));
      clock.awaitTimers(1);
      clock.advance(Duration.ofDays(1));
      assertFalse(waits.await());
    }
  }
}
