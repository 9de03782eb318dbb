package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

// What a lock does is tested step by step; one left by a failure goes with its scope.
@SuppressWarnings("LockNotBeforeTry")
@Timeout(60)
class SharedLockTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final SharedScope shared = SharedScope.open();
  private SharedLock lock;

  @BeforeEach
  void makeLock() throws Exception {
    lock = shared.lock();
  }

  @AfterEach
  void closeScope() {
    shared.close();
  }

  private static void await(CompletableFuture<?> future) throws Exception {
    future.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  private static <T> FutureTask<T> onThread(
      boolean virtual, java.util.concurrent.Callable<T> call) {
    var task = new FutureTask<>(call);
    if (virtual) {
      Thread.ofVirtual().start(task);
    } else {
      Thread.ofPlatform().daemon().start(task);
    }
    return task;
  }

  @Test
  @Tag("MPSYNC-01")
  void isReentrantAndNeedsAsManyUnlocks() throws Exception {
    SharedLock same = lock;
    lock.lock();
    lock.lock();
    assertTrue(lock.tryLock());
    assertEquals(3, lock.holdCount());

    lock.unlock();
    lock.unlock();

    assertTrue(lock.isHeldByCurrentThread());
    assertFalse(Peer.left().call(() -> same.tryLock()));
    lock.unlock();
    assertFalse(lock.isLocked());
    assertTrue(Peer.left().call(() -> same.tryLock() && same.holdCount() == 1));
    assertFalse(lock.tryLock());
  }

  @Test
  @Tag("MPSYNC-01")
  void anExcessUnlockFails() {
    assertThrows(IllegalMonitorStateException.class, lock::unlock);
    lock.lock();
    lock.unlock();
    assertThrows(IllegalMonitorStateException.class, lock::unlock);
    assertThrows(IllegalMonitorStateException.class, lock::markConsistent);
  }

  @Test
  @Tag("MPSYNC-01")
  void onlyTheOwningThreadOfTheOwningProcessUnlocks() throws Exception {
    SharedLock same = lock;
    lock.lock();

    var here =
        onThread(false, () -> assertThrows(IllegalMonitorStateException.class, same::unlock));
    here.get(LONG.toSeconds(), TimeUnit.SECONDS);
    String there =
        Peer.left()
            .call(
                () -> {
                  try {
                    same.unlock();
                    return "unlocked";
                  } catch (IllegalMonitorStateException e) {
                    return e.getMessage();
                  }
                });

    assertTrue(
        String.valueOf(there).endsWith("held by process " + ProcessHandle.current().pid()), there);
    assertTrue(lock.isHeldByCurrentThread());
    lock.unlock();
  }

  @Test
  @Tag("MPSYNC-01")
  void aThreadWithTheSameNumberInAnotherProcessIsAnotherOne() throws Exception {
    boolean tried = false;
    for (int attempt = 0; attempt < 20 && !tried; attempt++) {
      SharedLock same = shared.lock();
      long next = Peer.left().call(() -> Thread.ofPlatform().unstarted(() -> {}).threadId());
      Thread owner = Thread.ofPlatform().unstarted(same::lock);
      while (owner.threadId() < next + 20) {
        owner = Thread.ofPlatform().unstarted(same::lock);
      }
      owner.start();
      assertTrue(owner.join(LONG));
      long number = owner.threadId();
      // the number may be missed, when the JVM makes a thread of its own at that moment
      Boolean has = Peer.left().call(() -> isHeldByThread(same, number));
      tried = has != null;
      assertNotEquals(true, has);
    }
    assertTrue(tried);
  }

  private static @Nullable Boolean isHeldByThread(SharedLock lock, long number) throws Exception {
    var task = new FutureTask<>(lock::isHeldByCurrentThread);
    Thread thread = Thread.ofPlatform().unstarted(task);
    while (thread.threadId() < number) {
      thread = Thread.ofPlatform().unstarted(task);
    }
    if (thread.threadId() > number) {
      return null;
    }
    thread.start();
    return task.get();
  }

  @Test
  void excludesThreadsOfSeveralProcesses() throws Exception {
    SharedLock same = lock;
    SharedArray.OfLong counts = shared.longs(2);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (Peer peer : List.of(Peer.left(), Peer.right(), Peer.left(), Peer.right())) {
      all.add(
          peer.begin(
              () -> {
                for (int i = 0; i < 2_000; i++) {
                  same.lock();
                  try {
                    counts.set(0, counts.get(0) + 1); // plain: only the lock orders it
                    counts.set(1, counts.get(1) + 1);
                  } finally {
                    same.unlock();
                  }
                }
                return true;
              }));
    }
    for (var each : all) {
      await(each);
    }

    assertEquals(8_000, counts.get(0));
    assertEquals(8_000, counts.get(1));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesToAWaiterWhenItsOwnerIsKilledAndSaysSoUntilItIsRepaired(boolean virtual)
      throws Exception {
    SharedLock same = lock;
    try (Peer owner = Peer.start()) {
      owner.run(same::lock);
      var waiter =
          onThread(
              virtual,
              () -> {
                same.lock();
                try {
                  return same.ownerDied() && same.holdCount() == 1;
                } finally {
                  same.unlock();
                }
              });
      var other =
          Peer.left()
              .begin(
                  () -> {
                    same.lock();
                    try {
                      return same.ownerDied();
                    } finally {
                      same.unlock();
                    }
                  });
      assertFalse(lock.tryLock(SHORT));
      owner.kill();

      assertTrue(waiter.get(LONG.toSeconds(), TimeUnit.SECONDS));
      assertTrue(other.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }

    lock.lock();
    assertTrue(lock.ownerDied());
    lock.markConsistent();
    assertFalse(lock.ownerDied());
    lock.unlock();
    assertFalse(Peer.left().call(() -> same.tryLock() && same.ownerDied()));
  }

  @Test
  void aNewcomerTakesItFromADeadOwner() throws Exception {
    SharedLock same = lock;
    try (Peer owner = Peer.start()) {
      owner.run(
          () -> {
            same.lock();
            same.lock();
          });
      owner.kill();
      owner.awaitEnd();
    }

    assertTrue(lock.tryLock());
    assertTrue(lock.ownerDied());
    assertEquals(1, lock.holdCount());
    lock.unlock();
    assertFalse(lock.isLocked());
  }

  @Test
  void aStoppedOwnerIsNotDead() throws Exception {
    SharedLock same = lock;
    try (Peer owner = Peer.start()) {
      owner.run(same::lock);
      owner.signal("STOP");

      assertFalse(lock.tryLock(SHORT));
      assertFalse(lock.tryLock());

      owner.signal("CONT");
      assertTrue(owner.call(() -> same.isLocked()));
      owner.kill();
    }
    assertTrue(lock.tryLock(LONG));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWaitEndsByAnInterrupt(boolean virtual) throws Exception {
    SharedLock same = lock;
    lock.lock();
    Thread[] waiting = new Thread[1];
    var waiter =
        onThread(
            virtual,
            () -> {
              waiting[0] = Thread.currentThread();
              same.lockInterruptibly();
              return true;
            });
    Peer.eventually("the waiter", () -> waiting[0] != null);

    waiting[0].interrupt();

    var failure =
        assertThrows(
            ExecutionException.class, () -> waiter.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertInstanceOf(InterruptedException.class, failure.getCause());
    lock.unlock();
    assertTrue(lock.tryLock());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void lockWaitsOnThroughAnInterrupt(boolean virtual) throws Exception {
    SharedLock same = lock;
    lock.lock();
    var waiter =
        onThread(
            virtual,
            () -> {
              Thread.currentThread().interrupt();
              same.lock();
              return Thread.interrupted() && same.isHeldByCurrentThread();
            });
    assertFalse(lock.tryLock() && waiter.isDone());
    lock.unlock();
    lock.unlock();

    assertTrue(waiter.get(LONG.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void manyVirtualThreadsTakeTurns() throws Exception {
    SharedLock same = lock;
    SharedValue.OfLong count = shared.longValue(0);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    same.lock();
                    try {
                      count.set(count.get() + 1);
                    } finally {
                      same.unlock();
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertTrue(thread.join(LONG));
    }
    assertEquals(200, count.get());
  }

  @Test
  void afterTheScopeNobodyCanUseItHereOrAttach() throws Exception {
    String name = lock.name();
    assertEquals(lock, Shared.attach(SharedLock.class, name));
    shared.close();

    assertThrows(IllegalStateException.class, lock::lock);
    assertThrows(
        java.nio.file.NoSuchFileException.class, () -> Shared.attach(SharedLock.class, name));
    assertThrows(IllegalStateException.class, shared::lock);
  }

  @Test
  void hasFourConditions() {
    for (int i = 0; i < 4; i++) {
      lock.newCondition();
    }
    assertThrows(IllegalStateException.class, lock::newCondition);
  }
}
