package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CallbackTest {

  @Test
  void closingAPoolWaitsForTheCallbacksOfItsTasks() {
    for (int round = 0; round < 200; round++) {
      AtomicInteger called = new AtomicInteger();
      CountDownLatch registered = new CountDownLatch(1);
      try (Pool pool = Pool.virtual()) {
        pool.submit(() -> registered.await())
            .onDone(
                task -> {
                  Thread.onSpinWait();
                  called.incrementAndGet();
                });
        registered.countDown();
      }
      assertEquals(1, called.get());
    }
  }

  @Test
  @SuppressWarnings("try") // the callback closes the pool: that is what is tested
  void aCallbackThatClosesItsOwnPoolIsRefusedAndNotHung() {
    AtomicReference<Object> outcome = new AtomicReference<>("not called");
    CountDownLatch registered = new CountDownLatch(1);
    try (Pool pool = Pool.virtual()) {
      pool.submit(() -> registered.await())
          .onDone(
              task -> {
                try {
                  pool.close();
                } catch (IllegalStateException e) {
                  outcome.set(e);
                }
              });
      registered.countDown();
    }
    assertInstanceOf(IllegalStateException.class, outcome.get());
  }
}
