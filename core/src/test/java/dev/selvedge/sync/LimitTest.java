package dev.selvedge.sync;

import static dev.selvedge.sync.Waiting.LONG;
import static dev.selvedge.sync.Waiting.SHORT;
import static dev.selvedge.sync.Waiting.parked;
import static dev.selvedge.sync.Waiting.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LimitTest {

  @Test
  @Tag("SEM-01")
  void releasingSeveralPermitsAdmitsExactlyAsManyWaiters() throws Exception {
    Limit limit = Limit.of(5);
    limit.acquire(5);
    AtomicInteger admitted = new AtomicInteger();
    List<Waiting.Runner> waiters = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      waiters.add(
          parked(
              () -> {
                limit.acquire();
                admitted.incrementAndGet();
              }));
    }

    limit.release(3);

    for (int i = 0; i < 3; i++) {
      waiters.get(i).assertReturned();
    }
    waiters.get(3).awaitParked();
    waiters.get(4).awaitParked();
    waiters.get(5).awaitParked();
    assertEquals(3, admitted.get());
    assertEquals(0, limit.available());
    limit.release(3);
    for (var waiter : waiters) {
      waiter.assertReturned();
    }
    assertEquals(6, admitted.get());
  }

  @Test
  @Tag("SEM-02")
  void withoutABoundItIsTheJdksSemaphore() {
    Semaphore semaphore = new Semaphore(1);
    semaphore.release(2);
    assertTrue(semaphore.tryAcquire(3));
  }

  @Test
  @Tag("SEM-03")
  @Tag("ASYNC-01")
  void releaseAboveTheBoundFailsAlsoFromManyThreads() throws Exception {
    Limit limit = Limit.of(3);
    assertThrows(IllegalStateException.class, limit::release);
    for (int round = 0; round < 20; round++) {
      limit.acquire(3);
      AtomicInteger refused = new AtomicInteger();
      List<Waiting.Runner> runners = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        runners.add(
            running(
                () -> {
                  try {
                    limit.release();
                  } catch (IllegalStateException e) {
                    refused.incrementAndGet();
                  }
                }));
      }
      for (var runner : runners) {
        runner.assertReturned();
      }
      assertEquals(7, refused.get());
      assertEquals(3, limit.available());
    }
  }

  @Test
  @Tag("SEM-04")
  void releaseOfTooManyFailsAsAWhole() throws Exception {
    Limit limit = Limit.of(5);
    limit.acquire(2);
    assertThrows(IllegalStateException.class, () -> limit.release(3));
    assertEquals(3, limit.available());
    limit.release(2);
    assertEquals(5, limit.available());
    assertEquals(List.of(), limit.holders());
  }

  @Test
  @Tag("ASYNC-04")
  void whoWantsManyIsNotOvertaken() throws Exception {
    Limit limit = Limit.of(4);
    limit.acquire(3);
    List<String> order = new CopyOnWriteArrayList<>();
    var many =
        parked(
            () -> {
              limit.acquire(4);
              order.add("many");
              limit.release(4);
            });
    var few =
        parked(
            () -> {
              limit.acquire();
              order.add("few");
            });

    assertFalse(limit.tryAcquire(), "one is available, but others wait for it");
    limit.release(3);

    many.assertReturned();
    few.assertReturned();
    assertEquals(List.of("many", "few"), order);
  }

  @Test
  void whoLeavesTheQueueLetsThoseBehindHaveWhatIsThere() throws Exception {
    Limit limit = Limit.of(4);
    limit.acquire(3);
    var many = parked(() -> limit.acquire(4));
    var few = parked(limit::acquire);

    many.interrupt();

    assertInstanceOf(InterruptedException.class, many.outcome());
    few.assertReturned();
    assertEquals(0, limit.available());
  }

  @Test
  void whoTimesOutLetsThoseBehindHaveWhatIsThere() throws Exception {
    Limit limit = Limit.of(4);
    limit.acquire(3);
    var many = running(() -> assertFalse(limit.tryAcquire(4, Duration.ofMillis(50))));
    var few = running(limit::acquire);

    many.assertReturned();
    few.assertReturned();
    assertEquals(0, limit.available());
  }

  @Test
  void timedAcquireIsRefusedNotBeforeItsTimeAndLeavesNoTrace() throws Exception {
    Limit limit = Limit.of(1);
    assertTrue(limit.tryAcquire(Duration.ZERO));
    long start = System.nanoTime();
    assertFalse(limit.tryAcquire(SHORT));
    assertTrue(System.nanoTime() - start >= SHORT.toNanos());
    limit.release();
    assertEquals(1, limit.available());
    assertTrue(limit.tryAcquire());
  }

  @Test
  void refusesNumbersThatMakeNoSense() {
    Limit limit = Limit.of(2);
    assertThrows(IllegalArgumentException.class, () -> Limit.of(0));
    assertThrows(IllegalArgumentException.class, () -> limit.acquire(0));
    assertThrows(IllegalArgumentException.class, () -> limit.acquire(3));
    assertThrows(IllegalArgumentException.class, () -> limit.tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> limit.release(0));
    assertThrows(IllegalArgumentException.class, () -> limit.tryAcquire(Duration.ofNanos(-1)));
    assertEquals(2, limit.available());
  }

  @Test
  void tellsWhoHoldsPermits() throws Exception {
    Limit limit = Limit.of(5);
    try (Pool pool = Pool.virtual()) {
      pool.submit("reader", () -> limit.acquire(2)).await(LONG);
      pool.submit("writer", () -> limit.acquire()).await(LONG);
      assertEquals(
          List.of(new Limit.Holder("reader", 2), new Limit.Holder("writer", 1)), limit.holders());

      limit.release(); // by a thread that holds none: from the first
      assertEquals(
          List.of(new Limit.Holder("reader", 1), new Limit.Holder("writer", 1)), limit.holders());
      limit.release(2);
      assertEquals(List.of(), limit.holders());
    }
  }

  @Test
  void handedOverPermitsAreHeldByTheOneThatWaited() throws Exception {
    Limit limit = Limit.of(1);
    limit.acquire();
    try (Pool pool = Pool.virtual()) {
      var task = pool.submit("next", () -> limit.acquire());
      Waiting.until(() -> task.toString().endsWith("waiting"));
      limit.release();
      task.await(LONG);
      assertEquals(List.of(new Limit.Holder("next", 1)), limit.holders());
    }
  }

  @Test
  void callAndRunHoldAPermitMeanwhile() throws Exception {
    Limit limit = Limit.of(1);
    assertEquals(0, limit.call(limit::available));
    limit.run(() -> assertEquals(0, limit.available()));
    IOException failure = new IOException("broken");
    var thrown =
        assertThrows(
            IOException.class,
            () ->
                limit.run(
                    () -> {
                      throw failure;
                    }));
    assertSame(failure, thrown);
    assertEquals(1, limit.available());
  }

  @Test
  void closingAHoldReturnsItsPermitsOnce() throws Exception {
    Limit limit = Limit.of(3);
    Limit.Hold hold = limit.hold(2);
    limit.acquire();
    running(hold::close).assertReturned();
    hold.close();
    assertEquals(2, limit.available());
    Limit.Hold other = limit.hold(2);
    limit.release(3);
    assertThrows(IllegalStateException.class, other::close);
    assertEquals(3, limit.available());
  }

  @Test
  void neverLetsInMoreThanTheBound() throws Exception {
    Limit limit = Limit.of(3);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Waiting.Runner> runners = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      int permits = i % 3 + 1;
      runners.add(
          running(
              () -> {
                for (int done = 0; done < 200; ) {
                  try {
                    if (done % 2 == 0) {
                      limit.acquire(permits);
                    } else if (!limit.tryAcquire(permits, Duration.ofNanos(50_000))) {
                      continue;
                    }
                  } catch (InterruptedException e) {
                    continue;
                  }
                  most.accumulateAndGet(inside.addAndGet(permits), Math::max);
                  inside.addAndGet(-permits);
                  limit.release(permits);
                  done++;
                }
              }));
    }
    for (int i = 0; i < 300; i++) {
      runners.get(i % runners.size()).interrupt();
      Thread.onSpinWait();
    }
    for (var runner : runners) {
      runner.assertReturned();
    }
    assertTrue(most.get() <= 3, "at most " + most);
    assertEquals(3, limit.available());
    assertEquals(List.of(), limit.holders());
  }
}
