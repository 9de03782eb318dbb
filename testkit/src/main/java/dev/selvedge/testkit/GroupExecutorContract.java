package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.awaitParked;
import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Capability;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What [TaskGroup#asExecutor()] promises: an [ExecutorService] whose tasks are the group's.
interface GroupExecutorContract extends Trial {

  private static void inGroup(Pool pool, TaskGroup.VoidBody body) throws Exception {
    TaskGroup.run(options -> options.pool(pool).name("inside"), body);
  }

  private static Call<Integer> failing(String why) {
    return () -> {
      throw new Planned(why);
    };
  }

  // ---- several at once ------------------------------------------------------------------------

  @Test
  default void invokeAllInAGroupReturnsAllDoneInOrder() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            List<Call<Integer>> calls = List.of(() -> 1, () -> 2, () -> 3);
            List<Future<Integer>> done = group.asExecutor().invokeAll(calls);
            assertEquals(List.of(1, 2, 3), done.stream().map(Future::resultNow).toList());
            assertEquals(List.of(), group.asExecutor().invokeAll(List.<Call<Integer>>of()));
          });
    }
  }

  @Test
  default void aChildThatInvokesAllThroughTheExecutorHelps() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      inGroup(
          pool,
          group -> {
            List<Call<Integer>> calls = List.of(() -> 20, () -> 22);
            Task<Integer> sum =
                group.fork(
                    () ->
                        group.asExecutor().invokeAll(calls).stream()
                            .mapToInt(Future::resultNow)
                            .sum());
            assertEquals(42, sum.await(LONG));
          });
    }
  }

  @Test
  default void aChildThatInvokesAnyThroughTheExecutorHelps() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      inGroup(
          pool,
          group -> {
            List<Call<Integer>> calls = List.of(() -> 42, () -> 42);
            assertEquals(42, group.fork(() -> group.asExecutor().invokeAny(calls)).await(LONG));
          });
    }
  }

  @Test
  default void aChildThatClosesItsExecutorHelps() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      inGroup(
          pool,
          group -> {
            Task<Integer> child =
                group.fork(
                    () -> {
                      Call<Integer> call = () -> 5;
                      Future<Integer> five;
                      try (ExecutorService executor = group.asExecutor()) {
                        five = executor.submit(call);
                      }
                      return five.resultNow();
                    });
            assertEquals(5, child.await(LONG));
          });
    }
  }

  @Test
  default void aTimedInvokeAllInAGroupCancelsWhatIsLate() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            List<Call<String>> calls = List.of(endless(Signal.create()));
            List<Future<String>> late =
                group.asExecutor().invokeAll(calls, 1, TimeUnit.MILLISECONDS);
            assertTrue(late.getFirst().isCancelled());
            assertEquals(List.of(), group.tasks());
          });
    }
  }

  @Test
  default void aFailureOfInvokeAllFailsTheGroupAsOneOfSubmitDoes() throws Exception {
    try (Pool pool = open()) {
      List<Call<Integer>> calls = List.of(failing("one of all"));
      var all =
          assertThrows(
              TaskFailedException.class,
              () -> inGroup(pool, group -> group.asExecutor().invokeAll(calls)));
      assertEquals("one of all", all.getCause().getMessage());
      var one =
          assertThrows(
              TaskFailedException.class,
              () -> inGroup(pool, group -> group.asExecutor().submit(failing("by itself"))));
      assertEquals("by itself", one.getCause().getMessage());
      var executed =
          assertThrows(
              TaskFailedException.class,
              () ->
                  inGroup(
                      pool,
                      group ->
                          group
                              .asExecutor()
                              .execute(
                                  (Action)
                                      () -> {
                                        throw new Planned("executed");
                                      })));
      assertEquals("executed", executed.getCause().getMessage());
    }
  }

  @Test
  default void withoutFailFastInvokeAllRunsAllAndTheJoinReports() throws Exception {
    try (Pool pool = open()) {
      AtomicReference<List<Future<Integer>>> done = new AtomicReference<>();
      List<Call<Integer>> calls = List.of(failing("first"), () -> 2);
      assertThrows(
          TaskFailedException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool).failFast(false),
                  group -> done.set(group.asExecutor().invokeAll(calls))));
      assertInstanceOf(Planned.class, done.get().get(0).exceptionNow());
      assertEquals(2, done.get().get(1).resultNow());
    }
  }

  @Test
  default void attemptsOfInvokeAnyMayFailWithoutFailingTheGroup() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            List<Call<Integer>> calls = List.of(failing("attempt"), () -> 7);
            assertEquals(7, group.asExecutor().invokeAny(calls));
            List<Call<Integer>> hopeless = List.of(failing("a"), failing("b"));
            assertInstanceOf(
                Planned.class,
                assertThrows(ExecutionException.class, () -> group.asExecutor().invokeAny(hopeless))
                    .getCause());
            assertEquals(8, group.fork(() -> 8).await(), "the group goes on");
          });
    }
  }

  @Test
  default void aTimedInvokeAnyInAGroupGivesUp() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            List<Call<String>> calls = List.of(endless(Signal.create()));
            assertThrows(
                TimeoutException.class,
                () -> group.asExecutor().invokeAny(calls, 1, TimeUnit.MILLISECONDS));
            assertEquals(List.of(), group.tasks());
          });
    }
  }

  // ---- cancelling -----------------------------------------------------------------------------

  @Test
  default void aCancelledGroupRefusesWhatIsExecutedAndCancelsWhatIsSubmitted() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            ExecutorService executor = group.asExecutor();
            group.cancel("enough");
            Action action = () -> {};
            var refused =
                assertThrows(RejectedExecutionException.class, () -> executor.execute(action));
            String why = String.valueOf(refused.getMessage());
            assertTrue(why.contains("'inside'") && why.contains("enough"), why);
            assertInstanceOf(TaskCancelledException.class, refused.getCause());
            Call<Integer> call = () -> 1;
            assertTrue(executor.submit(call).isCancelled(), "its future tells");
            assertEquals(List.of(), group.tasks());
            executor.close();
          });
    }
  }

  @Test
  default void stagesOnTheExecutorOfACancelledGroupFail() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            ExecutorService executor = group.asExecutor();
            CompletableFuture<Integer> source = new CompletableFuture<>();
            CompletableFuture<Integer> derived = source.thenApplyAsync(n -> n + 1, executor);
            group.cancel("enough");
            assertThrows(
                RejectedExecutionException.class,
                () -> CompletableFuture.supplyAsync(() -> 1, executor));
            source.complete(1);
            var failed =
                assertThrows(
                    ExecutionException.class,
                    () -> derived.get(LONG.toSeconds(), TimeUnit.SECONDS));
            assertInstanceOf(RejectedExecutionException.class, failed.getCause());
          });
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  @Test
  default void theExecutorOfAGroupRefusesAfterItsShutdownAndFinishesWhatItTook() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            ExecutorService executor = group.asExecutor();
            Signal started = Signal.create();
            Signal release = Signal.create();
            Future<String> accepted = executor.submit(held(started, release));
            started.await();
            assertFalse(executor.isShutdown());
            executor.shutdown();
            assertTrue(executor.isShutdown());
            assertFalse(executor.isTerminated());
            assertFalse(executor.awaitTermination(1, TimeUnit.MILLISECONDS));
            Call<Integer> call = () -> 1;
            var refused =
                assertThrows(RejectedExecutionException.class, () -> executor.submit(call));
            String why = String.valueOf(refused.getMessage());
            assertTrue(why.contains("'inside'"), why);
            assertThrows(RejectedExecutionException.class, () -> executor.invokeAll(List.of(call)));
            release.set();
            assertTrue(executor.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS));
            assertTrue(executor.isTerminated());
            assertEquals("released", accepted.resultNow());
            assertEquals(1, group.asExecutor().submit(call).get(), "another one is open");
          });
    }
  }

  @Test
  default void shutdownNowOfAGroupsExecutorCancelsItsTasksOnly() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      inGroup(
          pool,
          group -> {
            Signal started = Signal.create();
            Signal other = Signal.create();
            Signal release = Signal.create();
            ExecutorService executor = group.asExecutor();
            Task<String> child = group.fork(held(other, release));
            Future<String> mine = executor.submit(endless(started));
            started.await();
            other.await();
            assertEquals(List.of(), executor.shutdownNow());
            assertTrue(executor.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS));
            assertTrue(mine.isCancelled());
            assertThrows(CancellationException.class, mine::get);
            var why = ((Task<?>) mine).cancelReason().orElseThrow();
            assertInstanceOf(CancelReason.Shutdown.class, why);
            release.set();
            assertEquals("released", child.await());
          });
    }
  }

  @Test
  default void shutdownNowOfAGroupsExecutorReturnsWhatHadNotStarted() throws Exception {
    try (Pool pool = open()) {
      TaskGroup.run(
          options -> options.pool(pool).limit(1),
          group -> {
            Signal started = Signal.create();
            Signal release = Signal.create();
            Task<String> first = group.fork(held(started, release));
            started.await();
            ExecutorService executor = group.asExecutor();
            ConcurrentLinkedQueue<Future<Integer>> queued = new ConcurrentLinkedQueue<>();
            Aside.start( // a stranger's submission queues where the owner would wait
                    () -> {
                      Call<Integer> call = () -> 1;
                      queued.add(executor.submit(call));
                      queued.add(executor.submit(call));
                    })
                .join();
            assertEquals(List.copyOf(queued), executor.shutdownNow());
            assertTrue(executor.isTerminated());
            release.set();
            assertEquals("released", first.await());
          });
    }
  }

  @Test
  default void aSubmissionThatWaitsAtTheLimitCountsAsAccepted() throws Exception {
    try (Pool pool = open()) {
      TaskGroup.run(
          options -> options.pool(pool).limit(1),
          group -> {
            Signal started = Signal.create();
            Signal release = Signal.create();
            group.fork(held(started, release));
            started.await();
            ExecutorService executor = group.asExecutor();
            Thread owner = Thread.currentThread();
            Aside ender =
                Aside.start(
                    () -> {
                      awaitParked(owner);
                      try {
                        assertEquals(List.of(), executor.shutdownNow());
                        assertFalse(executor.isTerminated(), "a submission is under way");
                      } finally {
                        release.set();
                      }
                    });
            Future<String> late = executor.submit(endless(Signal.create()));
            ender.join();
            assertTrue(executor.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS));
            assertTrue(late.isCancelled(), "shutdownNow does not miss it");
          });
    }
  }

  @Test
  default void aTaskThatClosesTheExecutorItRunsInIsRefused() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      inGroup(
          pool,
          group -> {
            ExecutorService executor = group.asExecutor();
            Call<String> closing =
                () ->
                    String.valueOf(
                        assertThrows(IllegalStateException.class, executor::close).getMessage());
            Task<?> task = assertInstanceOf(Task.class, executor.submit(closing));
            String said = (String) task.await();
            assertTrue(said.contains("'" + task.path() + "'"), said);
            assertTrue(said.contains("shutdown()"), said);
            Call<Object> nested = () -> TaskGroup.call(inner -> inner.fork(closing).await());
            assertTrue(
                String.valueOf(executor.submit(nested).get()).contains("shutdown()"),
                "nor does a task inside it");
            assertFalse(executor.isShutdown(), "a refused close has done nothing");
            executor.close();
            assertTrue(executor.isTerminated());
          });
    }
  }

  @Test
  default void closingTheExecutorOfAGroupWaitsForItsTasks() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            Signal started = Signal.create();
            Signal release = Signal.create();
            ExecutorService executor = group.asExecutor();
            Future<String> running = executor.submit(held(started, release));
            started.await();
            Aside closer =
                Aside.start(
                    () -> {
                      executor.close();
                      assertEquals("released", running.resultNow());
                    });
            awaitParked(closer.thread());
            release.set();
            closer.join();
            assertTrue(executor.isTerminated());
          });
    }
  }

  @Test
  default void anInterruptWhileClosingTheExecutorOfAGroupCancelsItsTasks() throws Exception {
    try (Pool pool = open()) {
      inGroup(
          pool,
          group -> {
            Signal started = Signal.create();
            ExecutorService executor = group.asExecutor();
            Future<String> running = executor.submit(endless(started));
            started.await();
            Aside closer =
                Aside.start(
                    () -> {
                      executor.close();
                      assertTrue(Thread.interrupted(), "the interrupt stays");
                    });
            awaitParked(closer.thread());
            closer.thread().interrupt();
            closer.join();
            assertTrue(running.isCancelled());
          });
    }
  }
}
