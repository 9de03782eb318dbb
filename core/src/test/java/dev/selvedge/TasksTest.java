package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TasksTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  static {
    TaskLocals.register(USER);
  }

  private final Pool pool = Pool.virtual();
  private final Event never = Event.create();

  @AfterEach
  void cancelWhatIsLeft() throws InterruptedException {
    pool.cancelAndClose();
  }

  private Task<String> endless() {
    return pool.submit(
        () -> {
          never.await();
          return "never";
        });
  }

  private <T> Task<T> done(T value) throws Exception {
    Task<T> task = pool.submit(() -> value);
    task.join();
    return task;
  }

  private Task<String> failed() throws InterruptedException {
    Task<String> task = failing("broken");
    task.join();
    return task;
  }

  private Task<String> failing(String message) {
    return pool.submit(
        (Call<String>)
            () -> {
              throw new IOException(message);
            });
  }

  private Task<String> cancelled() throws InterruptedException {
    Task<String> task = endless();
    task.cancel("not needed");
    task.join();
    return task;
  }

  @Test
  @Tag("WAIT-01")
  @Tag("GATHER-03")
  void awaitAllCountsFailedAndCancelledTasksAsDone() throws Exception {
    List<Task<String>> tasks = List.of(done("a"), failed(), cancelled(), failing("later"));
    Tasks.Awaited<String> awaited = Tasks.awaitAll(tasks);
    assertEquals(tasks, awaited.done());
    assertEquals(List.of(), awaited.pending());
  }

  @Test
  @Tag("WAIT-02")
  void awaitFirstReturnsAsSoonAsOneIsDone() throws Exception {
    Event go = Event.create();
    Task<String> waiting = endless();
    Task<String> second =
        pool.submit(
            () -> {
              go.await();
              return "second";
            });
    Task<Tasks.Awaited<String>> wait =
        pool.submit(() -> Tasks.awaitFirst(List.of(waiting, second)));
    assertFalse(wait.join(Duration.ofMillis(20)));
    go.set();
    Tasks.Awaited<String> awaited = wait.await(LONG);
    assertEquals(List.of(second), awaited.done());
    assertEquals(List.of(waiting), awaited.pending());
  }

  @Test
  @Tag("WAIT-03")
  void awaitFirstReturnsAllThatWereDoneBefore() throws Exception {
    Task<String> a = done("a");
    Task<String> waiting = endless();
    Task<String> b = failed();
    Tasks.Awaited<String> awaited = Tasks.awaitFirst(List.of(a, waiting, b));
    assertEquals(List.of(a, b), awaited.done());
    assertEquals(List.of(waiting), awaited.pending());
  }

  @Test
  @Tag("WAIT-04")
  void awaitFirstFailureReturnsWhenOneFailsOthersGoingOn() throws Exception {
    Event go = Event.create();
    Task<String> waiting = endless();
    Task<String> failing =
        pool.submit(
            () -> {
              go.await();
              throw new IOException("broken");
            });
    List<Task<String>> tasks = List.of(waiting, done("a"), cancelled(), failing);
    Task<Tasks.Awaited<String>> wait = pool.submit(() -> Tasks.awaitFirstFailure(tasks));
    assertFalse(wait.join(Duration.ofMillis(20)), "a cancelled task has not failed");
    go.set();
    assertEquals(List.of(waiting), wait.await(LONG).pending());
  }

  @Test
  @Tag("WAIT-04")
  void awaitFirstFailureReturnsAtOnceIfOneHadFailed() throws Exception {
    Task<String> waiting = endless();
    assertEquals(List.of(waiting), Tasks.awaitFirstFailure(List.of(waiting, failed())).pending());
  }

  @Test
  @Tag("WAIT-04")
  void awaitFirstFailureWaitsForAllIfNoneFails() throws Exception {
    List<Task<String>> tasks = List.of(pool.submit(() -> "a"), cancelled(), pool.submit(() -> "b"));
    assertEquals(tasks, Tasks.awaitFirstFailure(tasks).done());
  }

  @Test
  @Tag("WAIT-05")
  void timedWaitsReturnWhatIsPendingAndLeaveItRunning() throws Exception {
    Task<String> a = done("a");
    Task<String> waiting = endless();
    Tasks.Awaited<String> all = Tasks.awaitAll(List.of(a, waiting), Duration.ofMillis(5));
    assertEquals(List.of(a), all.done());
    assertEquals(List.of(waiting), all.pending());
    assertEquals(List.of(), Tasks.awaitFirst(List.of(waiting), Duration.ofMillis(5)).done());
    assertEquals(
        List.of(waiting), Tasks.awaitFirstFailure(List.of(waiting), Duration.ZERO).pending());
    assertFalse(waiting.isDone());
    assertEquals(Optional.empty(), waiting.cancelReason());
  }

  @Test
  @Tag("WAIT-06")
  void awaitAllNeverHangsOnTasksThatEndMeanwhile() throws Exception {
    for (int round = 0; round < 200; round++) {
      CountDownLatch start = new CountDownLatch(1);
      List<Task<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int value = i;
        tasks.add(
            pool.submit(
                () -> {
                  start.await();
                  return value;
                }));
      }
      start.countDown();
      Tasks.Awaited<Integer> awaited = Tasks.awaitAll(tasks, LONG);
      assertEquals(100, awaited.done().size(), "round " + round);
    }
  }

  @Test
  void waitsAcceptTasksOfSeveralTypesAndCountEachOnce() throws Exception {
    Task<Integer> number = done(1);
    Task<String> text = done("a");
    List<Task<?>> mixed = List.of(number, text, number);
    assertEquals(List.of(number, text), Tasks.awaitAll(mixed).done());
  }

  @Test
  @Tag("GATHER-01")
  void waitsForNoTasksReturnAtOnce() throws Exception {
    List<Task<String>> none = List.of();
    assertEquals(List.of(), Tasks.awaitAll(none).done());
    assertEquals(List.of(), Tasks.awaitFirst(none).done());
    assertEquals(List.of(), Tasks.awaitFirstFailure(none).done());
    assertFalse(Tasks.asCompleted(none).hasNext());
    assertEquals(List.of(), Tasks.gather(none));
    assertThrows(IllegalArgumentException.class, () -> Tasks.race(none));
  }

  @Test
  @Tag("SLEEP-02")
  void negativeTimesAreRefused() {
    List<Task<String>> none = List.of();
    assertThrows(IllegalArgumentException.class, () -> Tasks.awaitAll(none, Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> Tasks.sleep(Duration.ofMillis(-1)));
  }

  @Test
  @Tag("AWAITALL-03")
  void aWaitIsLeftByCancellationAndItsTasksGoOn() throws Exception {
    Task<String> waiting = endless();
    for (Call<?> wait :
        List.<Call<?>>of(
            () -> Tasks.awaitAll(List.of(waiting)),
            () -> Tasks.awaitFirst(List.of(waiting)),
            () -> Tasks.asCompleted(List.of(waiting)).next())) {
      Task<?> waiter = pool.submit(wait);
      waiter.cancel("enough");
      assertTrue(waiter.join(LONG));
      assertTrue(waiter.isCancelled());
      assertFalse(waiting.isDone());
    }
  }

  @Test
  @Tag("WAIT-07")
  void asCompletedHandsOutEachTaskOnceAsItEnds() throws Exception {
    List<Event> gates = IntStream.range(0, 4).mapToObj(i -> Event.create()).toList();
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int value = i;
      tasks.add(
          pool.submit(
              () -> {
                gates.get(value).await();
                return value;
              }));
    }
    gates.get(2).set();
    tasks.get(2).join();
    Completions<Integer> completions = Tasks.asCompleted(tasks);
    assertSame(tasks.get(2), completions.next());
    for (int i : new int[] {3, 0, 1}) {
      gates.get(i).set();
      assertSame(tasks.get(i), completions.next());
    }
    assertFalse(completions.hasNext());
    assertThrows(java.util.NoSuchElementException.class, completions::next);
  }

  @Test
  @Tag("WAIT-07")
  void asCompletedReturnsEachOfAThousandTasksOnce() throws Exception {
    List<Task<Integer>> tasks =
        IntStream.range(0, 1000).mapToObj(i -> pool.submit(() -> i)).toList();
    Set<Integer> values = new HashSet<>();
    Completions<Integer> completions = Tasks.asCompleted(tasks);
    while (completions.hasNext()) {
      assertTrue(values.add(completions.next().await()));
    }
    assertEquals(1000, values.size());
  }

  @Test
  @Tag("WAIT-08")
  void asCompletedInTimeZeroHandsOutWhatIsDoneAndThenTellsWhatIsNot() throws Exception {
    Task<String> a = done("a");
    Task<String> b = failed();
    Completions<String> completions =
        Tasks.asCompleted(List.of(a, endless(), b, endless()), Duration.ZERO);
    assertSame(a, completions.next());
    assertSame(b, completions.next());
    assertTrue(completions.hasNext());
    TimeoutException timeout = assertThrows(TimeoutException.class, completions::next);
    assertTrue(
        String.valueOf(timeout.getMessage()).startsWith("2 of 4 tasks are unfinished"),
        timeout.getMessage());
  }

  @Test
  @Tag("FUT-05")
  void failureIsReturnedAndNotThrown() throws Exception {
    Task<String> failed = failed();
    assertSame(failed.exceptionNow(), Tasks.failure(failed, LONG).orElseThrow());
    assertInstanceOf(IOException.class, Tasks.failure(failed).orElseThrow());
    assertEquals(Optional.empty(), Tasks.failure(done("a"), Duration.ZERO));
    assertThrows(TimeoutException.class, () -> Tasks.failure(endless(), Duration.ofMillis(2)));
    TaskCancelledException e =
        assertThrows(TaskCancelledException.class, () -> Tasks.failure(cancelled()));
    assertEquals("not needed", e.reason().describe());
  }

  @Test
  @Tag("GATHER-01")
  void gatherReturnsValuesInOrderWithRepetitionsAndNulls() throws Exception {
    Task<String> a = pool.submit(() -> "a");
    Task<String> b = pool.submit(() -> "b");
    assertEquals(List.of("b", "a", "b"), Tasks.gather(b, a, b));
    assertNull(Tasks.gather(pool.submit(() -> {})).getFirst());
  }

  @Test
  @Tag("GATHER-02")
  void gatherCancelsTheRestWhenOneFailsAndWaitsForIt() throws Exception {
    Event cleaned = Event.create();
    Event started = Event.create();
    Task<String> slow =
        pool.submit(
            () -> {
              try {
                started.set();
                never.await();
                return "never";
              } finally {
                Tasks.sleep(Duration.ofMillis(5));
                cleaned.set();
              }
            });
    started.await();
    TaskFailedException e =
        assertThrows(TaskFailedException.class, () -> Tasks.gather(slow, failing("broken")));
    assertEquals("broken", Objects.requireNonNull(e.getCause()).getMessage());
    assertTrue(cleaned.isSet());
    assertInstanceOf(CancelReason.ScopeClosed.class, slow.cancelReason().orElseThrow());
  }

  @Test
  void gatherKeepsTheOtherFailures() throws Exception {
    Task<String> a = failed();
    Task<String> b = failed();
    TaskFailedException e = assertThrows(TaskFailedException.class, () -> Tasks.gather(a, b));
    assertEquals(2, e.failures());
    assertEquals(1, e.getSuppressed().length);
  }

  @Test
  @Tag("GATHER-05")
  void gatherThrowsTheCancellationOfATask() throws Exception {
    Task<String> waiting = endless();
    Task<String> cancelled = cancelled();
    TaskCancelledException e =
        assertThrows(TaskCancelledException.class, () -> Tasks.gather(waiting, cancelled));
    assertEquals("not needed", e.reason().describe());
    assertTrue(waiting.isCancelled());
  }

  @Test
  @Tag("CANCEL-02")
  @Tag("GATHER-04")
  void gatherThatIsCancelledCancelsItsTasks() throws Exception {
    Task<String> waiting = endless();
    Event started = Event.create();
    Task<?> gathering =
        pool.submit(
            () -> {
              started.set();
              return Tasks.gather(List.of(waiting));
            });
    started.await();
    gathering.cancel("enough");
    gathering.join();
    assertTrue(gathering.isCancelled());
    assertTrue(waiting.isCancelled());
  }

  @Test
  void raceReturnsTheFirstSuccessAndStopsTheOthers() throws Exception {
    Task<String> slow = endless();
    assertEquals("fast", Tasks.race(failed(), slow, pool.submit(() -> "fast"), cancelled()));
    assertTrue(slow.isDone());
    assertTrue(slow.isCancelled());
  }

  @Test
  void raceWithoutASuccessThrowsAllFailures() throws Exception {
    TaskFailedException e =
        assertThrows(
            TaskFailedException.class, () -> Tasks.race(failing("a"), failing("b"), cancelled()));
    assertEquals(2, e.failures());
    assertThrows(TaskCancelledException.class, () -> Tasks.race(cancelled()));
  }

  private static Call<String> attempt(String name, List<String> begun, Call<String> work) {
    return () -> {
      begun.add(name);
      return work.call();
    };
  }

  private static Call<String> failingCall(String message) {
    return () -> {
      throw new IOException(message);
    };
  }

  @Test
  @Tag("STAG-01")
  void anAttemptThatFailsIsFollowedByTheNextAtOnceAndASuccessByNone() throws Exception {
    List<String> begun = new CopyOnWriteArrayList<>();
    String value =
        Tasks.race(
            Duration.ofDays(1),
            List.of(
                attempt("a", begun, failingCall("broken")),
                attempt("b", begun, () -> "of b"),
                attempt("c", begun, () -> "of c")));
    assertEquals("of b", value);
    assertEquals(List.of("a", "b"), begun);
  }

  @Test
  @Tag("STAG-01")
  void anAttemptThatTakesLongIsOvertakenByTheNextAndHasStopped() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    Call<String> slow =
        () -> {
          try {
            never.await();
            return "never";
          } finally {
            events.add("stopped");
          }
        };
    long start = System.nanoTime();
    assertEquals(
        "second",
        Tasks.race(Duration.ofMillis(10), List.of(slow, attempt("next", events, () -> "second"))));
    assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(10), "a head start");
    assertEquals(List.of("next", "stopped"), events);
  }

  @Test
  @Tag("STAG-02")
  void ifAllAttemptsFailTheirFailuresComeInOrderAndNoAttemptsAreRefused() {
    var failed =
        assertThrows(
            TaskFailedException.class,
            () ->
                Tasks.race(
                    Duration.ofDays(1),
                    List.of(failingCall("a"), failingCall("b"), failingCall("c"))));
    List<String> messages = new ArrayList<>();
    messages.add(failed.getCause().getMessage());
    for (Throwable more : failed.getSuppressed()) {
      messages.add(Objects.requireNonNull(more.getCause()).getMessage());
    }
    assertEquals(List.of("a", "b", "c"), messages);
    List<Call<String>> none = List.of();
    assertThrows(IllegalArgumentException.class, () -> Tasks.race(Duration.ZERO, none));
    assertThrows(
        IllegalArgumentException.class,
        () -> Tasks.race(Duration.ofNanos(-1), List.of(failingCall("never"))));
  }

  @Test
  void whoIsCancelledWhileItsAttemptsOverlapCancelsThem() throws Exception {
    Event started = Event.create();
    List<String> events = new CopyOnWriteArrayList<>();
    Call<String> endless =
        () -> {
          started.set();
          try {
            never.await();
          } finally {
            events.add("stopped");
          }
          return "never";
        };
    Task<?> racing = pool.submit(() -> Tasks.race(Duration.ofDays(1), List.of(endless, endless)));
    started.await();
    racing.cancel("enough");
    racing.join();
    assertTrue(racing.isCancelled());
    assertEquals(List.of("stopped"), events, "the second one never began");
  }

  @Test
  void oneWorkerThatWaitsForSeveralTasksRunsThemItself() throws Exception {
    for (Pool one : List.of(Pool.threads(1), Pool.of(Pool.threads(1)))) {
      try (one) {
        Task<List<Integer>> all =
            one.submit(
                () -> {
                  List<Task<Integer>> tasks = new ArrayList<>();
                  for (int i = 0; i < 20; i++) {
                    int value = i;
                    tasks.add(one.submit(() -> value));
                  }
                  assertFalse(Tasks.awaitFirst(tasks).done().isEmpty());
                  assertTrue(Tasks.asCompleted(tasks).next().isDone());
                  assertEquals(List.of(), Tasks.awaitAll(tasks).pending());
                  assertEquals("b", one.invokeAny(List.<Call<String>>of(() -> "b", () -> "b")));
                  assertEquals(2, one.asCompleted(List.of(1, 2), x -> x).toList().size());
                  return Tasks.gather(tasks);
                });
        assertEquals(190, all.await(LONG).stream().mapToInt(x -> x).sum());
      }
    }
  }

  @Test
  void aGroupOnOneWorkerRunsItsTasksWhereTheyAreAwaited() throws Exception {
    try (Pool one = Pool.threads(1)) {
      Task<Integer> sum =
          one.submit(
              () ->
                  TaskGroup.call(
                      options -> options.pool(one).limit(1),
                      group -> {
                        Task<Integer> outer =
                            group.fork(
                                () ->
                                    Tasks.gather(group.fork(() -> 1), group.fork(() -> 2)).stream()
                                        .mapToInt(x -> x)
                                        .sum());
                        return Tasks.race(outer);
                      }));
      assertEquals(3, sum.await(LONG));
    }
  }

  @Test
  void aTaskThatWaitsForItselfAmongOthersIsRefused() {
    for (Fn<List<Task<Object>>, Object> wait :
        List.<Fn<List<Task<Object>>, Object>>of(
            Tasks::awaitAll, Tasks::awaitFirst, Tasks::gather, Tasks::race, Tasks::asCompleted)) {
      Task<Object> self =
          pool.submit(
              () -> {
                @SuppressWarnings("unchecked")
                Task<Object> me = (Task<Object>) Tasks.current().orElseThrow();
                return wait.apply(List.of(me));
              });
      TaskFailedException e = assertThrows(TaskFailedException.class, () -> self.await(LONG));
      assertInstanceOf(IllegalStateException.class, e.getCause());
    }
  }

  @Test
  @Tag("GATHER-02")
  @Tag("SHIELD-01")
  void aShieldCanBeCancelledAloneAndTheTaskGoesOn() throws Exception {
    Event go = Event.create();
    Task<String> task =
        pool.submit(
            () -> {
              go.await();
              return "a";
            });
    Task<String> shield = Tasks.shield(task);
    assertTrue(shield.cancel("I do not need it"));
    assertTrue(shield.isCancelled());
    assertThrows(TaskCancelledException.class, shield::await);
    Task<String> another = Tasks.shield(task);
    assertThrows(TaskFailedException.class, () -> Tasks.gather(Tasks.shield(task), failed()));
    assertEquals(Optional.empty(), task.cancelReason());
    go.set();
    assertEquals("a", another.await(LONG));
    assertEquals("a", task.await());
  }

  @Test
  @Tag("SHIELD-01")
  void aShieldEndsAsItsTaskDoes() throws Exception {
    assertInstanceOf(IOException.class, Tasks.failure(Tasks.shield(failed())).orElseThrow());
    Task<String> shield = Tasks.shield(cancelled());
    assertTrue(shield.join(LONG)); // callbacks run after joiners go on
    assertTrue(shield.isCancelled());
    assertEquals("not needed", shield.cancelReason().orElseThrow().describe());
  }

  @Test
  @Tag("AFUT-03")
  void aTaskFromAStageEndsAsTheStageDoes() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    Task<String> task = Tasks.from(stage.thenApply(String::trim));
    assertFalse(task.isDone());
    stage.complete(" a ");
    assertEquals("a", task.await());

    CompletableFuture<String> broken = new CompletableFuture<>();
    Task<String> failing = Tasks.from(broken.thenApply(String::trim));
    broken.completeExceptionally(new IOException("broken"));
    assertInstanceOf(IOException.class, Tasks.failure(failing).orElseThrow());

    CompletableFuture<String> dropped = new CompletableFuture<>();
    Task<String> cancelled = Tasks.from(dropped);
    dropped.cancel(true);
    assertTrue(cancelled.isCancelled());
  }

  @Test
  @Tag("AFUT-03")
  void cancellingATaskFromAStageCancelsTheStage() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    Task<String> task = Tasks.from(stage);
    assertTrue(task.cancel("enough"));
    assertTrue(stage.isCancelled());
    assertTrue(task.isDone());
    TaskCancelledException e = assertThrows(TaskCancelledException.class, task::await);
    assertEquals("enough", e.reason().describe());
    CompletableFuture<String> hidden = new CompletableFuture<>();
    Task<String> minimal = Tasks.from(hidden.minimalCompletionStage());
    minimal.cancel("enough");
    assertTrue(minimal.isCancelled());
    assertFalse(hidden.isDone());
  }

  @Test
  void aTaskCanBecomeAStageAndATaskAgain() throws Exception {
    assertEquals("a", Tasks.from(pool.submit(() -> "a").toCompletableFuture()).await(LONG));
    Task<String> cancelled = Tasks.from(cancelled().toCompletableFuture());
    assertTrue(cancelled.join(LONG)); // callbacks run after joiners go on
    assertEquals("not needed", cancelled.cancelReason().orElseThrow().describe());
  }

  @Test
  @Tag("SLEEP-01")
  @Tag("SLEEP-03")
  void sleepLastsAndIsLeftByCancellation() throws Exception {
    long start = System.nanoTime();
    Tasks.sleep(Duration.ofMillis(10));
    assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(10));
    Task<?> sleeper = pool.submit(() -> Tasks.sleep(Duration.ofDays(1)));
    sleeper.cancel("wake up");
    assertTrue(sleeper.join(LONG));
    Task<?> spinner =
        pool.submit(
            (Action)
                () -> {
                  while (true) {
                    Tasks.sleep(Duration.ZERO);
                  }
                });
    spinner.cancel("enough");
    assertTrue(spinner.join(LONG));
  }

  @Test
  void currentIsTheInnermostTask() throws Exception {
    assertEquals(Optional.empty(), Tasks.current());
    Task<Optional<Task<?>>> self = pool.submit(Tasks::current);
    assertSame(self, self.await().orElseThrow());
    TaskGroup.run(
        options -> options.name("outer"),
        group -> assertEquals("outer", Tasks.current().orElseThrow().path()));
  }

  @Test
  @Tag("EAGER-03")
  void aTaskThatAWaitingWorkerRunsInPlaceIsTheCurrentOneMeanwhile() throws Exception {
    try (Pool one = Pool.threads(1)) {
      Task<List<String>> outer =
          one.submit(
              "outer",
              () -> {
                Task<String> inner =
                    ScopedValue.where(USER, "ada")
                        .call(() -> one.submit("inner", TasksTest::whoAmI));
                return List.of(inner.await(), whoAmI());
              });
      assertEquals(List.of("inner for ada", "outer for nobody"), outer.await(LONG));
    }
  }

  private static String whoAmI() {
    return Tasks.current().orElseThrow().name() + " for " + USER.orElse("nobody");
  }

  @Test
  void exitIsRefusedInATaskThatItWouldWaitFor() {
    Task<?> task = pool.submit(() -> Tasks.exit(0));
    TaskFailedException e = assertThrows(TaskFailedException.class, () -> task.await(LONG));
    assertInstanceOf(IllegalStateException.class, e.getCause());
  }
}
