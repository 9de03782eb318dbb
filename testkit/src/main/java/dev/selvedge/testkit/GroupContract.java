package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.awaitParked;
import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Pool;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.UnjoinedTasksException;
import dev.selvedge.spi.Capability;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [TaskGroup] promises.
interface GroupContract extends Trial {

  // ---- the ordinary form ----------------------------------------------------------------------

  @Test
  default void aGroupReturnsTheValueOfItsBody() throws Exception {
    try (Pool pool = open()) {
      int sum =
          TaskGroup.call(
              options -> options.pool(pool),
              group -> {
                Task<Integer> left = group.fork(() -> 20);
                Task<Integer> right = group.fork("right", () -> 22);
                assertEquals("group/right", right.path());
                return left.await() + right.await();
              });
      assertEquals(42, sum);
    }
  }

  @Test
  @Tag("GROUP-01")
  default void noTaskOutlivesItsGroup() throws Exception {
    try (Pool pool = open()) {
      List<Task<Integer>> tasks = new ArrayList<>();
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            for (int i = 0; i < 50; i++) {
              int number = i;
              tasks.add(group.fork(() -> number));
            }
          });
      assertTrue(tasks.stream().allMatch(Task::isDone));
      assertEquals(49, tasks.get(49).await());
    }
  }

  @Test
  default void aGroupLeavesItsPoolOpen() throws Exception {
    try (Pool pool = open()) {
      for (int i = 0; i < 3; i++) {
        TaskGroup.run(options -> options.pool(pool), group -> group.fork(() -> 1));
      }
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  default void aGroupOnAClosedPoolIsRefused() throws Exception {
    Pool pool = open();
    pool.close();
    assertThrows(
        RejectedExecutionException.class,
        () -> TaskGroup.run(options -> options.pool(pool), group -> group.fork(() -> 1)));
  }

  // ---- the body is the first task -------------------------------------------------------------

  @Test
  @Tag("GROUP-02")
  @Tag("GROUP-06")
  default void aChildsFailureCancelsTheBodyAndComesOut() throws Exception {
    try (Pool pool = open()) {
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        group.fork(
                            "producer",
                            () -> {
                              throw new Planned("no more");
                            });
                        while (true) {
                          Event.create().await();
                        }
                      }));
      assertInstanceOf(Planned.class, failure.getCause());
      assertEquals("group/producer", failure.task());
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("GROUP-06")
  default void aChildsFailureEndsAWaitOfTheJdkInTheBody() throws Exception {
    try (Pool pool = open()) {
      assertThrows(
          TaskFailedException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool),
                  group -> {
                    group.fork(
                        () -> {
                          throw new Planned("wake the sleeper");
                        });
                    Thread.sleep(LONG);
                  }));
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("GROUP-02")
  default void aChildsFailureCancelsItsSiblings() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal started = Signal.create();
      AtomicReference<Task<String>> sibling = new AtomicReference<>();
      assertThrows(
          TaskFailedException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool),
                  group -> {
                    sibling.set(group.fork(endless(started)));
                    group.fork(
                        "culprit",
                        () -> {
                          started.await();
                          throw new Planned("stop");
                        });
                  }));
      Task<String> stopped = sibling.get();
      assertTrue(stopped.isCancelled());
      var why =
          assertInstanceOf(CancelReason.SiblingFailed.class, stopped.cancelReason().orElseThrow());
      assertEquals("group/culprit", why.task());
      var thrown = assertThrows(TaskCancelledException.class, stopped::await);
      assertInstanceOf(Planned.class, thrown.getCause(), "the cause is the sibling's failure");
    }
  }

  @Test
  @Tag("GROUP-09")
  default void theBodysFailureCancelsTheChildrenAndComesOutAsItIs() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      AtomicReference<Task<String>> child = new AtomicReference<>();
      Planned planned = new Planned("of the body");
      Planned thrown =
          assertThrows(
              Planned.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        child.set(group.fork(endless(started)));
                        started.await();
                        throw planned;
                      }));
      assertSame(planned, thrown);
      assertTrue(child.get().isCancelled());
    }
  }

  @Test
  @Tag("GROUP-04")
  default void anOutsideInterruptCancelsTheGroupAndStaysAnInterrupt() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      AtomicReference<Task<String>> child = new AtomicReference<>();
      Aside owner =
          Aside.start(
              () ->
                  assertThrows(
                      InterruptedException.class,
                      () ->
                          TaskGroup.run(
                              options -> options.pool(pool),
                              group -> child.set(group.fork(endless(started))))));
      started.await();
      awaitParked(owner.thread());
      owner.thread().interrupt();
      owner.join();
      assertTrue(child.get().isCancelled());
    }
  }

  @Test
  default void aBodyThatKeepsItsInterruptFlagLeavesWithIt() throws Exception {
    try (Pool pool = open()) {
      int value =
          TaskGroup.call(
              options -> options.pool(pool),
              group -> {
                int forked = group.fork(() -> 3).await();
                Thread.currentThread().interrupt();
                return forked;
              });
      assertTrue(Thread.interrupted(), "an interrupt that came from outside survives");
      assertEquals(3, value);
    } catch (InterruptedException e) {
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("GROUP-14")
  default void joinAfterOnesOwnCancelReturnsNormally() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      String value =
          TaskGroup.call(
              options -> options.pool(pool),
              group -> {
                Task<String> child = group.fork(endless(started));
                started.await();
                group.cancel("found");
                group.join();
                assertTrue(child.isCancelled());
                assertEquals(
                    Optional.of(new CancelReason.Requested("found")), child.cancelReason());
                return "found";
              });
      assertEquals("found", value);
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("GROUP-14")
  default void aCancellationByAnotherThreadComesOut() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      AtomicReference<TaskGroup> shared = new AtomicReference<>();
      Aside canceller =
          Aside.start(
              () -> {
                started.await();
                TaskGroup group = shared.get();
                group.cancel("from outside");
                group.cancel("and again");
              });
      var thrown =
          assertThrows(
              TaskCancelledException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        shared.set(group);
                        group.fork(endless(started));
                        Event.create().await();
                      }));
      canceller.join();
      assertEquals(new CancelReason.Requested("from outside"), thrown.reason());
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("GROUP-11")
  @Tag("GROUP-14")
  default void forksInACancelledGroupAreCancelledAtOnce() throws Exception {
    try (Pool pool = open()) {
      Signal ran = Signal.create();
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            group.cancel("before");
            Task<@Nullable Void> late = group.fork(ran::set);
            assertTrue(late.isCancelled());
            assertEquals(group.cancelReason(), late.cancelReason());
          });
      assertFalse(ran.isSet());
    }
  }

  @Test
  @Tag("CANCEL-02")
  @Tag("GROUP-04")
  default void cancellingReachesNestedGroups() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      needsParallelism(2);
      Signal started = Signal.create();
      AtomicReference<Task<String>> inner = new AtomicReference<>();
      TaskGroup.run(
          options -> options.pool(pool).name("outer"),
          group -> {
            Task<@Nullable Void> child =
                group.fork(
                    "middle",
                    () ->
                        TaskGroup.run(
                            options -> options.pool(pool).name("inner"),
                            nested -> inner.set(nested.fork("leaf", endless(started)))));
            started.await();
            group.cancel("everything");
            child.join();
            assertTrue(child.isCancelled());
          });
      Task<String> leaf = inner.get();
      assertTrue(leaf.isCancelled());
      assertEquals("outer/middle/inner/leaf", leaf.path());
      var parent =
          assertInstanceOf(CancelReason.ParentCancelled.class, leaf.cancelReason().orElseThrow());
      assertEquals("outer/middle", parent.task());
      assertEquals(new CancelReason.Requested("everything"), parent.because());
      assertTrue(parent.describe().contains("everything"), parent.describe());
    }
  }

  @Test
  @Tag("GROUP-04")
  default void aNestedGroupThatIsCancelledFromAboveIsInterruptedAndNotCancelled() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Signal started = Signal.create();
      AtomicReference<Throwable> came = new AtomicReference<>();
      AtomicBoolean flagged = new AtomicBoolean();
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                try {
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        started.set();
                        Event.create().await();
                      });
                } catch (Exception e) {
                  came.set(e);
                  flagged.set(Thread.currentThread().isInterrupted());
                  throw e;
                }
              });
      started.await();
      task.cancel("above");
      task.join();
      assertTrue(task.isCancelled());
      assertInstanceOf(InterruptedException.class, came.get());
      assertFalse(flagged.get(), "delivered by the exception, and so not by the flag too");
    }
  }

  // ---- who may do what ------------------------------------------------------------------------

  @Test
  default void strangersMayNotForkAndAreToldWhatTheyMay() throws Exception {
    try (Pool pool = open()) {
      TaskGroup.run(
          options -> options.pool(pool).name("closed shop"),
          group -> {
            Aside stranger =
                Aside.start(
                    () -> {
                      var refused =
                          assertThrows(WrongThreadException.class, () -> group.fork(() -> 1));
                      assertTrue(
                          String.valueOf(refused.getMessage()).contains("asExecutor()"),
                          refused.getMessage());
                      assertTrue(
                          String.valueOf(refused.getMessage()).contains("closed shop"),
                          refused.getMessage());
                      assertThrows(WrongThreadException.class, group::join);
                      assertThrows(WrongThreadException.class, group::close);
                      assertThrows(WrongThreadException.class, () -> group.background(() -> {}));
                    });
            stranger.join();
          });
    }
  }

  @Test
  default void strangersAreNamedByTheirTaskAlsoOnThreadsWithoutAName() throws Exception {
    try (Pool pool = open();
        Pool virtual = Pool.virtual()) {
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            Call<String> forks =
                () ->
                    String.valueOf(
                        assertThrows(WrongThreadException.class, () -> group.fork(() -> 1))
                            .getMessage());
            Call<String> joins =
                () ->
                    String.valueOf(
                        assertThrows(WrongThreadException.class, group::join).getMessage());
            for (Call<String> call : List.of(forks, joins)) {
              String said = virtual.submit("stranger", call).await();
              assertTrue(said.contains("the task 'stranger' is"), said);
            }
            AtomicReference<String> said = new AtomicReference<>();
            Thread nameless = Thread.startVirtualThread(() -> said.set(callOf(joins)));
            nameless.join();
            String number = "the thread 'thread #" + nameless.threadId() + "' is";
            assertTrue(said.get().contains(number), said.get());
          });
    }
  }

  private static String callOf(Call<String> call) {
    try {
      return call.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  default void strangersGoThroughTheExecutor() throws Exception {
    try (Pool pool = open()) {
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            ExecutorService executor = group.asExecutor();
            Call<Integer> call = () -> 5;
            Aside stranger =
                Aside.start(
                    () -> {
                      var task = assertInstanceOf(Task.class, executor.submit(call));
                      assertEquals(5, task.get());
                      assertTrue(task.path().startsWith("group/"), task.path());
                      executor.shutdown();
                      assertThrows(RejectedExecutionException.class, () -> executor.submit(call));
                    });
            stranger.join();
            assertTrue(executor.awaitTermination(30, TimeUnit.SECONDS));
            assertEquals(6, group.fork(() -> 6).await(), "the group itself is open");
          });
    }
  }

  @Test
  @Tag("GROUP-01")
  default void childrenAndTheirDescendantsFork() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicInteger ran = new AtomicInteger();
      TaskGroup.run(
          options -> options.pool(pool),
          group ->
              group.fork(
                  () -> {
                    group.fork(ran::incrementAndGet);
                    TaskGroup.run(
                        options -> options.pool(pool),
                        inner -> inner.fork(() -> group.fork(ran::incrementAndGet)));
                  }));
      assertEquals(2, ran.get());
    }
  }

  @Test
  default void aChildMayNotJoinOrCloseItsGroup() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            Task<@Nullable Void> child =
                group.fork(
                    () -> {
                      assertThrows(WrongThreadException.class, group::join);
                      assertThrows(WrongThreadException.class, group::close);
                    });
            child.await();
          });
    }
  }

  @Test
  default void whatIsSubmittedToThePoolBelongsToThePool() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      AtomicReference<Task<String>> pools = new AtomicReference<>();
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            pools.set(pool.submit(held(started, release)));
            started.await();
            group.cancel("only the group");
          });
      Task<String> task = pools.get();
      assertFalse(task.isDone());
      assertFalse(task.path().contains("/"), task.path());
      release.set();
      assertEquals("released", task.await());
    }
  }

  @Test
  @Tag("GROUP-11")
  @Tag("GROUP-14")
  default void forkingAfterTheEndIsRefused() throws Exception {
    try (Pool pool = open()) {
      AtomicReference<TaskGroup> kept = new AtomicReference<>();
      TaskGroup.run(
          options -> options.pool(pool).name("ended"),
          group -> {
            kept.set(group);
            group.fork(() -> 1);
          });
      TaskGroup ended = kept.get();
      var refused = assertThrows(IllegalStateException.class, () -> ended.fork(() -> 1));
      assertTrue(String.valueOf(refused.getMessage()).contains("'ended'"), refused.getMessage());
      ExecutorService executor = ended.asExecutor();
      Call<Integer> call = () -> 1;
      assertThrows(RejectedExecutionException.class, () -> executor.submit(call));
      ended.cancel("too late");
      assertEquals(Optional.empty(), ended.cancelReason());
    }
  }

  @Test
  default void aChildThatWaitsForTheTaskThatOpenedItsGroupIsToldSo() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicReference<Task<@Nullable Void>> outer = new AtomicReference<>();
      Signal known = Signal.create();
      outer.set(
          pool.submit(
              "outer",
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group ->
                          group.fork(
                              () -> {
                                known.await();
                                outer.get().await();
                              }))));
      known.set();
      var failure = assertThrows(TaskFailedException.class, () -> outer.get().await(LONG));
      assertInstanceOf(IllegalStateException.class, failure.getCause());
    }
  }

  // ---- nothing starves ------------------------------------------------------------------------

  @Test
  default void theLimitHolds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      TaskGroup.run(
          options -> options.pool(pool).limit(3),
          group -> {
            for (int i = 0; i < 200; i++) {
              group.fork(
                  () -> {
                    int now = running.incrementAndGet();
                    most.accumulateAndGet(now, Math::max);
                    LockSupport.parkNanos(1_000);
                    running.decrementAndGet();
                  });
            }
          });
      assertTrue(most.get() <= 3, () -> "ran " + most.get() + " at once");
      assertEquals(0, running.get());
    }
  }

  @Test
  default void theOwnerWaitsAtTheLimit() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicInteger unfinished = new AtomicInteger();
      TaskGroup.run(
          options -> options.pool(pool).limit(2),
          group -> {
            for (int i = 0; i < 100; i++) {
              group.fork(unfinished::decrementAndGet);
              int ahead = unfinished.incrementAndGet();
              assertTrue(ahead <= 3, () -> "the owner is " + ahead + " forks ahead");
            }
          });
    }
  }

  @Test
  default void anOwnerCancelledAtTheLimitIsToldInsteadOfHanging() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      AtomicReference<TaskGroup> shared = new AtomicReference<>();
      Aside owner =
          Aside.start(
              () -> {
                var thrown =
                    assertThrows(
                        TaskCancelledException.class,
                        () ->
                            TaskGroup.run(
                                options -> options.pool(pool).limit(1),
                                group -> {
                                  shared.set(group);
                                  group.fork(endless(started));
                                  group.fork(() -> 1);
                                }));
                assertEquals(new CancelReason.Requested("give up"), thrown.reason());
              });
      started.await();
      awaitParked(owner.thread());
      shared.get().cancel("give up");
      owner.join();
    }
  }

  @Test
  default void recursiveDivideAndConquerEnds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      int sum = TaskGroup.call(options -> options.pool(pool), group -> sum(pool, 0, 100));
      assertEquals(4950, sum);
      assertEquals(4950, pool.submit(() -> sum(pool, 0, 100)).await());
    }
  }

  private static int sum(Pool pool, int from, int to) throws Exception {
    if (to - from <= 4) {
      int sum = 0;
      for (int i = from; i < to; i++) {
        sum += i;
      }
      return sum;
    }
    int middle = (from + to) >>> 1;
    return TaskGroup.call(
        options -> options.pool(pool),
        group -> {
          Task<Integer> left = group.fork(() -> sum(pool, from, middle));
          Task<Integer> right = group.fork(() -> sum(pool, middle, to));
          return left.await() + right.await();
        });
  }

  @Test
  default void recursiveForksInOneGroupEnd() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      for (int limit : new int[] {1, 2, Integer.MAX_VALUE}) {
        int fibonacci =
            TaskGroup.call(
                options -> options.pool(pool).limit(limit),
                group -> group.fork(() -> fibonacci(group, 10)).await());
        assertEquals(55, fibonacci);
      }
    }
  }

  private static int fibonacci(TaskGroup group, int n) throws Exception {
    if (n < 2) {
      return n;
    }
    Task<Integer> one = group.fork(() -> fibonacci(group, n - 1));
    Task<Integer> two = group.fork(() -> fibonacci(group, n - 2));
    return one.await() + two.await();
  }

  @Test
  default void aCrawlerWhosePagesForkTheirLinksUnderALimitEnds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      var seen = ConcurrentHashMap.<Integer>newKeySet();
      TaskGroup.run(
          options -> options.pool(pool).limit(2).name("crawl"),
          group -> {
            seen.add(1);
            group.fork(() -> crawl(group, 1, seen));
          });
      assertEquals(1_000, seen.size());
    }
  }

  private static void crawl(
      TaskGroup group, int page, ConcurrentHashMap.KeySetView<Integer, Boolean> seen) {
    for (int link : new int[] {page * 2, page * 2 + 1, page / 2}) {
      if (link >= 1 && link <= 1_000 && seen.add(link)) {
        group.fork(() -> crawl(group, link, seen));
      }
    }
  }

  @Test
  default void aNestedForkUnderALimitOfOneEnds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      int value =
          TaskGroup.call(
              options -> options.pool(pool).limit(1),
              group -> group.fork(() -> group.fork(() -> 7).await() + 1).await());
      assertEquals(8, value);
    }
  }

  @Test
  default void aNestedGroupUnderALimitOfOneEnds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      int value =
          TaskGroup.call(
              options -> options.pool(pool).limit(1),
              group ->
                  group
                      .fork(
                          () ->
                              TaskGroup.<Integer>call(
                                  options -> options.pool(pool).limit(1),
                                  inner ->
                                      inner.fork(() -> 3).await() + group.fork(() -> 4).await()))
                      .await());
      assertEquals(7, value);
    }
  }

  @Test
  default void aGroupOpenedByATaskOfThePoolEnds() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      List<Task<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        tasks.add(
            pool.submit(
                () ->
                    TaskGroup.call(
                        options -> options.pool(pool).limit(2),
                        group -> {
                          int sum = 0;
                          List<Task<Integer>> forked = new ArrayList<>();
                          for (int k = 0; k < 10; k++) {
                            int number = k;
                            forked.add(group.fork(() -> number));
                          }
                          for (Task<Integer> task : forked) {
                            sum += task.await();
                          }
                          return sum;
                        })));
      }
      for (Task<Integer> task : tasks) {
        assertEquals(45, task.await(LONG));
      }
    }
  }

  @Test
  default void aTaskRunInPlaceHasItsOwnCancellation() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Signal started = Signal.create();
      AtomicReference<Task<String>> inner = new AtomicReference<>();
      Task<String> outer =
          pool.submit(
              () -> {
                Task<String> child = pool.submit(endless(started));
                inner.set(child);
                try {
                  return child.await();
                } catch (TaskCancelledException e) {
                  return "the outer one goes on";
                }
              });
      started.await();
      Trial.eventually("the inner task", () -> inner.get() != null);
      inner.get().cancel("only the inner one");
      assertEquals("the outer one goes on", outer.await(LONG));
      assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).await());
    }
  }

  /// Cancelling the one that waits does not reach the one that its thread runs meanwhile.
  @Test
  default void aStrangerRunInPlaceOutlivesTheCancellationOfTheOneThatWaits() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      needsParallelism(2);
      TaskGroup.run(
          options -> options.pool(pool).name("g"),
          group -> {
            Signal awaitedRuns = Signal.create();
            Signal release = Signal.create();
            Task<String> awaited = group.fork("awaited", held(awaitedRuns, release));
            awaitedRuns.await();
            List<Task<String>> waiting = new ArrayList<>();
            for (int i = 1; i < Math.min(parallelism(), 8); i++) {
              waiting.add(group.fork("waits-" + i, () -> awaited.await()));
            }
            Signal strangerRuns = Signal.create();
            Task<String> stranger = group.fork("stranger", held(strangerRuns, release));
            strangerRuns.await();
            waiting.forEach(task -> task.cancel("only those that wait"));
            release.set();
            assertEquals("released", stranger.await(LONG));
          });
    }
  }

  @Test
  default void aDeadlineAroundAWaitReachesNoStranger() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      needsParallelism(2);
      TaskGroup.run(
          options -> options.pool(pool).name("g"),
          group -> {
            Signal awaitedRuns = Signal.create();
            Signal release = Signal.create();
            Task<String> awaited = group.fork("awaited", held(awaitedRuns, release));
            awaitedRuns.await();
            Signal gaveUp = Signal.create();
            Task<@Nullable Void> waits =
                group.fork(
                    "waits",
                    () -> {
                      Deadline.moveOnAfter(Duration.ofMillis(30), awaited::join);
                      gaveUp.set();
                    });
            Task<String> stranger = group.fork("stranger", held(Signal.create(), release));
            gaveUp.await();
            release.set();
            assertEquals("released", stranger.await(LONG));
            waits.await(LONG);
          });
    }
  }

  @Test
  default void tenThousandLevelsOfForksThatAwaitTheirChildrenEnd() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      int levels =
          TaskGroup.call(options -> options.pool(pool), group -> levels(group, 10_000)).intValue();
      assertEquals(10_000, levels);
    }
  }

  private static Integer levels(TaskGroup group, int left) throws Exception {
    return left == 0 ? 0 : group.fork(() -> levels(group, left - 1)).await() + 1;
  }

  // ---- background -----------------------------------------------------------------------------

  @Test
  default void backgroundTasksEndWithTheLastOrdinaryOne() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal served = Signal.create();
      Signal stopped = Signal.create();
      AtomicReference<Task<@Nullable Void>> background = new AtomicReference<>();
      TaskGroup.run(
          options -> options.pool(pool).limit(1),
          group -> {
            background.set(
                group.background(
                    () -> {
                      served.set();
                      try {
                        Signal.create().await();
                      } finally {
                        stopped.set();
                      }
                    }));
            group.fork(() -> served.await());
          });
      assertTrue(stopped.isSet());
      assertTrue(background.get().isCancelled());
    }
  }

  @Test
  default void aFailureInTheBackgroundIsAFailureOfTheGroup() throws Exception {
    try (Pool pool = open()) {
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        group.background(
                            () -> {
                              throw new Planned("heartbeat lost");
                            });
                        Event.create().await();
                      }));
      assertInstanceOf(Planned.class, failure.getCause());
    }
  }

  // ---- map ------------------------------------------------------------------------------------

  @Test
  default void mapsInTheGroup() throws Exception {
    try (Pool pool = open()) {
      List<Integer> squares =
          TaskGroup.call(
              options -> options.pool(pool).limit(2),
              group -> {
                try (Results<Integer> results =
                    group.map(List.of(1, 2, 3, 4, 5, 6, 7, 8), x -> x * x)) {
                  return results.toList();
                }
              });
      assertEquals(List.of(1, 4, 9, 16, 25, 36, 49, 64), squares);
    }
  }

  @Test
  default void aFailureInAMapOfTheGroupFailsTheGroup() throws Exception {
    try (Pool pool = open()) {
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        try (Results<Integer> results =
                            group.map(List.of(1, 2, 3), x -> 6 / (x - 2))) {
                          results.toList();
                        }
                      }));
      assertInstanceOf(ArithmeticException.class, failure.getCause());
    }
  }

  // ---- the expert form ------------------------------------------------------------------------

  @Test
  default void anOpenGroupIsJoinedAndClosed() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> task;
      try (TaskGroup group = TaskGroup.open(options -> options.pool(pool).name("load"))) {
        task = group.fork(() -> 9);
        assertEquals("load", group.name());
        group.join();
        assertTrue(task.isDone());
        assertEquals(List.of(), group.tasks());
      }
      assertEquals(9, task.await());
    }
  }

  @Test
  default void anOpenGroupThatWasNotJoinedCancelsAndSaysSo() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      TaskGroup group = TaskGroup.open(options -> options.pool(pool).name("forgotten"));
      Task<String> task = group.fork("left", endless(started));
      started.await();
      assertEquals(List.of(task), group.tasks());
      var thrown = assertThrows(UnjoinedTasksException.class, group::close);
      assertEquals(List.of("forgotten/left"), thrown.tasks());
      assertTrue(String.valueOf(thrown.getMessage()).contains("join()"), thrown.getMessage());
      assertTrue(task.isCancelled());
      assertEquals(new CancelReason.ScopeClosed("forgotten"), task.cancelReason().orElseThrow());
      group.close();
    }
  }

  @Test
  default void anOpenGroupTellsTheSiblingsFailureAsCause() throws Exception {
    try (Pool pool = open()) {
      try (TaskGroup group = TaskGroup.open(options -> options.pool(pool))) {
        group.fork(
            () -> {
              throw new Planned("of a sibling");
            });
        assertThrows(InterruptedException.class, () -> Event.create().await());
        var failure = assertThrows(TaskFailedException.class, group::join);
        assertInstanceOf(Planned.class, failure.getCause());
        Task<Integer> late = group.fork(() -> 1);
        var thrown = assertThrows(TaskCancelledException.class, late::await);
        assertInstanceOf(Planned.class, thrown.getCause());
      }
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  default void joinMayBeRepeatedAndForksGoOnBetween() throws Exception {
    try (Pool pool = open();
        TaskGroup group = TaskGroup.open(options -> options.pool(pool))) {
      for (int i = 0; i < 3; i++) {
        Task<Integer> task = group.fork(() -> 1);
        group.join();
        assertTrue(task.isDone());
      }
      group.join();
    }
  }

  // ---- options --------------------------------------------------------------------------------

  @Test
  @Tag("GROUP-02")
  default void withoutFailFastAllRunAndAllFailuresAreReported() throws Exception {
    try (Pool pool = open()) {
      List<Task<Integer>> tasks = new ArrayList<>();
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).failFast(false),
                      group -> {
                        for (int i = 0; i < 10; i++) {
                          int number = i;
                          tasks.add(
                              group.fork(
                                  () -> {
                                    if (number % 2 == 0) {
                                      throw new Planned("even " + number);
                                    }
                                    return number;
                                  }));
                        }
                      }));
      assertEquals(5, failure.failures());
      assertEquals(4, failure.getSuppressed().length);
      assertEquals(5, tasks.stream().filter(task -> task.isDone() && !isFailed(task)).count());
      assertNull(tasks.get(0).cancelReason().orElse(null));
    }
  }

  private static boolean isFailed(Task<?> task) {
    return task.state() == java.util.concurrent.Future.State.FAILED;
  }

  @Test
  default void badOptionsAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TaskGroup.run(options -> options.limit(0), group -> {}));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            TaskGroup.run(
                options -> options.deadline(java.time.Duration.ofNanos(-1)), group -> {}));
    assertThrows(
        IllegalArgumentException.class,
        () -> TaskGroup.open(options -> options.grace(java.time.Duration.ofNanos(-1))));
  }
}
