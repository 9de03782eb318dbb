package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.sync.Event;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Cancelling coroutines, and sleeping ones, where the loop makes the order certain.
@Timeout(30)
class CancellationOnTheLoopTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final List<String> events = new ArrayList<>(); // only one loop at a time touches it

  /// Starts a coroutine, and returns when it waits.
  private static Task<?> waiting(Action action) throws InterruptedException {
    Task<?> task = EventLoop.current().orElseThrow().submit(action);
    EventLoop.yieldNow();
    return task;
  }

  @Test
  @Tag("CANCEL-05")
  void aTaskThatCancelsItselfIsStoppedAtItsNextWait() throws Exception {
    EventLoop.run(
        () -> {
          Task<?> task =
              waiting(
                  () -> {
                    Tasks.current().orElseThrow().cancel("by itself");
                    events.add("goes on");
                    Thread.sleep(DAY);
                  });
          task.join();
          assertTrue(task.isCancelled());
        });
    assertEquals(List.of("goes on"), events);
  }

  @Test
  @Tag("CANCEL-05")
  void aTaskThatCancelsItselfAndReturnsHasSucceeded() throws Exception {
    EventLoop.run(
        () -> {
          Task<String> task =
              EventLoop.current()
                  .orElseThrow()
                  .submit(
                      () -> {
                        Tasks.current().orElseThrow().cancel("by itself");
                        return "nevertheless";
                      });
          assertEquals("nevertheless", task.await());
          assertFalse(task.isCancelled());
          assertEquals("by itself", task.cancelReason().orElseThrow().describe());
        });
  }

  @Test
  @Tag("CANCEL-06")
  void theReasonIsThereForTheTaskInAWaitOfTheJdkAndForWhoAwaitsIt() throws Exception {
    EventLoop.run(
        () -> {
          Task<?> task =
              waiting(
                  () -> {
                    try {
                      Thread.sleep(DAY);
                    } finally {
                      events.add(
                          Tasks.current().orElseThrow().cancelReason().orElseThrow().describe());
                    }
                  });
          task.cancel("out of stock");
          var thrown = assertThrows(TaskCancelledException.class, task::await);
          assertEquals("out of stock", thrown.reason().describe());
        });
    assertEquals(List.of("out of stock"), events);
  }

  @Test
  @Tag("CANCEL-07")
  void theTraceShowsWhereTheTaskWasBlockedAndWhereItWasAskedFor() throws Exception {
    Action ofTheJdk = CancellationOnTheLoopTest::blockedHere;
    Action ofOurs = () -> blockedHere(Event.create());
    EventLoop.run(
        () -> {
          for (Action blocked : List.of(ofTheJdk, ofOurs)) {
            Task<?> task = waiting(blocked);
            task.cancel("enough");
            var thrown = assertThrows(TaskCancelledException.class, () -> askedHere(task));
            assertShows("askedHere", thrown);
            assertShows("blockedHere", Objects.requireNonNull(thrown.getCause()));
          }
        });
  }

  private static void blockedHere() throws InterruptedException {
    Thread.sleep(DAY);
  }

  private static void blockedHere(Event event) throws InterruptedException {
    event.await();
  }

  private static void askedHere(Task<?> task) throws Exception {
    task.await();
  }

  private static void assertShows(String method, Throwable thrown) {
    assertTrue(
        Arrays.stream(thrown.getStackTrace()).anyMatch(at -> at.getMethodName().equals(method)),
        () -> method + " is not in " + Arrays.toString(thrown.getStackTrace()));
  }

  @Test
  @Tag("CANCEL-08")
  void aTaskThatIsBeingCancelledSaysSoAndFurtherRequestsChangeNothing() throws Exception {
    EventLoop.run(
        () -> {
          var cleaned = Event.create();
          Task<?> task =
              waiting(
                  () -> {
                    try {
                      Thread.sleep(DAY);
                    } finally {
                      cleaned.await();
                    }
                  });
          task.cancel("first");
          EventLoop.yieldNow();
          try {
            assertTrue(task.cancel("second"));
            EventLoop.yieldNow();
            assertFalse(task.isDone(), "the second one does not end the cleaning up");
            assertTrue(task.toString().endsWith("cancellation requested"), task.toString());
          } finally {
            cleaned.set();
          }
          var thrown = assertThrows(TaskCancelledException.class, task::await);
          assertEquals("first", thrown.reason().describe());
        });
  }

  // ---- sleeping -------------------------------------------------------------------------------

  @Test
  @Tag("SLEEP-02")
  void aSleepOfNoTimeLetsEverybodyElseMakeAStepFirst() throws Exception {
    Action ours = () -> Tasks.sleep(Duration.ZERO);
    Action ofTheJdk = () -> Thread.sleep(Duration.ZERO);
    for (Action sleep : List.of(ours, ofTheJdk)) {
      events.clear();
      EventLoop.run(
          () ->
              TaskGroup.run(
                  group -> {
                    for (String name : List.of("a", "b", "c")) {
                      group.fork(
                          () -> {
                            for (int i = 0; i < 2; i++) {
                              events.add(name);
                              sleep.perform();
                            }
                          });
                    }
                  }));
      assertEquals(List.of("a", "b", "c", "a", "b", "c"), events);
    }
    assertThrows(IllegalArgumentException.class, () -> Tasks.sleep(Duration.ofNanos(-1)));
  }

  @Test
  @Tag("SLEEP-03")
  void aCancelledSleeperWakesAtOnceAndNoTimerKeepsIt() throws Exception {
    Action ours = () -> Tasks.sleep(DAY);
    Action ofTheJdk = () -> Thread.sleep(DAY);
    try (EventLoop loop = EventLoop.open()) {
      List<WeakReference<Thread>> threads = new ArrayList<>();
      for (Action sleep : List.of(ours, ofTheJdk)) {
        threads.add(loop.submit(() -> threadOfACancelledSleeper(sleep)).await());
      }
      for (WeakReference<Thread> thread : threads) {
        while (!thread.refersTo(null)) { // a timer would refer to the thread that it wakes
          System.gc();
          loop.submit(() -> {}).await();
        }
      }
    }
  }

  private static WeakReference<Thread> threadOfACancelledSleeper(Action sleep) throws Exception {
    List<WeakReference<Thread>> thread = new ArrayList<>();
    Task<?> sleeper =
        waiting(
            () -> {
              thread.add(new WeakReference<>(Thread.currentThread()));
              sleep.perform();
            });
    sleeper.cancel("wake up");
    sleeper.join();
    assertInstanceOf(
        InterruptedException.class,
        assertThrows(TaskCancelledException.class, sleeper::await).getCause());
    return thread.getFirst();
  }

  // ---- beginning ------------------------------------------------------------------------------

  @Test
  @Tag("EAGER-01")
  @Tag("EAGER-02")
  void aTaskBeginsWhenItsMakerWaitsAndNeverIfItIsCancelledBefore() throws Exception {
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          Task<?> task = loop.submit(() -> events.add("runs"));
          Task<?> dropped = loop.submit(() -> events.add("never"));
          events.add("made");
          assertFalse(task.isDone());
          assertTrue(dropped.cancel("not needed"));
          assertTrue(dropped.isCancelled());
          task.await();
          assertFalse(task.cancel("too late"));
          EventLoop.yieldNow();
        });
    assertEquals(List.of("made", "runs"), events);
  }
}
