package dev.selvedge.sync;

import static dev.selvedge.sync.Waiting.LONG;
import static dev.selvedge.sync.Waiting.SHORT;
import static dev.selvedge.sync.Waiting.parked;
import static dev.selvedge.sync.Waiting.parkedTask;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.TaskCancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventTest {
  private final Event event = Event.create();

  @Test
  @Tag("EVENT-01")
  void isUnsetFirstAndThenWhatTheLastCallSaid() {
    assertFalse(event.isSet());
    event.clear();
    assertFalse(event.isSet());
    event.set();
    event.set();
    assertTrue(event.isSet());
    event.clear();
    event.clear();
    assertFalse(event.isSet());
  }

  @Test
  @Tag("EVENT-02")
  void setReleasesAllWaitersAndLaterWaitsReturnAtOnceUntilItIsCleared() throws Exception {
    AtomicInteger released = new AtomicInteger();
    List<Waiting.Runner> waiters = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      waiters.add(
          parked(
              () -> {
                if (event.await(LONG)) {
                  released.incrementAndGet();
                }
              }));
    }

    event.set();

    for (var waiter : waiters) {
      waiter.assertReturned();
    }
    assertEquals(5, released.get());
    assertTrue(event.await(Duration.ZERO));
    event.clear();
    assertFalse(event.await(Duration.ZERO));
  }

  @Test
  @Tag("EVENT-03")
  void clearRightAfterSetTakesNothingFromThoseWhoWaited() throws Exception {
    for (int round = 0; round < 50; round++) {
      var waiter = parked(event::await);
      event.set();
      event.clear();
      waiter.assertReturned();
      assertFalse(event.isSet());
    }
  }

  @Test
  void timedWaitEndsWithFalseNotBeforeItsTime() throws Exception {
    long start = System.nanoTime();
    assertFalse(event.await(SHORT));
    assertTrue(System.nanoTime() - start >= SHORT.toNanos());
  }

  @Test
  void negativeTimeoutIsRefusedEvenIfSet() {
    event.set();
    assertThrows(IllegalArgumentException.class, () -> event.await(Duration.ofMillis(-1)));
  }

  @Test
  void interruptedWaiterThrowsAndTheOthersAreReleased() throws Exception {
    var first = parked(event::await);
    var second = parked(event::await);

    first.interrupt();
    assertInstanceOf(InterruptedException.class, first.outcome());
    event.set();

    second.assertReturned();
  }

  @Test
  void cancelledTaskLeavesItsWaitAndSaysWhy() throws Exception {
    try (Pool pool = Pool.virtual()) {
      var task =
          parkedTask(
              pool,
              () -> {
                event.await();
                return 1;
              });

      task.cancel("enough");

      var thrown = assertThrows(TaskCancelledException.class, task::await);
      assertTrue(thrown.toString().contains("enough"), thrown.toString());
    }
  }
}
