package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// What the JDK has and Selvedge leaves to it works in tasks as it is, on every kind of pool.
@ParameterizedClass
@ValueSource(strings = {"virtual", "threads:8"})
@Timeout(30)
@SuppressWarnings({"WaitNotInLoop", "LockNotBeforeTry", "ThreadLocalUsage"}) // bare on purpose
final class JdkInTasksTest {
  @Parameter private String name = "";

  private @Nullable Pool opened;

  private Pool pool() {
    Pool pool = opened;
    if (pool == null) {
      pool = Pool.named(name);
      opened = pool;
    }
    return pool;
  }

  @AfterEach
  void closeThePool() throws InterruptedException {
    pool().cancelAndClose();
  }

  private void group(TaskGroup.VoidBody body) throws Exception {
    TaskGroup.run(options -> options.pool(pool()), body);
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(deadline - System.nanoTime() > 0, "it never came to be");
      Tasks.sleep(Duration.ofMillis(1));
    }
  }

  // ---- ReentrantLock --------------------------------------------------------------------------

  @Test
  @Tag("RLOCK-01")
  void onlyTheHolderSeesHowOftenItLocked() throws Exception {
    var lock = new ReentrantLock();
    var release = new Semaphore(0);
    var counts = new CopyOnWriteArrayList<Integer>();
    group(
        group -> {
          group.fork(
              () -> {
                lock.lock();
                lock.lock();
                counts.add(lock.getHoldCount());
                release.acquire();
                lock.unlock();
                counts.add(lock.getHoldCount());
                lock.unlock();
                counts.add(lock.getHoldCount());
              });
          until(() -> !counts.isEmpty());
          assertTrue(lock.isLocked());
          assertEquals(0, lock.getHoldCount());
          release.release();
        });
    assertEquals(List.of(2, 1, 0), counts);
  }

  // ---- Condition ------------------------------------------------------------------------------

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition condition = lock.newCondition();

  private int waiting() {
    lock.lock();
    try {
      return lock.getWaitQueueLength(condition);
    } finally {
      lock.unlock();
    }
  }

  private void signal(int times) {
    lock.lock();
    try {
      for (int i = 0; i < times; i++) {
        condition.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitSignal() throws InterruptedException {
    lock.lock();
    try {
      condition.await();
    } finally {
      lock.unlock();
    }
  }

  @Test
  @Tag("COND-01")
  void conditionsOfOneLockShareItAndItIsReentrant() throws Exception {
    Condition second = lock.newCondition();
    var woken = new AtomicInteger();
    group(
        group -> {
          group.fork(
              () -> {
                lock.lock();
                lock.lock();
                try {
                  condition.await(); // gives up both holds
                  woken.set(lock.getHoldCount());
                } finally {
                  lock.unlock();
                  lock.unlock();
                }
              });
          until(() -> waiting() == 1);
          lock.lock();
          try {
            second.signalAll();
            assertTrue(lock.hasWaiters(condition), "the other condition's signal is its own");
            condition.signal();
          } finally {
            lock.unlock();
          }
        });
    assertEquals(2, woken.get());
  }

  @Test
  @Tag("COND-02")
  @Tag("ASYNC-01")
  void waitingAndSignallingNeedTheLock() throws Exception {
    var failed =
        assertThrows(
            TaskFailedException.class, () -> group(group -> group.fork(() -> condition.await())));
    assertInstanceOf(IllegalMonitorStateException.class, failed.getCause());
    assertThrows(IllegalMonitorStateException.class, condition::signal);
    assertThrows(IllegalMonitorStateException.class, condition::signalAll);
  }

  @Test
  @Tag("COND-03")
  void eachSignalWakesOneAndSignalAllTheRest() throws Exception {
    var woken = new AtomicInteger();
    group(
        group -> {
          for (int i = 0; i < 5; i++) {
            group.fork(
                () -> {
                  awaitSignal();
                  woken.incrementAndGet();
                });
          }
          until(() -> waiting() == 5);
          signal(2);
          until(() -> woken.get() == 2);
          assertEquals(3, waiting());
          lock.lock();
          try {
            condition.signalAll();
          } finally {
            lock.unlock();
          }
        });
    assertEquals(5, woken.get());
  }

  @Test
  @Tag("COND-04")
  void aWokenWaiterGoesOnOnlyWhenTheSignallerHasUnlocked() throws Exception {
    var woken = new AtomicBoolean();
    group(
        group -> {
          group.fork(
              () -> {
                awaitSignal();
                woken.set(true);
              });
          until(() -> waiting() == 1);
          lock.lock();
          try {
            condition.signal();
            until(lock::hasQueuedThreads); // it was woken, and waits for the lock now
            assertFalse(woken.get());
          } finally {
            lock.unlock();
          }
        });
    assertTrue(woken.get());
  }

  @Test
  @Tag("COND-05")
  void aSignalThatNobodyWaitsForIsForgotten() throws Exception {
    signal(1);
    group(
        group -> {
          Task<?> late = group.fork(this::awaitSignal);
          until(() -> waiting() == 1);
          assertFalse(late.isDone());
          signal(1);
        });
  }

  @Test
  @Tag("COND-06")
  void aTimedWaitTellsATimeOutFromASignalAndHoldsTheLock() throws Exception {
    group(
        group -> {
          Task<Boolean> signalled = group.fork(() -> timedWait(Duration.ofSeconds(20)));
          until(() -> waiting() == 1);
          signal(1);
          assertTrue(signalled.await());
          assertFalse(group.fork(() -> timedWait(Duration.ofMillis(10))).await());
        });
  }

  private boolean timedWait(Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      boolean inTime = condition.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
      assertTrue(lock.isHeldByCurrentThread());
      return inTime;
    } finally {
      lock.unlock();
    }
  }

  @Test
  @Tag("COND-07")
  void aLoopAroundTheWaitLooksAtThePredicateAfterEachSignal() throws Exception {
    var looks = new AtomicInteger();
    var ready = new AtomicBoolean();
    group(
        group -> {
          group.fork(
              () -> {
                lock.lock();
                try {
                  while (looks.incrementAndGet() > 0 && !ready.get()) {
                    condition.await();
                  }
                } finally {
                  lock.unlock();
                }
              });
          until(() -> waiting() == 1);
          signal(1);
          until(() -> looks.get() == 2 && waiting() == 1);
          ready.set(true);
          signal(1);
        });
    assertEquals(3, looks.get());
  }

  // ---- Semaphore ------------------------------------------------------------------------------

  @Test
  @Tag("SEM-01")
  @Tag("SEM-02")
  void eachReleasedPermitLetsOneInAlsoAboveTheNumberItBeganWith() throws Exception {
    var semaphore = new Semaphore(1);
    semaphore.acquire();
    var inside = new AtomicInteger();
    group(
        group -> {
          for (int i = 0; i < 5; i++) {
            group.fork(
                () -> {
                  semaphore.acquire();
                  inside.incrementAndGet();
                });
          }
          until(() -> semaphore.getQueueLength() == 5);
          semaphore.release(3);
          until(() -> inside.get() == 3);
          assertEquals(2, semaphore.getQueueLength());
          semaphore.release(4);
        });
    assertEquals(5, inside.get());
    assertEquals(2, semaphore.availablePermits());
  }

  // ---- CyclicBarrier --------------------------------------------------------------------------

  @Test
  @Tag("BARRIER-01")
  @Tag("BARRIER-02")
  void eachPartyOfARoundHasANumberAndTheActionComesFirst() throws Exception {
    var rounds = new AtomicInteger();
    var barrier = new CyclicBarrier(4, rounds::incrementAndGet);
    Set<String> arrivals = new TreeSet<>();
    group(
        group -> {
          List<Task<List<String>>> parties = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            parties.add(
                group.fork(
                    () -> {
                      List<String> mine = new ArrayList<>();
                      for (int round = 1; round <= 2; round++) {
                        int number = barrier.await();
                        assertTrue(rounds.get() >= round, "the action has not run");
                        mine.add(round + "." + number);
                      }
                      return mine;
                    }));
          }
          Tasks.gather(parties).forEach(arrivals::addAll);
        });
    assertEquals(Set.of("1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "2.2", "2.3"), arrivals);
    assertEquals(2, rounds.get());
  }

  @Test
  @Tag("BARRIER-03")
  void anActionThatFailsBreaksTheBarrier() throws Exception {
    var failure = new IllegalStateException("the action");
    var barrier =
        new CyclicBarrier(
            2,
            () -> {
              throw failure;
            });
    Task<?> first = pool().submit(() -> barrier.await());
    until(() -> barrier.getNumberWaiting() == 1);
    Task<?> last = pool().submit(() -> barrier.await());
    assertSame(failure, assertThrows(TaskFailedException.class, last::await).getCause());
    assertInstanceOf(
        BrokenBarrierException.class,
        assertThrows(TaskFailedException.class, first::await).getCause());
    assertTrue(barrier.isBroken());
  }

  @Test
  @Tag("BARRIER-04")
  @Tag("BARRIER-06")
  @Tag("ASYNC-08")
  @Tag("ASYNC-10")
  void cancellingAPartyBreaksTheBarrierUntilItsReset() throws Exception {
    var barrier = new CyclicBarrier(3);
    Task<?> patient = pool().submit(() -> barrier.await());
    Task<?> aborting = pool().submit(() -> barrier.await());
    until(() -> barrier.getNumberWaiting() == 2);
    aborting.cancel("abort");
    assertThrows(TaskCancelledException.class, aborting::await);
    assertInstanceOf(
        BrokenBarrierException.class,
        assertThrows(TaskFailedException.class, patient::await).getCause());
    assertTrue(barrier.isBroken());
    assertThrows(BrokenBarrierException.class, barrier::await);
    barrier.reset();
    assertFalse(barrier.isBroken());
    group(
        group -> {
          for (int i = 0; i < 3; i++) {
            group.fork(() -> barrier.await());
          }
        });
  }

  @Test
  @Tag("BARRIER-05")
  @Tag("ASYNC-10")
  void aResetFailsThoseWhoWait() throws Exception {
    var barrier = new CyclicBarrier(2);
    Task<?> waiting = pool().submit(() -> barrier.await());
    until(() -> barrier.getNumberWaiting() == 1);
    barrier.reset();
    assertInstanceOf(
        BrokenBarrierException.class,
        assertThrows(TaskFailedException.class, waiting::await).getCause());
    assertFalse(barrier.isBroken());
    assertEquals(0, barrier.getNumberWaiting());
  }

  // ---- ThreadLocal ----------------------------------------------------------------------------

  @Test
  @Tag("LOCAL-01")
  @Tag("LOCAL-04")
  void aThreadLocalIsSeenByItsThreadAlone() throws Exception {
    var local = new ThreadLocal<@Nullable String>();
    local.set("the body's");
    group(
        group -> {
          var barrier = new CyclicBarrier(2); // so that both run at once, on two threads
          Task<String> left = group.fork(() -> own(local, "left", barrier));
          Task<String> right = group.fork(() -> own(local, "right", barrier));
          assertEquals("left", left.await());
          assertEquals("right", right.await());
        });
    assertEquals("the body's", local.get());
    local.remove();
  }

  private static String own(
      ThreadLocal<@Nullable String> local, String value, CyclicBarrier barrier) throws Exception {
    assertNull(local.get(), "nothing is inherited");
    local.set(value);
    try {
      barrier.await();
      return String.valueOf(local.get());
    } finally {
      local.remove();
    }
  }

  @Test
  @Tag("LOCAL-02")
  void eachThreadInitialisesItsOwnAtFirstUse() throws Exception {
    var made = new AtomicInteger();
    ThreadLocal<HashMap<String, String>> local =
        ThreadLocal.withInitial(
            () -> {
              made.incrementAndGet();
              return new HashMap<>();
            });
    group(
        group -> {
          var barrier = new CyclicBarrier(3);
          for (int i = 0; i < 3; i++) {
            group.fork(
                () -> {
                  assertSame(local.get(), local.get());
                  barrier.await();
                  local.remove();
                });
          }
        });
    assertEquals(3, made.get());
  }

  @Test
  @Tag("LOCAL-03")
  void aValueCanBeCollectedWhenItsThreadHasEnded() throws Exception {
    var local = new ThreadLocal<@Nullable Object>();
    var value = new AtomicReference<@Nullable WeakReference<Object>>();
    group(
        group ->
            group.fork(
                () -> {
                  var big = new Object();
                  local.set(big);
                  value.set(new WeakReference<>(big));
                }));
    pool().cancelAndClose(); // the workers of a bounded pool end with it
    until(
        () -> {
          System.gc();
          WeakReference<Object> reference = value.get();
          return reference != null && reference.get() == null;
        });
  }
}
