package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.CancelReason;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How groups of coroutines end.
@Timeout(30)
class GroupOnTheLoopTest {
  private static final Action FOREVER = () -> Thread.sleep(Duration.ofDays(1));

  private final List<String> events = new ArrayList<>(); // only one loop at a time touches it

  private static Action failing(Exception failure) {
    return () -> {
      throw failure;
    };
  }

  /// {@return a task that throws something else when it is cancelled}
  private static Action failingLate(Exception failure) {
    return () -> {
      try {
        FOREVER.perform();
      } catch (InterruptedException e) {
        throw failure;
      }
    };
  }

  @Test
  @Tag("GROUP-03")
  void aChildThatIsCancelledAloneDisturbsNobody() throws Exception {
    EventLoop.run(
        () -> {
          String value =
              TaskGroup.call(
                  group -> {
                    Task<?> dropped = group.fork(FOREVER);
                    Task<String> sibling =
                        group.fork(
                            () -> {
                              Thread.sleep(1);
                              return "fine";
                            });
                    EventLoop.yieldNow();
                    dropped.cancel("only this one");
                    dropped.join();
                    assertTrue(dropped.isCancelled());
                    return sibling.await();
                  });
          assertEquals("fine", value);
        });
  }

  @Test
  @Tag("GROUP-05")
  void whatBodyAndChildrenThrowWhileTheirOwnerIsCancelledCountsAsTheCancellation()
      throws Exception {
    var ofTheBody = new IOException("of the body");
    var ofTheChild = new IOException("of the child");
    EventLoop.run(
        () -> {
          var child = new AtomicReference<Task<?>>();
          Task<?> owner =
              EventLoop.current()
                  .orElseThrow()
                  .submit(
                      () ->
                          TaskGroup.run(
                              group -> {
                                child.set(group.fork(failingLate(ofTheChild)));
                                failingLate(ofTheBody).perform();
                              }));
          while (child.get() == null) {
            EventLoop.yieldNow();
          }
          EventLoop.yieldNow();
          owner.cancel("from outside");
          var thrown = assertThrows(TaskCancelledException.class, owner::await);
          assertSame(
              ofTheBody,
              assertInstanceOf(InterruptedException.class, thrown.getCause()).getCause());
          var childs = assertThrows(TaskCancelledException.class, child.get()::await);
          assertSame(ofTheChild, childs.getCause());
        });
  }

  @Test
  @Tag("GROUP-02")
  void whatASiblingThrowsWhenItIsCancelledIsItsCancellationAndNoSecondFailure() throws Exception {
    var second = new IOException("second");
    EventLoop.run(
        () -> {
          var sibling = new AtomicReference<Task<?>>();
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          group -> {
                            sibling.set(group.fork(failingLate(second)));
                            group.fork(failing(new IOException("first")));
                          }));
          assertEquals("first", failed.getCause().getMessage());
          assertEquals(1, failed.failures());
          assertInstanceOf(
              CancelReason.SiblingFailed.class, sibling.get().cancelReason().orElseThrow());
        });
  }

  @Test
  @Tag("GROUP-07")
  void theFailureOfAnInnerGroupComesOutOfTheOuterOneUnwrapped() throws Exception {
    var inner = new IOException("inner");
    var outer = new IOException("outer");
    EventLoop.run(
        () -> {
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          options -> options.failFast(false),
                          group -> {
                            group.fork(() -> TaskGroup.run(g -> g.fork(failing(inner))));
                            group.fork(
                                () -> {
                                  Thread.sleep(1);
                                  throw outer;
                                });
                          }));
          assertSame(inner, failed.getCause());
          assertEquals(2, failed.failures());
          assertSame(outer, failed.getSuppressed()[0].getCause());
        });
  }

  @Test
  @Tag("GROUP-08")
  void theFailureOfAnOuterTaskCancelsAnInnerGroupAndNothingOfThatIsAdded() throws Exception {
    var failure = new IOException("outer");
    EventLoop.run(
        () -> {
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          outer -> {
                            outer.fork(failing(failure));
                            TaskGroup.run(
                                inner -> {
                                  Task<?> child = inner.fork(FOREVER);
                                  child.onDone(done -> events.add("" + done.isCancelled()));
                                  FOREVER.perform();
                                });
                          }));
          assertSame(failure, failed.getCause());
          assertEquals(1, failed.failures());
          assertEquals(0, failed.getSuppressed().length);
          assertEquals(0, failure.getSuppressed().length);
        });
    assertEquals(List.of("true"), events);
  }

  @Test
  @Tag("GROUP-09")
  void anErrorOfTheBodyComesOutAsItIsWhenTheChildrenHaveStopped() throws Exception {
    var error = new StackOverflowError("planned");
    EventLoop.run(
        () -> {
          var thrown =
              assertThrows(
                  StackOverflowError.class,
                  () ->
                      TaskGroup.run(
                          group -> {
                            group.fork(
                                () -> {
                                  try {
                                    FOREVER.perform();
                                  } finally {
                                    EventLoop.yieldNow();
                                    events.add("cleaned up");
                                  }
                                });
                            EventLoop.yieldNow();
                            throw error;
                          }));
          assertSame(error, thrown);
          events.add("came out");
        });
    assertEquals(List.of("cleaned up", "came out"), events);
  }

  @Test
  @Tag("GROUP-12")
  void tasksThatForkWithoutEndAreStoppedByAFailure() throws Exception {
    EventLoop.run(
        () -> {
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          group -> {
                            group.fork(() -> forksOn(group));
                            group.fork(
                                () -> {
                                  while (events.size() < 100) {
                                    EventLoop.yieldNow();
                                  }
                                  throw new IOException("enough");
                                });
                          }));
          assertEquals("enough", failed.getCause().getMessage());
          int forked = events.size();
          EventLoop.yieldNow();
          assertEquals(forked, events.size());
        });
  }

  private void forksOn(TaskGroup group) throws InterruptedException {
    events.add("fork");
    group.fork(() -> forksOn(group));
    EventLoop.yieldNow();
  }

  @Test
  @Tag("GROUP-13")
  void aGroupThatStaysOpenKeepsNoTasksThatHaveEnded() throws Exception {
    EventLoop.run(
        () ->
            TaskGroup.run(
                group -> {
                  List<WeakReference<Task<?>>> ended = new ArrayList<>();
                  for (int i = 0; i < 2_000; i++) {
                    ended.add(new WeakReference<>(group.fork(() -> {})));
                    EventLoop.yieldNow();
                  }
                  while (ended.stream().filter(task -> !task.refersTo(null)).count() > 20) {
                    System.gc();
                    EventLoop.yieldNow();
                  }
                }));
  }

  @Test
  @Tag("GROUP-14")
  void aFailureWinsOverTheCancellationByTheOwner() throws Exception {
    var failure = new IOException("before");
    EventLoop.run(
        () -> {
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          options -> options.failFast(false),
                          group -> {
                            group.fork(failing(failure)).join();
                            group.fork(FOREVER);
                            group.cancel("enough");
                            group.cancel("and again");
                          }));
          assertSame(failure, failed.getCause());
        });
  }

  @Test
  @Tag("GROUP-14")
  void aCancellationByAChildEndsTheBodyAndTellsWhy() throws Exception {
    EventLoop.run(
        () -> {
          var thrown =
              assertThrows(
                  TaskCancelledException.class,
                  () ->
                      TaskGroup.run(
                          group -> {
                            group.fork(() -> group.cancel("found"));
                            Event.create().await();
                          }));
          assertEquals("found", thrown.reason().describe());
        });
  }
}
