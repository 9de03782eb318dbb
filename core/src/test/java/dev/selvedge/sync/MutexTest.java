package dev.selvedge.sync;

import static dev.selvedge.sync.Waiting.LONG;
import static dev.selvedge.sync.Waiting.SHORT;
import static dev.selvedge.sync.Waiting.parked;
import static dev.selvedge.sync.Waiting.parkedTask;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MutexTest {
  private final Mutex mutex = Mutex.create();

  @Test
  @Tag("LOCK-01")
  void tryLockTakesAFreeMutexAndIsRefusedAtOnceOtherwise() throws Exception {
    assertTrue(mutex.tryLock());
    assertTrue(mutex.isLocked());
    var other = running(() -> assertFalse(mutex.tryLock()));
    other.assertReturned();
  }

  @Test
  @Tag("LOCK-02")
  void secondLockOfTheSameThreadWaitsUntilSomebodyUnlocks() throws Exception {
    var twice =
        parked(
            () -> {
              mutex.lock();
              mutex.lock();
            });

    mutex.unlock();

    twice.assertReturned();
    assertTrue(mutex.isLocked());
  }

  @Test
  @Tag("LOCK-03")
  void anyThreadMayUnlock() throws Exception {
    mutex.lock();
    running(mutex::unlock).assertReturned();
    assertFalse(mutex.isLocked());
  }

  @Test
  @Tag("LOCK-04")
  @Tag("ASYNC-01")
  void unlockOfAFreeMutexFailsAndItStaysUsable() throws Exception {
    assertThrows(IllegalStateException.class, mutex::unlock);
    mutex.lock();
    mutex.unlock();
    assertThrows(IllegalStateException.class, mutex::unlock);
    assertTrue(mutex.tryLock());
  }

  @Test
  @Tag("LOCK-05")
  void timedLockIsRefusedNotBeforeItsTimeAndTakesAFreeMutexWithoutWaiting() throws Exception {
    assertTrue(mutex.tryLock(Duration.ZERO));
    long start = System.nanoTime();
    assertFalse(mutex.tryLock(SHORT));
    assertTrue(System.nanoTime() - start >= SHORT.toNanos());
    assertFalse(mutex.tryLock(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> mutex.tryLock(Duration.ofNanos(-1)));
  }

  @Test
  @Tag("LOCK-06")
  void timedOutLockLeavesNoTrace() throws Exception {
    mutex.lock();
    for (int i = 0; i < 100; i++) {
      assertFalse(mutex.tryLock(Duration.ofNanos(i)));
    }

    mutex.unlock();

    assertFalse(mutex.isLocked());
    assertTrue(mutex.tryLock());
  }

  @Test
  @Tag("LOCK-07")
  void holdUnlocksAtTheEndOfTheBlockAlsoWhenItThrows() throws Exception {
    try (var _ = mutex.hold()) {
      assertTrue(mutex.isLocked());
    }
    assertFalse(mutex.isLocked());

    IOException failure = new IOException("broken");
    var thrown =
        assertThrows(
            IOException.class,
            () -> {
              try (var _ = mutex.hold()) {
                throw failure;
              }
            });
    assertSame(failure, thrown);
    assertEquals(0, thrown.getSuppressed().length);
    assertFalse(mutex.isLocked());
  }

  @Test
  @Tag("LOCK-08")
  void interruptedLockThrowsAndTheMutexIsNotTaken() throws Exception {
    mutex.lock();
    var waiter = parked(mutex::lock);

    waiter.interrupt();
    assertInstanceOf(InterruptedException.class, waiter.outcome());
    mutex.unlock();

    assertFalse(mutex.isLocked());
  }

  @Test
  void lockLooksAtTheInterruptFlagEvenIfItIsFree() throws Exception {
    var interrupted =
        running(
            () -> {
              Thread.currentThread().interrupt();
              mutex.lock();
            });
    assertInstanceOf(InterruptedException.class, interrupted.outcome());
    assertFalse(mutex.isLocked());
  }

  @Test
  void closingAHoldTwiceUnlocksOnce() throws Exception {
    Mutex.Hold hold = mutex.hold();
    hold.close();
    mutex.lock();
    hold.close();
    assertTrue(mutex.isLocked());
  }

  @Test
  void closingAHoldThatSomebodyHasUnlockedFailsAndTakesItFromNobody() throws Exception {
    Mutex.Hold hold = mutex.hold();
    mutex.unlock();
    mutex.lock();
    assertThrows(IllegalStateException.class, hold::close);
    assertTrue(mutex.isLocked());
  }

  @Test
  @Tag("ASYNC-02")
  void goesToWaitersInTheOrderInWhichTheyCame() throws Exception {
    mutex.lock();
    List<Integer> order = new CopyOnWriteArrayList<>();
    List<Waiting.Runner> waiters = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      waiters.add(
          parked(
              () -> {
                mutex.lock();
                order.add(number);
                mutex.unlock();
              }));
    }

    mutex.unlock();

    for (var waiter : waiters) {
      waiter.assertReturned();
    }
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), order);
  }

  @Test
  void isHandedOverBeforeAnybodyCanComeBetween() throws Exception {
    mutex.lock();
    AtomicBoolean got = new AtomicBoolean();
    var waiter =
        parked(
            () -> {
              mutex.lock();
              got.set(true);
            });

    mutex.unlock();

    assertFalse(mutex.tryLock()); // whether or not the waiter has run
    waiter.assertReturned();
    assertTrue(got.get());
  }

  @Test
  void passesOverAWaiterThatWasInterruptedBefore() throws Exception {
    for (int round = 0; round < 50; round++) {
      mutex.lock();
      var first = parked(mutex::lock);
      var second = parked(mutex::lock);

      first.interrupt();
      mutex.unlock();

      second.assertReturned();
      assertInstanceOf(InterruptedException.class, first.outcome());
      mutex.unlock();
      assertFalse(mutex.isLocked());
    }
  }

  @Test
  @Tag("ASYNC-03")
  void passesOverATaskThatWasCancelledBefore() throws Exception {
    try (Pool pool = Pool.virtual()) {
      for (int round = 0; round < 50; round++) {
        mutex.lock();
        var first =
            parkedTask(
                pool,
                () -> {
                  mutex.lock();
                  return 1;
                });
        var second = parked(mutex::lock);

        first.cancel("not needed");
        mutex.unlock();

        second.assertReturned();
        first.join();
        assertTrue(first.isCancelled());
        mutex.unlock();
      }
    }
  }

  @Test
  void tellsWhoHoldsIt() throws Exception {
    assertEquals("Mutex free", mutex.toString());
    try (Pool pool = Pool.virtual()) {
      pool.submit("writer", () -> mutex.lock()).await(LONG);
    }
    assertEquals("writer", mutex.holder().orElseThrow());
    assertEquals("Mutex held by 'writer'", mutex.toString());
  }

  @Test
  void excludesUnderContentionWithInterruptsAndTimeouts() throws Exception {
    int[] counter = new int[1];
    AtomicBoolean inside = new AtomicBoolean();
    AtomicBoolean overlap = new AtomicBoolean();
    List<Waiting.Runner> runners = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int kind = i % 2;
      runners.add(
          running(
              () -> {
                for (int done = 0; done < 500; ) {
                  boolean got = true;
                  try {
                    if (kind == 0) {
                      mutex.lock();
                    } else {
                      got = mutex.tryLock(Duration.ofNanos(20_000));
                    }
                  } catch (InterruptedException e) {
                    got = false;
                  }
                  if (got) {
                    if (!inside.compareAndSet(false, true)) {
                      overlap.set(true);
                    }
                    counter[0]++;
                    done++;
                    inside.set(false);
                    mutex.unlock();
                  }
                }
              }));
    }
    for (int i = 0; i < 200; i++) {
      runners.get(i % runners.size()).interrupt();
      Thread.onSpinWait();
    }
    for (var runner : runners) {
      runner.assertReturned();
    }
    assertFalse(overlap.get());
    assertEquals(8 * 500, counter[0]);
    assertFalse(mutex.isLocked());
  }
}
