package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.eventually;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.spi.Capability;
import dev.selvedge.sync.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The table of cancelling and being done at [Task], line by line.
interface CancellationContract extends Trial {

  @Test
  @Tag("FUT-01")
  @Tag("FUT-12")
  default void aQueuedTaskIsCancelledAtOnceAndNeverRuns() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.BOUNDED);
      Signal release = Signal.create();
      List<Task<String>> holders = Trial.occupy(pool, parallelism(), release);
      Signal ran = Signal.create();
      Task<@Nullable Void> politely = pool.submit(ran::set);
      Task<@Nullable Void> firmly = pool.submit(ran::set);
      Task<@Nullable Void> withReason = pool.submit(ran::set);
      assertTrue(politely.cancel(false));
      assertTrue(firmly.cancel(true));
      assertTrue(withReason.cancel("not needed"));
      for (Task<@Nullable Void> task : List.of(politely, firmly, withReason)) {
        assertTrue(task.isDone());
        assertTrue(task.isCancelled());
        assertTrue(task.cancel(true), "cancelling again answers true");
        assertTrue(task.cancel(false), "cancelling again answers true");
        assertThrows(TaskCancelledException.class, task::await);
      }
      release.set();
      for (Task<String> holder : holders) {
        assertEquals("released", holder.await());
      }
      assertEquals(1, pool.submit(() -> 1).await());
      assertFalse(ran.isSet());
    }
  }

  @Test
  @Tag("FUT-02")
  default void politeCancellationOfARunningTaskHasNoEffect() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      started.await();
      assertFalse(task.cancel(false));
      assertFalse(task.isCancelled());
      assertEquals(Optional.empty(), task.cancelReason());
      release.set();
      assertEquals("released", task.await());
    }
  }

  @Test
  @Tag("FUT-02")
  default void cancellingWhatIsDoneAnswersFalseAndChangesNothing() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> fine = pool.submit(() -> 4);
      Task<Integer> failed =
          pool.submit(
              () -> {
                throw new Planned("first");
              });
      fine.join();
      failed.join();
      for (Task<Integer> task : List.of(fine, failed)) {
        assertFalse(task.cancel(true));
        assertFalse(task.cancel(false));
        assertFalse(task.cancel("late"));
        assertFalse(task.isCancelled());
        assertEquals(Optional.empty(), task.cancelReason());
      }
      assertEquals(4, fine.await());
      assertThrows(TaskFailedException.class, failed::await);
    }
  }

  @Test
  @Tag("CANCEL-01")
  default void aRunningTaskIsInterruptedAndDoneWhenItsCodeHasStopped() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.INTERRUPTS);
      Signal started = Signal.create();
      Signal told = Signal.create();
      Signal mayEnd = Signal.create();
      Task<Integer> task =
          pool.submit(
              () -> {
                started.set();
                try {
                  Signal.create().await();
                } catch (InterruptedException e) {
                  told.set();
                  mayEnd.await();
                  throw e;
                }
                return 0;
              });
      started.await();
      assertTrue(task.cancel(true));
      told.await();
      assertFalse(task.isDone(), "it is done when its code has stopped, not earlier");
      assertEquals(Future.State.RUNNING, task.state());
      assertTrue(task.cancel(true), "requested before");
      mayEnd.set();
      task.join();
      assertTrue(task.isCancelled());
      var thrown = assertThrows(CancellationException.class, task::get);
      assertInstanceOf(InterruptedException.class, thrown.getCause());
    }
  }

  @Test
  @Tag("CANCEL-04")
  default void aCancellationIsDeliveredOnceSoThatCleaningUpCanWait() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Signal started = Signal.create();
      Event cleaned = Event.create();
      AtomicBoolean waited = new AtomicBoolean();
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                started.set();
                try {
                  Signal.create().await();
                } finally {
                  Thread.sleep(1); // a wait of the JDK
                  cleaned.await(); // and one of ours
                  waited.set(true);
                }
              });
      started.await();
      task.cancel(true);
      task.cancel(true);
      task.cancel("and again");
      cleaned.set();
      task.join();
      assertTrue(waited.get());
      assertTrue(task.isCancelled());
    }
  }

  @Test
  @Tag("CANCEL-01")
  @Tag("CANCEL-06")
  default void aCancellationEndsAWaitOfOurs() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Event never = Event.create();
      AtomicReference<Thread> runner = new AtomicReference<>();
      AtomicBoolean flagged = new AtomicBoolean();
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                runner.set(Thread.currentThread());
                try {
                  never.await();
                } catch (InterruptedException e) {
                  flagged.set(Thread.currentThread().isInterrupted());
                  throw e;
                }
              });
      eventually("a runner", () -> runner.get() != null);
      task.cancel("stop waiting");
      var thrown = assertThrows(TaskCancelledException.class, task::await);
      assertInstanceOf(InterruptedException.class, thrown.getCause());
      assertTrue(
          String.valueOf(thrown.getCause()).contains("stop waiting"), () -> "" + thrown.getCause());
      assertFalse(flagged.get(), "the exception is the delivery, and no flag is left");
      assertTrue(task.cancel("again"), "cancelling again answers true");
    }
  }

  @Test
  default void aCancellationThatCameBeforeTheWaitEndsIt() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Signal started = Signal.create();
      AtomicBoolean go = new AtomicBoolean();
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                started.set();
                while (!go.get()) {
                  Thread.onSpinWait();
                }
                Event.create().await();
              });
      started.await();
      task.cancel(true);
      go.set(true);
      task.join();
      assertTrue(task.isCancelled());
    }
  }

  @Test
  @Tag("CANCEL-03")
  default void aValueReturnedAfterTheCancellationWins() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Task<Integer> task =
          pool.submit(
              () -> {
                started.set();
                try {
                  Signal.create().await();
                } catch (InterruptedException e) {
                  return 7;
                }
                return 0;
              });
      started.await();
      assertTrue(task.cancel(true));
      assertEquals(7, task.await());
      assertFalse(task.isCancelled());
      assertEquals(Future.State.SUCCESS, task.state());
      assertInstanceOf(
          CancelReason.Requested.class,
          task.cancelReason().orElseThrow(),
          "that it was requested can still be seen");
    }
  }

  @Test
  default void anyExceptionAfterTheCancellationIsTheCancellationAndItsCause() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Task<Integer> task =
          pool.submit(
              () -> {
                started.set();
                try {
                  Signal.create().await();
                } catch (InterruptedException e) {
                  throw new Planned("socket closed");
                }
                return 0;
              });
      started.await();
      task.cancel("enough");
      var thrown = assertThrows(TaskCancelledException.class, task::await);
      assertTrue(task.isCancelled());
      assertInstanceOf(Planned.class, thrown.getCause());
      assertEquals(new CancelReason.Requested("enough"), thrown.reason());
    }
  }

  @Test
  @Tag("CANCEL-06")
  @Tag("CANCEL-08")
  default void theFirstReasonStaysAndIsTold() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Task<String> task = pool.submit("job", endless(started));
      started.await();
      CancelReason first = new CancelReason.Requested("first");
      assertTrue(task.cancel(first));
      assertTrue(task.cancel("second"));
      task.join();
      assertSame(first, task.cancelReason().orElseThrow());
      var thrown = assertThrows(TaskCancelledException.class, task::await);
      assertTrue(String.valueOf(thrown.getMessage()).contains("'job'"), thrown.getMessage());
      assertTrue(String.valueOf(thrown.getMessage()).contains("first"), thrown.getMessage());
    }
  }

  @Test
  @Tag("GROUP-03")
  default void anInterruptedExceptionWithoutACancellationIsAFailure() throws Exception {
    try (Pool pool = open()) {
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                throw new InterruptedException("its own");
              });
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertInstanceOf(InterruptedException.class, failure.getCause());
      assertFalse(task.isCancelled());
    }
  }

  @Test
  @Tag("CANCEL-02")
  default void aWaiterThatIsCancelledLeavesAndTheTaskGoesOn() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      needsParallelism(2);
      Signal started = Signal.create();
      Signal release = Signal.create();
      Signal waits = Signal.create();
      Task<String> awaited = pool.submit(held(started, release));
      started.await();
      Task<String> waiter =
          pool.submit(
              () -> {
                waits.set();
                return awaited.await();
              });
      waits.await();
      waiter.cancel("gone");
      waiter.join();
      assertTrue(waiter.isCancelled());
      assertFalse(awaited.isDone());
      release.set();
      assertEquals("released", awaited.await());
    }
  }

  @Test
  default void interruptFlagsNeverLeakToTheNextTask() throws Exception {
    try (Pool pool = open()) {
      for (int i = 0; i < 20; i++) {
        pool.submit(() -> Thread.currentThread().interrupt()).await();
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).await());
        Signal started = Signal.create();
        Task<String> cancelled = pool.submit(endless(started));
        started.await();
        cancelled.cancel(true);
        cancelled.join();
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).await());
        assertFalse(Thread.currentThread().isInterrupted());
      }
    }
  }

  @Test
  default void cancellationsThatRaceWithTheEndLeakNothing() throws Exception {
    try (Pool pool = open()) {
      for (int i = 0; i < 300; i++) {
        Task<Integer> task = pool.submit(() -> 1);
        for (int spin = 0; spin < i % 50; spin++) {
          Thread.onSpinWait();
        }
        boolean requested = task.cancel(true);
        task.join();
        if (!requested) {
          assertEquals(Future.State.SUCCESS, task.state());
        }
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).await());
      }
    }
  }

  @Test
  default void thousandsCanBeCancelledAtOnce() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Event never = Event.create();
      List<Task<@Nullable Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        tasks.add(pool.submit(() -> never.await()));
      }
      tasks.forEach(task -> task.cancel("all of them"));
      for (Task<@Nullable Void> task : tasks) {
        task.join();
        assertTrue(task.isCancelled());
      }
    }
  }
}
