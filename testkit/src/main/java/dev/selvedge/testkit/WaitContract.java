package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Completions;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.spi.Capability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [Tasks] promises about waiting for several tasks, on any pool.
interface WaitContract extends Trial {

  private static Task<String> failed(Pool pool) throws InterruptedException {
    Task<String> task =
        pool.submit(
            () -> {
              throw new Planned("one of several");
            });
    task.join();
    return task;
  }

  private static Task<String> done(Pool pool) throws InterruptedException {
    Task<String> task = pool.submit(() -> "done");
    task.join();
    return task;
  }

  @Test
  @Tag("WAIT-01")
  @Tag("GATHER-03")
  default void awaitAllReturnsAllAsDoneHoweverTheyEnded() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Task<String> cancelled = pool.submit(Trial.endless(started));
      started.await();
      cancelled.cancel(true);
      List<Task<String>> tasks =
          List.of(pool.submit(() -> "value"), failed(pool), cancelled, pool.submit(() -> "other"));
      Tasks.Awaited<String> awaited = Tasks.awaitAll(tasks);
      assertEquals(tasks, awaited.done());
      assertEquals(List.of(), awaited.pending());
      assertTrue(tasks.stream().allMatch(Task::isDone));
    }
  }

  @Test
  @Tag("WAIT-02")
  @Tag("AWAITALL-01")
  default void awaitFirstReturnsWithTheFirstAndLeavesTheOthers() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> slow = pool.submit(held(started, release));
      started.await();
      Task<String> quick = pool.submit(() -> "quick");
      Tasks.Awaited<String> awaited = Tasks.awaitFirst(List.of(slow, quick));
      assertEquals(List.of(quick), awaited.done());
      assertEquals(List.of(slow), awaited.pending());
      release.set();
      assertEquals("released", slow.await());
    }
  }

  @Test
  @Tag("WAIT-03")
  @Tag("AWAITALL-01")
  default void awaitFirstReturnsAllThatAreDoneAlready() throws Exception {
    try (Pool pool = open()) {
      Task<String> one = done(pool);
      Task<String> two = failed(pool);
      Signal release = Signal.create();
      Task<String> pending = pool.submit(held(Signal.create(), release));
      Tasks.Awaited<String> awaited = Tasks.awaitFirst(List.of(one, pending, two));
      assertEquals(List.of(one, two), awaited.done());
      assertEquals(List.of(pending), awaited.pending());
      release.set();
    }
  }

  @Test
  @Tag("WAIT-04")
  @Tag("AWAITALL-01")
  @Tag("GATHER-02")
  default void awaitFirstFailureReturnsWithAFailureOrWhenAllAreDone() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal release = Signal.create();
      Signal fail = Signal.create();
      Task<String> pending = pool.submit(held(Signal.create(), release));
      Task<String> fails =
          pool.submit(
              () -> {
                fail.await();
                throw new Planned("in time");
              });
      assertEquals(
          List.of(), Tasks.awaitFirstFailure(List.of(pending), Duration.ofMillis(1)).done());
      fail.set();
      Tasks.Awaited<String> awaited = Tasks.awaitFirstFailure(List.of(pending, fails));
      assertEquals(List.of(fails), awaited.done());
      assertEquals(
          List.of(fails),
          Tasks.awaitFirstFailure(List.of(pending, fails)).done(),
          "it had failed before");
      release.set();
      Task<String> fine = pool.submit(() -> "fine");
      assertEquals(List.of(pending, fine), Tasks.awaitFirstFailure(List.of(pending, fine)).done());
    }
  }

  @Test
  @Tag("WAIT-05")
  default void aWaitThatTimesOutTellsWhatIsPendingAndLeavesIt() throws Exception {
    try (Pool pool = open()) {
      Task<String> early = done(pool);
      Signal release = Signal.create();
      Task<String> late = pool.submit(held(Signal.create(), release));
      Tasks.Awaited<String> awaited = Tasks.awaitAll(List.of(early, late), Duration.ofMillis(5));
      assertEquals(List.of(early), awaited.done());
      assertEquals(List.of(late), awaited.pending());
      assertEquals(List.of(early), Tasks.awaitAll(List.of(early, late), Duration.ZERO).done());
      assertFalse(late.isDone());
      release.set();
      assertEquals("released", late.await());
    }
  }

  @Test
  @Tag("WAIT-06")
  default void aHundredTasksThatEndMeanwhileAreAwaited() throws Exception {
    try (Pool pool = open()) {
      for (int round = 0; round < 20; round++) {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          int number = i;
          tasks.add(pool.submit(() -> number));
        }
        assertEquals(100, Tasks.awaitAll(tasks).done().size());
      }
    }
  }

  @Test
  @Tag("WAIT-07")
  default void asCompletedYieldsEachOnceThoseThatAreDoneFirst() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal release = Signal.create();
      Task<String> slow = pool.submit(held(Signal.create(), release));
      Task<String> one = done(pool);
      Task<String> two = failed(pool);
      Completions<String> completions = Tasks.asCompleted(List.of(slow, one, two));
      Set<Task<String>> first = new HashSet<>();
      first.add(completions.next());
      first.add(completions.next());
      assertEquals(Set.of(one, two), first);
      assertTrue(completions.hasNext());
      release.set();
      assertEquals(slow, completions.next());
      assertFalse(completions.hasNext());
    }
  }

  @Test
  @Tag("WAIT-08")
  @Tag("AWAITALL-04")
  default void asCompletedWithATimeoutYieldsWhatIsDoneAndThenTellsHowManyAreNot() throws Exception {
    try (Pool pool = open()) {
      Task<String> one = done(pool);
      Signal release = Signal.create();
      Task<String> late = pool.submit(held(Signal.create(), release));
      Completions<String> completions = Tasks.asCompleted(List.of(late, one), Duration.ZERO);
      assertEquals(one, completions.next());
      var timeout = assertThrows(TimeoutException.class, completions::next);
      String message = String.valueOf(timeout.getMessage());
      assertTrue(message.contains("1 of 2"), message);
      release.set();
      assertEquals("released", late.await(), "it went on");
    }
  }

  // ---- waiting for what ends as another task does ---------------------------------------------

  /// What a task does with a task of its own pool, which cannot run elsewhere if there is one
  /// worker.
  private static void fromWithin(Pool pool, Wait wait) throws Exception {
    needs(pool, Capability.SHARES_HEAP);
    Task<Integer> outer = pool.submit(() -> wait.value(pool.submit(() -> 42)));
    assertEquals(42, outer.await(LONG));
    TaskGroup.run(
        options -> options.pool(pool),
        group -> {
          Task<Integer> child = group.fork(() -> wait.value(group.fork(() -> 42)));
          assertEquals(42, child.await(LONG));
        });
  }

  /// A way to wait for a task.
  @FunctionalInterface
  interface Wait {
    /// {@return the task's value}
    int value(Task<Integer> task) throws Exception;
  }

  @Test
  default void aWorkerThatWaitsForAShieldRunsTheShieldedTask() throws Exception {
    try (Pool pool = open()) {
      fromWithin(pool, task -> Tasks.shield(task).await());
      fromWithin(pool, task -> Tasks.shield(Tasks.shield(task)).await());
    }
  }

  @Test
  default void aWorkerThatGathersShieldsRunsTheShieldedTasks() throws Exception {
    try (Pool pool = open()) {
      fromWithin(pool, task -> Tasks.gather(List.of(Tasks.shield(task))).getFirst());
      fromWithin(pool, task -> Tasks.awaitAll(List.of(Tasks.shield(task))).done().size() + 41);
    }
  }

  @Test
  default void aWorkerThatWaitsForACompletableFutureRunsItsTask() throws Exception {
    try (Pool pool = open()) {
      fromWithin(pool, task -> task.toCompletableFuture().join());
      fromWithin(pool, task -> task.toCompletableFuture().get());
      fromWithin(pool, task -> task.toCompletableFuture().get(30, TimeUnit.SECONDS));
      fromWithin(pool, task -> Tasks.shield(task).toCompletableFuture().join());
    }
  }

  @Test
  default void aWorkerThatWaitsForWhatIsDerivedFromATaskRunsIt() throws Exception {
    try (Pool pool = open()) {
      fromWithin(pool, task -> task.toCompletableFuture().thenApply(value -> value).join());
      fromWithin(pool, task -> Tasks.from(task.toCompletableFuture()).await());
    }
  }

  @Test
  default void aCompletableFutureThatSomebodyCompletesDoesNotWaitForItsTask() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      started.await();
      CompletableFuture<String> future = task.toCompletableFuture();
      future.complete("by hand");
      assertEquals("by hand", future.join());
      assertFalse(task.isDone());
      release.set();
    }
  }
}
