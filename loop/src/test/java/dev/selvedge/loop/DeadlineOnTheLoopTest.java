package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskGroup;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks of coroutines that have a deadline.
@Timeout(30)
class DeadlineOnTheLoopTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SOON = Duration.ofMillis(10);

  private final List<String> events = new ArrayList<>(); // only one loop at a time touches it

  private static void awaitPast(Deadline deadline) {
    while (!deadline.remaining().isNegative()) {
      Thread.onSpinWait();
    }
  }

  private static void awaitInterrupt() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }

  @Test
  @Tag("WAITFOR-01")
  void whatEndsInTimeReturnsItsValueAndWithoutADeadlineThereIsNone() throws Exception {
    EventLoop.run(
        () -> {
          assertEquals(
              7,
              Deadline.within(
                  DAY,
                  () -> {
                    Thread.sleep(1);
                    return 7;
                  }));
          assertEquals(Optional.empty(), Deadline.current());
        });
  }

  @Test
  @Tag("TIMEOUT-01")
  @Tag("TIMEOUT-03")
  void aBlockThatOverrunsIsCancelledWhereItWaitsAndItsTaskGoesOn() throws Exception {
    EventLoop.run(
        () -> {
          Task<String> task =
              EventLoop.current().orElseThrow().submit(() -> overruns() + " and goes on");
          assertEquals("was late and goes on", task.await());
          assertEquals(Optional.empty(), task.cancelReason());
        });
    assertEquals(List.of("interrupted", "cleaned up"), events);
  }

  private String overruns() throws Exception {
    assertThrows(
        DeadlineExceededException.class,
        () ->
            Deadline.within(
                SOON,
                () -> {
                  try {
                    Thread.sleep(DAY);
                  } catch (InterruptedException e) {
                    events.add("interrupted");
                    EventLoop.yieldNow();
                    events.add("cleaned up");
                    throw e;
                  }
                  return 0;
                }));
    Thread.sleep(1); // waits as ever
    return "was late";
  }

  @Test
  @Tag("TIMEOUT-04")
  void ofTwoThatPassTogetherTheOuterOneReportsIt() throws Exception {
    EventLoop.run(
        () -> {
          var late =
              assertThrows(
                  DeadlineExceededException.class,
                  () ->
                      TaskGroup.run(
                          options -> options.name("outer").deadline(SOON),
                          outer -> {
                            Deadline around = Deadline.current().orElseThrow();
                            TaskGroup.run(
                                options -> options.name("inner").deadline(SOON),
                                inner -> {
                                  Deadline mine = Deadline.current().orElseThrow();
                                  assertEquals(around.at(), mine.at());
                                  assertEquals("outer", mine.binding());
                                  Thread.sleep(DAY);
                                });
                          }));
          assertEquals("outer", late.deadline().scope());
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("TIMEOUT-05")
  void anInnerOneThatIsCaughtLeavesTheOuterInForceAlsoIfTheLoopWasBusyPastBoth(boolean busy)
      throws Exception {
    EventLoop.run(
        () -> {
          var late =
              assertThrows(
                  DeadlineExceededException.class,
                  () ->
                      TaskGroup.run(
                          options -> options.name("outer").deadline(SOON.multipliedBy(2)),
                          outer -> innerOneIsCaught(busy)));
          assertEquals("outer", late.deadline().scope());
        });
    assertEquals(List.of("inner"), events);
  }

  private void innerOneIsCaught(boolean busy) throws Exception {
    Deadline outer = Deadline.current().orElseThrow();
    var late =
        assertThrows(
            DeadlineExceededException.class,
            () ->
                TaskGroup.run(
                    options -> options.name("inner").deadline(SOON),
                    inner -> {
                      if (busy) {
                        awaitPast(outer);
                      }
                      Thread.sleep(DAY);
                    }));
    events.add(late.deadline().scope());
    Thread.sleep(DAY);
  }

  @Test
  @Tag("TIMEOUT-06")
  void aBlockWithoutTimeRunsToItsFirstWait() throws Exception {
    EventLoop.run(
        () -> {
          assertFalse(
              Deadline.moveOnAfter(
                  Duration.ZERO,
                  () -> {
                    events.add("no time");
                    Thread.sleep(DAY);
                    events.add("never");
                  }));
          assertFalse(
              Deadline.moveOnAfter(
                  Duration.ZERO,
                  () -> {
                    awaitPast(Deadline.current().orElseThrow());
                    Deadline.within(
                        DAY,
                        () -> {
                          events.add("the time around has passed");
                          Thread.sleep(DAY);
                          return events.add("never");
                        });
                  }));
        });
    assertEquals(List.of("no time", "the time around has passed"), events);
  }

  @Test
  @Tag("WAITFOR-02")
  @Tag("TIMEOUT-08")
  void whatABlockThrowsInTimeComesOutAndWhatItThrowsAfterItIsTheCause() throws Exception {
    var failure = new IOException("broken");
    EventLoop.run(
        () -> {
          assertSame(
              failure,
              assertThrows(
                  IOException.class,
                  () ->
                      Deadline.within(
                          DAY,
                          () -> {
                            throw failure;
                          })));
          var late =
              assertThrows(
                  DeadlineExceededException.class,
                  () ->
                      Deadline.within(
                          SOON,
                          () -> {
                            try {
                              Thread.sleep(DAY);
                            } catch (InterruptedException e) {
                              throw failure;
                            }
                            return 0;
                          }));
          assertSame(failure, late.getCause());
        });
  }

  @Test
  @Tag("TIMEOUT-10")
  void aBlockThatNeverWaitsAfterItsDeadlineReturnsItsValue() throws Exception {
    EventLoop.run(
        () -> {
          String value =
              Deadline.within(
                  SOON,
                  () -> {
                    awaitInterrupt();
                    return "late, but here";
                  });
          assertEquals("late, but here", value);
          assertFalse(Thread.currentThread().isInterrupted());
          Thread.sleep(1);
        });
  }

  @Test
  @Tag("WAITFOR-04")
  @Tag("TIMEOUT-07")
  void aCallerThatIsCancelledInTimeIsCancelledAndItsWorkHasCleanedUp() throws Exception {
    EventLoop.run(
        () -> {
          Task<?> caller =
              EventLoop.current()
                  .orElseThrow()
                  .submit(() -> Deadline.within(DAY, this::childThatCleansUp));
          while (!events.contains("started")) {
            EventLoop.yieldNow();
          }
          caller.cancel("gone");
          caller.join();
          events.add("ended");
          var thrown = assertThrows(TaskCancelledException.class, caller::await);
          assertEquals("gone", thrown.reason().describe());
          assertInstanceOf(InterruptedException.class, thrown.getCause(), "and not a time-out");
        });
    assertEquals(List.of("started", "cleaned up", "ended"), events);
  }

  private int childThatCleansUp() throws Exception {
    return TaskGroup.call(
        group ->
            group
                .fork(
                    () -> {
                      events.add("started");
                      try {
                        Thread.sleep(DAY);
                      } finally {
                        EventLoop.yieldNow();
                        events.add("cleaned up");
                      }
                      return 0;
                    })
                .await());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("WAITFOR-05")
  void aCallerCancelledAsItsTaskEndsKnowsOfBothAndTheValueIsNotLost(boolean cancelledFirst)
      throws Exception {
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          Event gate = Event.create();
          Task<Integer> inner =
              loop.submit(
                  () -> {
                    gate.await();
                    return 7;
                  });
          Task<?> caller =
              loop.submit(
                  () -> {
                    events.add("got " + inner.await());
                    Thread.sleep(DAY);
                  });
          EventLoop.yieldNow(); // both wait now
          if (cancelledFirst) {
            caller.cancel("race");
          }
          gate.set();
          if (!cancelledFirst) {
            // it makes room for one step: the inner one ends, and its caller is about to go on
            EventLoop.yieldNow();
            assertTrue(inner.isDone());
            assertEquals(List.of(), events);
            caller.cancel("race");
          }
          caller.join();
          assertTrue(caller.isCancelled());
          assertEquals(7, inner.await());
        });
    assertEquals(cancelledFirst ? List.of() : List.of("got 7"), events);
  }
}
