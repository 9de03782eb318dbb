package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedSemaphoreTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  @Test
  void whatOneProcessGivesAnotherTakes() throws Exception {
    SharedSemaphore ready = shared.semaphore(0);
    var taken =
        Peer.left()
            .begin(
                () -> {
                  for (int i = 0; i < 500; i++) {
                    ready.acquire();
                  }
                  return ready.available();
                });
    assertFalse(ready.tryAcquire());
    assertFalse(ready.tryAcquire(SHORT));

    for (int i = 0; i < 100; i++) {
      ready.release();
    }
    ready.release(400);

    assertEquals(0, taken.get(LONG.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void keepsItsBound() throws Exception {
    SharedSemaphore semaphore = shared.semaphore(1, 2);
    assertThrows(IllegalStateException.class, () -> semaphore.release(2));
    semaphore.release();
    assertThrows(IllegalStateException.class, semaphore::release);
    assertEquals(2, semaphore.available());
    assertThrows(IllegalArgumentException.class, () -> semaphore.release(0));
    assertThrows(IllegalArgumentException.class, () -> shared.semaphore(3, 2));
    assertThrows(IllegalArgumentException.class, () -> shared.semaphore(-1));
  }

  @Test
  void letsInNoMoreThanItHasPermits() throws Exception {
    SharedSemaphore semaphore = shared.semaphore(2);
    SharedArray.OfLong inside = shared.longs(2);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (Peer peer : List.of(Peer.left(), Peer.right(), Peer.left(), Peer.right())) {
      all.add(
          peer.begin(
              () -> {
                for (int i = 0; i < 500; i++) {
                  semaphore.acquire();
                  inside.accumulateAndGet(1, inside.getAndAdd(0, 1) + 1, Math::max);
                  inside.getAndAdd(0, -1);
                  semaphore.release();
                }
                return true;
              }));
    }
    for (var each : all) {
      each.get(LONG.toSeconds(), TimeUnit.SECONDS);
    }
    assertTrue(inside.get(1) <= 2, "at most two: " + inside.get(1));
    assertEquals(2, semaphore.available());
  }

  @Test
  void anInterruptTakesNothing() throws Exception {
    SharedSemaphore semaphore = shared.semaphore(1);
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, semaphore::acquire);
    assertEquals(1, semaphore.available());
  }

  @Test
  void thePermitsOfALimitComeBackWhenTheirProcessIsKilled() throws Exception {
    SharedLimit limit = shared.limit(3);
    CompletableFuture<Integer> waiter;
    try (Peer victim = Peer.start()) {
      victim.run(limit::acquire);
      victim.run(limit::acquire);
      limit.acquire();
      assertFalse(limit.tryAcquire());
      assertFalse(limit.tryAcquire(SHORT));
      waiter =
          Peer.left()
              .begin(
                  () -> {
                    limit.acquire();
                    return limit.held();
                  });
      victim.kill();
    }
    assertEquals(1, waiter.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertTrue(limit.tryAcquire(LONG));
    assertFalse(limit.tryAcquire());
    assertEquals(2, limit.held());
    Peer.left().run(limit::release);
  }

  @Test
  void aLimitIsReleasedByTheProcessThatAcquired() throws Exception {
    SharedLimit limit = shared.limit(2);
    limit.acquire();

    String message =
        Peer.left()
            .call(
                () -> {
                  try {
                    limit.release();
                    return "released";
                  } catch (IllegalStateException e) {
                    return e.getMessage();
                  }
                });

    assertTrue(String.valueOf(message).startsWith("this process holds no permit"), message);
    assertEquals(1, limit.available());
    var waiter =
        Peer.right()
            .begin(
                () -> {
                  limit.acquire();
                  limit.acquire();
                  return limit.held();
                });
    Peer.eventually("the other permit is taken", () -> limit.available() == 0);
    limit.release();
    assertEquals(2, waiter.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertThrows(IllegalArgumentException.class, () -> shared.limit(0));
    Peer.right().run(limit::release);
    Peer.right().run(limit::release);
    assertEquals(2, limit.available());
  }
}
