package dev.selvedge.process.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Kills and races at moments that nobody chose.
@Timeout(300)
class SharedKillTest {
  private final SharedScope shared = SharedScope.open();
  private final Random random = new Random(7);

  @AfterEach
  void closeScope() {
    shared.close();
  }

  /// Counts two numbers up under a lock, for ever, and repairs them after one who died.
  private static Call<Boolean> counter(
      SharedLock lock, SharedArray.OfLong numbers, SharedValue.OfLong repairs) {
    return () -> {
      while (numbers.getVolatile(2) == 0) {
        lock.lock();
        try {
          if (lock.ownerDied()) {
            numbers.set(1, numbers.get(0));
            repairs.getAndAdd(1);
            lock.markConsistent();
          }
          if (numbers.get(0) != numbers.get(1)) {
            return false;
          }
          numbers.set(0, numbers.get(0) + 1);
          numbers.set(1, numbers.get(1) + 1);
        } finally {
          lock.unlock();
        }
      }
      return true;
    };
  }

  private void killsCounters(int kills) throws Exception {
    SharedLock lock = shared.lock();
    SharedArray.OfLong numbers = shared.longs(3);
    SharedValue.OfLong repairs = shared.longValue(0);
    Call<Boolean> counter = counter(lock, numbers, repairs);
    var survivor = Peer.left().begin(counter);
    for (int i = 0; i < kills; i++) {
      try (Peer victim = Peer.start()) {
        victim.begin(counter);
        victim.begin(counter);
        assertTrue(victim.call(() -> true));
        long before = numbers.getVolatile(0);
        int more = 500 + random.nextInt(5_000);
        Peer.eventually("they count", () -> numbers.getVolatile(0) > before + more);
        victim.kill();
        victim.awaitEnd();
      }
      long before = numbers.getVolatile(0);
      Peer.eventually(
          "the others go on", () -> survivor.isDone() || numbers.getVolatile(0) > before + 10);
    }
    numbers.setVolatile(2, 1);
    assertTrue(survivor.get(30, TimeUnit.SECONDS), "both numbers were the same under the lock");
  }

  @Test
  void aLockKeepsItsPromiseWhileOwnersAndWaitersAreKilled() throws Exception {
    killsCounters(2);
  }

  @Test
  @Tag("long")
  void aLockKeepsItsPromiseWhileManyOwnersAndWaitersAreKilled() throws Exception {
    killsCounters(100);
  }

  /// Waits for signals with short patience, and says how many it got.
  @SuppressWarnings("WaitNotInLoop") // each return is counted
  private static Call<Long> impatient(
      SharedCondition condition, SharedEvent end, int seed, boolean virtual) {
    return () -> {
      var got = new CompletableFuture<Long>();
      Runnable waiter =
          () -> {
            var random = new Random(seed);
            long signals = 0;
            try {
              while (!end.isSet()) {
                condition.lock().lock();
                try {
                  Duration patience = Duration.ofNanos(random.nextInt(2_000_000));
                  signals += condition.await(patience) ? 1 : 0;
                } finally {
                  condition.lock().unlock();
                }
              }
              got.complete(signals);
            } catch (Throwable e) {
              got.completeExceptionally(e);
            }
          };
      if (virtual) {
        Thread.ofVirtual().start(waiter);
      } else {
        Thread.ofPlatform().daemon().start(waiter);
      }
      return got.get();
    };
  }

  @Test
  @Tag("MPSYNC-02")
  void asManySignalsAreGotAsGivenWhileWaitersGiveUp() throws Exception {
    SharedCondition condition = shared.lock().newCondition();
    SharedEvent end = shared.event();
    List<CompletableFuture<Long>> waiters = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiters.add(Peer.left().begin(impatient(condition, end, i, false)));
      waiters.add(Peer.right().begin(impatient(condition, end, 10 + i, true)));
    }
    long given = 0;
    long last = System.nanoTime() + Duration.ofMillis(800).toNanos();
    while (System.nanoTime() - last < 0 || given < 100) {
      condition.lock().lock();
      try {
        given += condition.signal(random.nextInt(4));
      } finally {
        condition.lock().unlock();
      }
      LockSupport.parkNanos(50_000);
    }
    end.set();

    long got = 0;
    for (var waiter : waiters) {
      got += waiter.get(30, TimeUnit.SECONDS);
    }
    assertEquals(given, got);
  }
}
