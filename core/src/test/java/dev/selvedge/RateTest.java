package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RateTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final ManualKernel kernel = new ManualKernel();
  private final Pool pool = new KernelPool(kernel);
  private final Rate rate = Rate.of(2, Duration.ofSeconds(1));

  @AfterEach
  void cancelWhatIsLeft() throws InterruptedException {
    pool.cancelAndClose();
  }

  private boolean tryNow() throws Exception {
    return pool.submit(() -> rate.tryAcquire()).await(LONG);
  }

  private void useUp() throws Exception {
    assertTrue(tryNow());
    assertTrue(tryNow());
  }

  private void awaitWaiting(int count) throws InterruptedException {
    awaitWaiting(rate, count);
  }

  private void awaitWaiting(Rate rate, int count) throws InterruptedException {
    while (!rate.toString().endsWith(" " + count + " waiting")) {
      Thread.onSpinWait();
    }
    kernel.awaitTimers(1); // the first one watches the clock
  }

  @Test
  void noPeriodHoldsMoreWhereverItBegins() throws Exception {
    assertTrue(tryNow());
    kernel.advance(Duration.ofMillis(900));
    assertTrue(tryNow());
    assertFalse(tryNow());
    kernel.advance(Duration.ofMillis(100));
    assertTrue(tryNow());
    assertFalse(tryNow());
    kernel.advance(Duration.ofMillis(899));
    assertFalse(tryNow());
    kernel.advance(Duration.ofMillis(1));
    assertTrue(tryNow());
  }

  @Test
  void thoseWhoWaitPassInTheOrderInWhichTheyCame() throws Exception {
    Rate single = Rate.of(1, Duration.ofSeconds(1));
    assertTrue(pool.submit(() -> single.tryAcquire()).await(LONG));
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      tasks.add(pool.submit(() -> single.acquire()));
      awaitWaiting(single, i + 1);
    }
    assertFalse(pool.submit(() -> single.tryAcquire()).await(LONG), "nobody overtakes");
    for (int i = 0; i < 5; i++) {
      assertTrue(tasks.subList(i, 5).stream().noneMatch(Task::isDone), "one passes a period");
      kernel.awaitTimers(1);
      kernel.advance(Duration.ofSeconds(1));
      assertTrue(tasks.get(i).join(LONG), "the one that came first passes first");
    }
  }

  @Test
  void whoIsCancelledGivesTheTurnToTheNext() throws Exception {
    useUp();
    Task<?> first = pool.submit(() -> rate.acquire());
    awaitWaiting(1);
    Task<?> second = pool.submit(() -> rate.acquire());
    awaitWaiting(2);
    first.cancel("no longer");
    assertTrue(first.join(LONG));
    awaitWaiting(1);
    kernel.advance(Duration.ofSeconds(1));
    assertTrue(second.join(LONG));
    assertFalse(second.isCancelled());
    assertTrue(tryNow(), "the cancelled one has not passed");
  }

  @Test
  void aTimedWaitEndsAsSoonAsItIsHopeless() throws Exception {
    useUp();
    assertFalse(pool.submit(() -> rate.tryAcquire(Duration.ofMillis(999))).await(LONG));
    Task<Boolean> inTime = pool.submit(() -> rate.tryAcquire(Duration.ofSeconds(1)));
    awaitWaiting(1);
    kernel.advance(Duration.ofSeconds(1));
    assertTrue(inTime.await(LONG));
  }

  @Test
  void theRealClockIsKeptUnderContention() throws Exception {
    Rate fast = Rate.of(5, Duration.ofMillis(40));
    List<Long> passes = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch start = new CountDownLatch(1);
    try (Pool real = Pool.virtual()) {
      for (int i = 0; i < 30; i++) {
        real.submit(
            () -> {
              start.await();
              fast.acquire();
              passes.add(System.nanoTime());
            });
      }
      start.countDown();
    }
    assertEquals(30, passes.size());
    List<Long> sorted = passes.stream().sorted().toList();
    assertTrue(sorted.get(29) - sorted.get(0) >= Duration.ofMillis(5 * 40 - 20).toNanos());
  }

  @Test
  void ratesThatLetNobodyPassAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Rate.of(0, Duration.ofSeconds(1)));
    assertThrows(IllegalArgumentException.class, () -> Rate.of(1, Duration.ZERO));
  }
}
