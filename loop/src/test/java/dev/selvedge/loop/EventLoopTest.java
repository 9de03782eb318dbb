package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.TaskLocals;
import dev.selvedge.Tasks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EventLoopTest {
  private static final Action FOREVER = () -> Thread.sleep(Duration.ofDays(1));
  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  // ---- run ------------------------------------------------------------------------------------

  @Test
  @Tag("LOOP-06")
  @Tag("RUNNER-01")
  void runReturnsTheValueOrThrowsTheVeryException() throws Exception {
    assertEquals(42, EventLoop.run(() -> 42));
    var failure = new IOException("broken");
    Action fails =
        () -> {
          throw failure;
        };
    assertSame(failure, assertThrows(IOException.class, () -> EventLoop.run(fails)));
  }

  @Test
  @Tag("RUNNER-01")
  void runCancelsWhatIsLeftAndReturnsWhenThatHasStopped() throws Exception {
    var stopped = new AtomicInteger();
    var started = new CountDownLatch(2);
    Task<?> left =
        EventLoop.run(
            () -> {
              EventLoop loop = EventLoop.current().orElseThrow();
              Action cleansUp =
                  () -> {
                    started.countDown();
                    try {
                      FOREVER.perform();
                    } finally {
                      for (int i = 0; i < 10; i++) {
                        EventLoop.yieldNow();
                      }
                      stopped.incrementAndGet();
                    }
                  };
              loop.submit(cleansUp);
              Task<?> task = loop.submit(cleansUp);
              started.await();
              return task;
            });
    assertEquals(2, stopped.get());
    assertTrue(left.isCancelled());
    assertTrue(left.cancelReason().orElseThrow() instanceof CancelReason.Shutdown);
  }

  @Test
  @Tag("RUNNER-02")
  void whatLeftoversThrowWhileTheyAreCancelledGoesToTheHandler() throws Exception {
    List<Throwable> reported = Collections.synchronizedList(new ArrayList<>());
    var failure = new IOException("while closing");
    EventLoop.run(
        options -> options.onFailure((task, thrown) -> reported.add(thrown)),
        () -> {
          var started = new CountDownLatch(1);
          EventLoop.current()
              .orElseThrow()
              .submit(
                  () -> {
                    started.countDown();
                    try {
                      FOREVER.perform();
                    } catch (InterruptedException e) {
                      throw failure;
                    }
                  });
          started.await();
        });
    assertEquals(List.of(failure), reported);
  }

  @Test
  @Tag("LOOP-07")
  @Tag("RUNNER-03")
  void aLoopInALoopIsRefused() throws Exception {
    EventLoop.run(
        () -> {
          var refused = assertThrows(IllegalStateException.class, () -> EventLoop.run(() -> 1));
          assertTrue(refused.toString().contains("'loop' runs this code"), refused.toString());
          TaskGroup.run(
              group ->
                  group.fork(
                      () ->
                          assertThrows(IllegalStateException.class, () -> EventLoop.run(() -> 1))));
        });
  }

  @Test
  void aLoopInATaskOfAnotherPoolRunsAndOnlyThatTaskWaits() throws Exception {
    try (Pool pool = Pool.virtual()) {
      assertEquals(7, pool.submit(() -> EventLoop.run(() -> 7)).await());
    }
  }

  @Test
  @Tag("LOOP-09")
  void aTaskThatClosesItsLoopIsRefused() throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      Task<?> closer = loop.submit(loop::close);
      var failed = assertThrows(TaskFailedException.class, closer::await);
      assertTrue(failed.getCause() instanceof IllegalStateException);
      Task<?> canceller = loop.submit(loop::cancelAndClose);
      assertTrue(
          assertThrows(TaskFailedException.class, canceller::await).getCause()
              instanceof IllegalStateException);
      assertEquals(1, loop.submit(() -> 1).await());
    }
  }

  @Test
  @Tag("RUNNER-04")
  void anOpenLoopRunsOneAfterTheOtherAndRefusesUseAfterClose() throws Exception {
    EventLoop loop = EventLoop.open();
    assertEquals(1, loop.submit(() -> 1).await());
    assertEquals(2, loop.submit(() -> 2).await());
    loop.close();
    loop.close();
    assertThrows(RejectedExecutionException.class, () -> loop.submit(() -> 3));
    assertThrows(RejectedExecutionException.class, () -> loop.callSoon(() -> {}));
    assertThrows(RejectedExecutionException.class, () -> loop.callLater(Duration.ZERO, () -> {}));
  }

  @Test
  @Tag("RUNNER-05")
  void anInterruptCancelsTheMainTaskWhichCleansUp() throws Exception {
    Thread me = Thread.currentThread();
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    assertThrows(
        InterruptedException.class,
        () ->
            EventLoop.run(
                () -> {
                  EventLoop loop = EventLoop.current().orElseThrow();
                  loop.submit(
                      () -> { // steps that hold the loop, whose thread would lose the interrupt
                        while (true) {
                          EventLoop.yieldNow();
                        }
                      });
                  me.interrupt();
                  try {
                    FOREVER.perform();
                  } finally {
                    events.add("cleaned with " + loop.submit(() -> "help").await());
                  }
                }));
    assertEquals(List.of("cleaned with help"), events);
    assertFalse(Thread.interrupted());
  }

  @Test
  void aCancelledMainTaskEndsTheRunByItsCancellation() {
    assertThrows(
        TaskCancelledException.class,
        () ->
            EventLoop.run(
                () -> {
                  Tasks.current().orElseThrow().cancel(new CancelReason.Requested("enough"));
                  FOREVER.perform();
                }));
  }

  @Test
  void theLoopOfACoroutineIsTheCurrentOneAlsoInThreadsThatItStarts() throws Exception {
    assertEquals(Optional.empty(), EventLoop.current());
    try (EventLoop loop = EventLoop.open();
        EventLoop other = EventLoop.open()) {
      assertSame(loop, loop.submit(() -> EventLoop.current().orElseThrow()).await());
      assertTrue(loop.submit(loop::isCurrent).await());
      assertFalse(loop.submit(other::isCurrent).await());
      var seen = new AtomicReference<EventLoop>();
      loop.submit(
              () ->
                  Thread.startVirtualThread(() -> seen.set(EventLoop.current().orElseThrow()))
                      .join())
          .await();
      assertSame(loop, seen.get());
    }
  }

  // ---- callbacks ------------------------------------------------------------------------------

  @Test
  @Tag("LOOP-01")
  void callbacksRunOnceEachInOrderOnTheLoopAndNeverInsideTheCall() throws Exception {
    List<Integer> ran = new ArrayList<>(); // only the loop touches it
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          var all = new CountDownLatch(100);
          for (int i = 0; i < 100; i++) {
            int number = i;
            loop.callSoon(
                () -> {
                  assertTrue(loop.isCurrent());
                  ran.add(number);
                  all.countDown();
                });
            assertTrue(ran.isEmpty());
          }
          all.await();
        });
    assertEquals(java.util.stream.IntStream.range(0, 100).boxed().toList(), ran);
  }

  @Test
  @Tag("LOOP-02")
  void aCallbackFromOutsideWakesASleepingLoopAndKeepsItsPlace() throws Exception {
    List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    try (EventLoop loop = EventLoop.open()) {
      for (int round = 0; round < 200; round++) { // the loop sleeps in between
        var done = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
          int number = 3 * round + i;
          loop.callSoon(
              () -> {
                assertTrue(loop.isCurrent());
                ran.add(number);
                done.countDown();
              });
        }
        done.await();
      }
    }
    assertEquals(java.util.stream.IntStream.range(0, 600).boxed().toList(), ran);
  }

  @Test
  @Tag("LOOP-03")
  void delayedCallbacksRunByDueTimeAndNotEarlier() throws Exception {
    List<Integer> ran = new ArrayList<>();
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          var all = new CountDownLatch(6);
          int[] millis = {30, 10, -3_600_000, 20, -86_400_000};
          long start = System.nanoTime();
          for (int delay : millis) {
            loop.callAt(
                start + delay * 1_000_000L,
                () -> {
                  assertTrue(System.nanoTime() - start >= delay * 1_000_000L);
                  ran.add(delay);
                  all.countDown();
                });
          }
          loop.callLater(
              Duration.ofHours(-2), // due before the one that was due an hour ago
              () -> {
                ran.add(-2);
                all.countDown();
              });
          assertTrue(ran.isEmpty());
          all.await();
        });
    assertEquals(List.of(-86_400_000, -2, -3_600_000, 10, 20, 30), ran);
  }

  @Test
  @Tag("LOOP-04")
  @SuppressWarnings("NullAway") // that is the point
  void aCallbackAtATimeOfTheMonotonicClockRunsNoEarlier() throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      long due = System.nanoTime() + 20_000_000;
      var ranAt = new AtomicReference<Long>();
      var ran = new CountDownLatch(1);
      loop.callAt(
          due,
          () -> {
            ranAt.set(System.nanoTime());
            ran.countDown();
          });
      ran.await();
      assertTrue(ranAt.get() - due >= 0);
      assertThrows(NullPointerException.class, () -> loop.callLater(null, () -> {}));
      assertThrows(NullPointerException.class, () -> loop.callAt(due, null));
    }
  }

  @Test
  @Tag("LOOP-05")
  void aCancelledCallbackNeverRunsAndSaysSo() throws Exception {
    var ran = new AtomicInteger();
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          EventLoop.Handle soon = loop.callSoon(ran::incrementAndGet);
          EventLoop.Handle later = loop.callLater(Duration.ofMillis(1), ran::incrementAndGet);
          EventLoop.Handle kept = loop.callLater(Duration.ofMillis(1), () -> {});
          assertTrue(soon.cancel());
          assertTrue(later.cancel());
          assertFalse(later.cancel());
          Tasks.sleep(Duration.ofMillis(5));
          assertTrue(soon.isCancelled());
          assertTrue(later.isCancelled());
          assertFalse(kept.cancel());
          assertFalse(kept.isCancelled());
        });
    assertEquals(0, ran.get());
  }

  @Test
  void aMillionCallbacksAreCancelledByAnotherThread() throws Exception {
    var ran = new AtomicInteger();
    try (EventLoop loop = EventLoop.open()) {
      for (int i = 0; i < 1_000_000; i++) {
        assertTrue(loop.callLater(Duration.ofHours(1), ran::incrementAndGet).cancel());
      }
    }
    assertEquals(0, ran.get());
  }

  @Test
  void aCallbackThatIsNotDueWhenTheLoopEndsIsCancelled() {
    EventLoop loop = EventLoop.open();
    EventLoop.Handle handle = loop.callLater(Duration.ofDays(1), () -> {});
    loop.close();
    while (!handle.isCancelled()) {
      Thread.onSpinWait(); // the loop's thread does it at its end
    }
  }

  // ---- tasks ----------------------------------------------------------------------------------

  @Test
  @Tag("TASK-01")
  void aTaskThatWaitsForItselfFailsInsteadOfHanging() throws Exception {
    var self = new AtomicReference<Task<?>>();
    EventLoop.run(
        () -> {
          Task<?> task = EventLoop.current().orElseThrow().submit(() -> self.get().await());
          self.set(task);
          var failed = assertThrows(TaskFailedException.class, task::await);
          assertTrue(failed.getCause() instanceof IllegalStateException);
        });
  }

  @Test
  @Tag("TASK-02")
  @Tag("EAGER-03")
  void theCurrentTaskStaysRightWhileTasksTakeTurns() throws Exception {
    assertEquals(Optional.empty(), Tasks.current());
    try (EventLoop loop = EventLoop.open()) {
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        String name = "turn-" + i;
        tasks.add(
            loop.submit(
                name,
                () -> {
                  for (int k = 0; k < 100; k++) {
                    assertEquals(name, Tasks.current().orElseThrow().name());
                    EventLoop.yieldNow();
                  }
                }));
      }
      for (Task<?> task : tasks) {
        task.await();
      }
    }
  }

  @Test
  @Tag("TASK-03")
  void theUnfinishedTasksOfALoopAreListedFromOutsideWhileAThousandAreMade() throws Exception {
    EventLoop other = EventLoop.open();
    try (EventLoop loop = EventLoop.open()) {
      Task<?> stranger = other.submit(FOREVER);
      Task<?> maker =
          loop.submit(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  loop.submit(FOREVER);
                  EventLoop.yieldNow();
                }
              });
      int before = 0;
      while (!maker.isDone()) {
        List<Task<?>> listed = loop.tasks();
        assertFalse(listed.contains(stranger));
        int now = (int) listed.stream().filter(task -> !task.equals(maker)).count();
        assertTrue(now >= before, "none is lost on the way");
        before = now;
      }
      maker.await();
      assertEquals(1000, loop.tasks().size());
      loop.cancelAndClose();
      assertEquals(List.of(), loop.tasks());
    } finally {
      other.cancelAndClose();
    }
  }

  // ---- threads --------------------------------------------------------------------------------

  @Test
  @Tag("THREADS-01")
  void offloadedCodeRunsElsewhereAndOnlyItsCallerWaits() throws Exception {
    EventLoop.run(
        () -> {
          var others = new CountDownLatch(1);
          TaskGroup.run(
              group -> {
                group.fork(
                    () -> {
                      Thread there =
                          EventLoop.offload(
                              () -> {
                                others.await(); // with the loop held this would never end
                                assertEquals(Optional.empty(), EventLoop.current());
                                return Thread.currentThread();
                              });
                      assertFalse(there.isVirtual());
                      assertTrue(EventLoop.current().isPresent());
                    });
                group.fork(others::countDown);
              });
          var failure = new IOException("broken");
          assertSame(
              failure,
              assertThrows(
                  IOException.class,
                  () ->
                      EventLoop.offload(
                          () -> {
                            throw failure;
                          })));
        });
  }

  @Test
  @Tag("THREADS-02")
  void offloadedCodeSeesTheCallersContext() throws Exception {
    TaskLocals.register(USER);
    assertEquals(
        "ada",
        ScopedValue.where(USER, "ada")
            .call(() -> EventLoop.run(() -> EventLoop.offload(() -> USER.get()))));
  }

  @Test
  void cancellingACallerInterruptsItsOffloadedCodeAndWaitsForIt() throws Exception {
    var started = new CountDownLatch(1);
    var stopped = new AtomicInteger();
    try (EventLoop loop = EventLoop.open()) {
      Task<?> task =
          loop.submit(
              () ->
                  EventLoop.offload(
                      () -> {
                        started.countDown();
                        try {
                          FOREVER.perform();
                        } finally {
                          stopped.incrementAndGet();
                        }
                        return 0;
                      }));
      started.await();
      task.cancel(new CancelReason.Requested("enough"));
      assertThrows(TaskCancelledException.class, task::await);
      assertEquals(1, stopped.get());
    }
  }

  @Test
  @Tag("THREADS-03")
  void aThreadSubmitsToALoopAndWaitsForValueFailureTimeoutAndCancellation() throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      assertEquals(5, loop.submit(() -> 5).await());
      var failure = new IOException("broken");
      Action fails =
          () -> {
            throw failure;
          };
      Task<?> failing = loop.submit(fails);
      assertSame(failure, assertThrows(TaskFailedException.class, failing::await).getCause());
      Task<?> slow = loop.submit(FOREVER);
      assertThrows(TimeoutException.class, () -> slow.await(Duration.ofMillis(5)));
      assertFalse(slow.isDone());
      assertTrue(slow.cancel(new CancelReason.Requested("too slow")));
      assertThrows(TaskCancelledException.class, slow::await);
    }
  }

  @Test
  void theLoopsThreadIsNeitherTheCallersNorAnyTask() throws Exception {
    assertNotEquals(Thread.currentThread(), EventLoop.run(Thread::currentThread));
    assertTrue(EventLoop.run(() -> Thread.currentThread().isVirtual()));
  }
}
