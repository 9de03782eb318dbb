package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

// That nobody wakes without a signal is what is tested; a lock left by a failure goes with its
// scope.
@SuppressWarnings({"WaitNotInLoop", "LockNotBeforeTry"})
@Timeout(60)
class SharedConditionTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final SharedScope shared = SharedScope.open();
  private SharedLock lock;
  private SharedCondition condition;
  private SharedValue.OfLong woken;

  @BeforeEach
  void make() throws Exception {
    lock = shared.lock();
    condition = lock.newCondition();
    woken = shared.longValue(0);
  }

  @AfterEach
  void closeScope() {
    shared.close();
  }

  /// Waits for one signal, and counts it.
  private static Call<Boolean> waiter(SharedCondition condition, SharedValue.OfLong woken) {
    return () -> {
      condition.lock().lock();
      try {
        boolean signalled = condition.await(LONG);
        woken.getAndAdd(signalled ? 1 : 0);
        return signalled;
      } finally {
        condition.lock().unlock();
      }
    };
  }

  private List<CompletableFuture<Boolean>> waitersEverywhere(int each) throws Exception {
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    int before = condition.waiters();
    for (int i = 0; i < each; i++) {
      all.add(Peer.left().begin(waiter(condition, woken)));
      all.add(Peer.right().begin(waiter(condition, woken)));
      all.add(hereOn(Thread.ofPlatform().daemon()));
      all.add(hereOn(Thread.ofVirtual()));
    }
    Peer.eventually("all wait", () -> condition.waiters() == before + 4 * each);
    return all;
  }

  private CompletableFuture<Boolean> hereOn(Thread.Builder builder) {
    var task = new CompletableFuture<Boolean>();
    Call<Boolean> waiter = waiter(condition, woken);
    builder.start(
        () -> {
          try {
            task.complete(waiter.call());
          } catch (Throwable e) {
            task.completeExceptionally(e);
          }
        });
    return task;
  }

  private int signal(int count) {
    lock.lock();
    try {
      return condition.signal(count);
    } finally {
      lock.unlock();
    }
  }

  @Test
  @Tag("MPSYNC-02")
  void signalWakesExactlySoManyOfTheWaitersOfAllProcesses() throws Exception {
    List<CompletableFuture<Boolean>> all = waitersEverywhere(2);

    assertEquals(1, signal(1));
    Peer.eventually("one is woken", () -> woken.get() == 1);
    assertEquals(3, signal(3));
    Peer.eventually("four are woken", () -> woken.get() == 4);
    assertEquals(4, condition.waiters());
    assertEquals(0, signal(0));

    lock.lock();
    condition.signalAll();
    lock.unlock();
    for (var each : all) {
      assertTrue(each.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }
    assertEquals(8, woken.get());
    assertEquals(0, signal(100));
  }

  @Test
  @Tag("MPSYNC-02")
  void aSignalNobodyWaitsForIsGone() throws Exception {
    assertEquals(0, signal(5));
    lock.lock();
    assertFalse(condition.await(SHORT));
    assertTrue(condition.awaitNanos(1_000_000) <= 0);
    lock.unlock();
  }

  @Test
  @Tag("MPSYNC-02")
  void timedAndPredicateWaitsSayWhenTheyExpire() throws Exception {
    SharedCondition same = condition;
    SharedValue.OfLong count = woken;
    lock.lock();
    assertFalse(condition.awaitUntil(() -> count.get() > 0, SHORT));
    assertFalse(condition.await(1, TimeUnit.MILLISECONDS));
    assertTrue(lock.isHeldByCurrentThread());
    lock.unlock();
    assertEquals(0, condition.waiters());

    var there =
        Peer.left()
            .begin(
                () -> {
                  same.lock().lock();
                  try {
                    return same.awaitUntil(() -> count.get() == 2, LONG);
                  } finally {
                    same.lock().unlock();
                  }
                });
    for (int i = 1; i <= 2; i++) {
      Peer.eventually("it waits", () -> condition.waiters() == 1);
      lock.lock();
      woken.getAndAdd(1);
      condition.signalAll();
      lock.unlock();
    }
    assertTrue(there.get(LONG.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void wakesInTheOrderOfArrivalAndRestoresTheHolds() throws Exception {
    SharedCondition same = condition;
    SharedValue.OfLong order = woken;
    Call<List<Long>> waiter =
        () -> {
          same.lock().lock();
          same.lock().lock();
          same.await();
          long turn = order.getAndAdd(1);
          long holds = same.lock().holdCount();
          same.lock().unlock();
          same.lock().unlock();
          return List.of(turn, holds);
        };
    List<CompletableFuture<List<Long>>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int before = i;
      all.add((i % 2 == 0 ? Peer.left() : Peer.right()).begin(waiter));
      Peer.eventually("it waits", () -> condition.waiters() == before + 1);
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(1, signal(1));
      assertEquals(List.of((long) i, 2L), all.get(i).get(LONG.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @Test
  void aWaiterThatWasKilledIsPassedOver() throws Exception {
    try (Peer victim = Peer.start()) {
      var dead = victim.begin(waiter(condition, woken));
      Peer.eventually("the victim waits", () -> condition.waiters() == 1);
      waitersEverywhere(1);
      victim.kill();
      victim.awaitEnd();
      assertThrows(Exception.class, () -> dead.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }

    assertEquals(1, signal(1));
    Peer.eventually("a living one is woken", () -> woken.get() == 1);
    assertEquals(3, condition.waiters());
    assertEquals(3, signal(10));
    Peer.eventually("all are woken", () -> woken.get() == 4);
  }

  @Test
  @Tag("MPSYNC-02")
  void aSignalDoesNotCountTheDead() throws Exception {
    try (Peer victim = Peer.start()) {
      victim.begin(waiter(condition, woken));
      Peer.eventually("the victim waits", () -> condition.waiters() == 1);
      victim.kill();
      victim.awaitEnd();
    }
    assertEquals(0, signal(1));
    assertEquals(0, condition.waiters());
  }

  @Test
  void theSignalOfAWaiterThatIsKilledBeforeItHasTheLockIsInherited() throws Exception {
    CompletableFuture<Boolean> heir;
    try (Peer victim = Peer.start()) {
      victim.begin(waiter(condition, woken));
      Peer.eventually("the victim waits", () -> condition.waiters() == 1);
      heir = Peer.left().begin(waiter(condition, woken));
      Peer.eventually("both wait", () -> condition.waiters() == 2);
      lock.lock();
      try {
        assertEquals(1, condition.signal(1)); // the victim's; it cannot have the lock
        victim.kill();
        victim.awaitEnd();
        Peer.eventually("the heir has the signal", () -> condition.waiters() == 0);
      } finally {
        lock.unlock();
      }
    }
    assertTrue(heir.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals(1, woken.get());
  }

  @Test
  void aSignalIsNotInheritedByThoseWhoCameLater() throws Exception {
    try (Peer victim = Peer.start()) {
      victim.begin(waiter(condition, woken));
      Peer.eventually("the victim waits", () -> condition.waiters() == 1);
      lock.lock();
      condition.signal();
      victim.kill();
      victim.awaitEnd();
      assertFalse(condition.await(SHORT));
      lock.unlock();
    }
  }

  @Test
  void anInterruptEndsAWaitWithTheLockHeld() throws Exception {
    lock.lock();
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> condition.await());
    assertTrue(lock.isHeldByCurrentThread());
    lock.unlock();

    var task =
        new FutureTask<>(
            () -> {
              lock.lock();
              try {
                assertThrows(InterruptedException.class, () -> condition.await());
                return lock.isHeldByCurrentThread();
              } finally {
                lock.unlock();
              }
            });
    Thread thread = Thread.ofPlatform().daemon().start(task);
    Peer.eventually("it waits", () -> condition.waiters() == 1);
    thread.interrupt();
    assertTrue(task.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, condition.waiters());
  }

  @Test
  void needsTheLockAndRoom() throws Exception {
    assertThrows(IllegalMonitorStateException.class, () -> condition.await());
    assertThrows(IllegalMonitorStateException.class, condition::signal);

    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < SharedCondition.SLOTS; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    lock.lock();
                    condition.awaitUninterruptibly();
                    lock.unlock();
                  }));
    }
    Peer.eventually("all wait", () -> condition.waiters() == SharedCondition.SLOTS);
    lock.lock();
    assertThrows(IllegalStateException.class, () -> condition.await());
    assertTrue(lock.isHeldByCurrentThread());
    condition.signalAll();
    lock.unlock();
    for (Thread thread : threads) {
      assertTrue(thread.join(LONG));
    }
  }
}
