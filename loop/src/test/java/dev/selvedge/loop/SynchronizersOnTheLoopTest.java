package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Limit;
import dev.selvedge.sync.Mutex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Locks, limits, conditions and barriers between coroutines, where the loop makes the order
/// certain: between two yields of the main task the others make one step each, in turn.
@Timeout(30)
@SuppressWarnings({"WaitNotInLoop", "LockNotBeforeTry"}) // bare on purpose
class SynchronizersOnTheLoopTest {
  private final List<String> events = new ArrayList<>(); // only one loop at a time touches it

  /// Starts a coroutine, and returns when it waits.
  private static Task<?> waiting(Action action) throws InterruptedException {
    Task<?> task = EventLoop.current().orElseThrow().submit(action);
    EventLoop.yieldNow();
    return task;
  }

  /// A wait, and what ends it.
  private record Wait(Action begin, Action end) {}

  @Test
  @Tag("ASYNC-01")
  void aWaitForASynchronizerHoldsUpItsCoroutineOnly() throws Exception {
    var event = Event.create();
    var limit = Limit.of(1);
    var semaphore = new Semaphore(0);
    var barrier = new CyclicBarrier(2);
    EventLoop.run(
        () -> {
          limit.acquire();
          for (Wait wait :
              List.of(
                  new Wait(event::await, event::set),
                  new Wait(limit::acquire, limit::release),
                  new Wait(semaphore::acquire, semaphore::release),
                  new Wait(barrier::await, barrier::await))) {
            TaskGroup.run(
                group -> {
                  Task<?> first = group.fork(wait.begin);
                  group.fork(
                      () -> { // with the loop held this would never begin
                        assertFalse(first.isDone());
                        wait.end.perform();
                      });
                });
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("ASYNC-03")
  void aWaiterThatIsCancelledAsItGetsTheMutexLeavesItToTheNext(boolean cancelledFirst)
      throws Exception {
    Mutex mutex = Mutex.create();
    EventLoop.run(
        () -> {
          mutex.lock();
          Task<?> first =
              waiting(
                  () -> {
                    try (Mutex.Hold hold = mutex.hold()) {
                      events.add("first has " + hold.getClass().getSimpleName());
                      Tasks.sleep(Duration.ofDays(1));
                    }
                  });
          Task<?> second =
              waiting(
                  () -> {
                    mutex.lock();
                    events.add("second");
                  });
          if (cancelledFirst) {
            first.cancel("race");
            mutex.unlock();
          } else {
            mutex.unlock();
            first.cancel("race");
          }
          second.await();
          assertTrue(first.isCancelled());
          assertTrue(mutex.isLocked());
        });
    assertEquals(cancelledFirst ? List.of("second") : List.of("first has Hold", "second"), events);
  }

  @Test
  @Tag("ASYNC-04")
  void aNewcomerDoesNotOvertakeThoseWhoWaitForALimit() throws Exception {
    Limit limit = Limit.of(1);
    EventLoop.run(
        () -> {
          limit.acquire();
          List<Task<?>> tasks = new ArrayList<>();
          for (String name : List.of("a", "b", "c")) {
            tasks.add(
                waiting(
                    () -> {
                      limit.acquire();
                      events.add(name);
                      limit.release();
                    }));
          }
          limit.release(); // the first has it now, and has not run
          assertFalse(limit.tryAcquire());
          limit.acquire();
          events.add("newcomer");
          assertTrue(tasks.stream().allMatch(Task::isDone));
        });
    assertEquals(List.of("a", "b", "c", "newcomer"), events);
  }

  @Test
  @Tag("ASYNC-05")
  void cancelledWaitersUseUpNoPermit() throws Exception {
    Limit limit = Limit.of(1);
    EventLoop.run(
        () -> {
          limit.acquire();
          List<Task<?>> waiters = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            String name = "waiter " + i;
            waiters.add(
                waiting(
                    () -> {
                      limit.acquire();
                      events.add(name);
                    }));
          }
          waiters.get(0).cancel("not needed");
          waiters.get(2).cancel("not needed");
          limit.release();
          waiters.get(1).await();
          EventLoop.yieldNow();
          assertEquals(List.of("waiter 1"), events);
          assertFalse(waiters.get(3).isDone());
          limit.release();
          waiters.get(3).await();
          assertTrue(waiters.get(0).isCancelled() && waiters.get(2).isCancelled());
        });
    assertEquals(List.of("waiter 1", "waiter 3"), events);
  }

  // ---- conditions -----------------------------------------------------------------------------

  @Test
  @Tag("ASYNC-06")
  @Tag("ASYNC-07")
  void aConditionsWaiterThatIsCancelledHasTheLockAgainWhenItIsTold() throws Exception {
    var lock = new ReentrantLock();
    var condition = lock.newCondition();
    EventLoop.run(
        () -> {
          Task<?> waiter =
              waiting(
                  () -> {
                    lock.lock();
                    try {
                      condition.await();
                    } catch (InterruptedException e) {
                      events.add("told, lock held: " + lock.isHeldByCurrentThread());
                      events.add(
                          Tasks.current().orElseThrow().cancelReason().orElseThrow().describe());
                      throw e;
                    } finally {
                      lock.unlock();
                    }
                  });
          lock.lock();
          waiter.cancel("closing time");
          Thread.sleep(1); // it wants the lock now
          assertEquals(List.of(), events);
          lock.unlock();
          waiter.join();
          assertTrue(waiter.isCancelled());
        });
    assertEquals(List.of("told, lock held: true", "closing time"), events);
  }

  @Test
  @Tag("ASYNC-07")
  void aCancellationAfterTheSignalStaysPendingForTheNextWait() throws Exception {
    var lock = new ReentrantLock();
    var condition = lock.newCondition();
    EventLoop.run(
        () -> {
          Task<?> waiter =
              waiting(
                  () -> {
                    lock.lock();
                    try {
                      condition.await();
                      events.add("pending: " + Thread.currentThread().isInterrupted());
                    } finally {
                      lock.unlock();
                    }
                    Thread.sleep(Duration.ofDays(1));
                  });
          lock.lock();
          condition.signal();
          waiter.cancel("closing time");
          lock.unlock();
          waiter.join();
          assertTrue(waiter.isCancelled());
        });
    assertEquals(List.of("pending: true"), events);
  }

  // ---- barriers -------------------------------------------------------------------------------

  @Test
  @Tag("ASYNC-08")
  void aPartyThatIsCancelledBreaksTheBarrierForTheOthers() throws Exception {
    var barrier = new CyclicBarrier(3);
    EventLoop.run(
        () -> {
          Task<?> patient = waiting(barrier::await);
          Task<?> leaves = waiting(barrier::await);
          leaves.cancel("no more");
          leaves.join();
          assertTrue(leaves.isCancelled());
          var failed = assertThrows(TaskFailedException.class, patient::await);
          assertInstanceOf(BrokenBarrierException.class, failed.getCause());
          barrier.reset();
          assertEquals(0, barrier.getNumberWaiting());
        });
  }

  @Test
  @Tag("ASYNC-09")
  void whoComesWhileARoundIsStillLeavingWaitsForTheNext() throws Exception {
    var barrier = new CyclicBarrier(2);
    EventLoop.run(
        () -> {
          Task<?> slow =
              waiting(
                  () -> {
                    barrier.await();
                    events.add("slow leaves the first round");
                    barrier.await();
                  });
          Task<?> quick =
              waiting(
                  () -> {
                    barrier.await(); // the last of the round goes on at once
                    events.add("quick comes for the second round");
                    barrier.await();
                    events.add("quick leaves the second round");
                  });
          slow.await();
          quick.await();
        });
    assertEquals(
        List.of(
            "quick comes for the second round",
            "slow leaves the first round",
            "quick leaves the second round"),
        events);
  }

  @Test
  @Tag("ASYNC-10")
  void aResetFailsThoseWhoWaitAndLetsThoseGoOnWhoAreThrough() throws Exception {
    var barrier = new CyclicBarrier(2);
    EventLoop.run(
        () -> {
          Task<?> through =
              waiting(
                  () -> {
                    barrier.await();
                    events.add("through");
                  });
          barrier.await();
          assertEquals(List.of(), events); // it has not left
          barrier.reset();
          through.await();
          Task<?> waits = waiting(barrier::await);
          barrier.reset();
          var failed = assertThrows(TaskFailedException.class, waits::await);
          assertInstanceOf(BrokenBarrierException.class, failed.getCause());
        });
    assertEquals(List.of("through"), events);
  }
}
