package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Outcome;
import dev.selvedge.Pool;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What those expect who know the pools of Python.
@Timeout(60)
class MultiprocessingTest {
  private static final ProcessPool POOL = open(2);

  private static ProcessPool open(int workers) {
    return ProcessPool.of(
        workers, o -> o.jvmOption("-XX:TieredStopAtLevel=1").heap("64m").spares(0));
  }

  @AfterAll
  static void close() {
    POOL.close();
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static void awaitFile(String file) {
    while (Files.notExists(Path.of(file))) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  @Tag("POOL-01")
  void aCallReturnsItsValueOrThrowsWhatItThrewByItsOwnType() throws Exception {
    int seven = 7;
    assertEquals(49, POOL.submit(() -> seven * seven).await());
    Task<Integer> fails = POOL.submit(() -> Objects.checkIndex(seven, 3));
    var failure = assertThrows(TaskFailedException.class, fails::await);
    assertEquals(IndexOutOfBoundsException.class, failure.getCause().getClass());
  }

  @Test
  @Tag("POOL-02")
  @Tag("PPE-07")
  void chunksOfAnySizeGiveTheSameResultsInTheSameOrder() throws Exception {
    List<Integer> expected = numbers(50).stream().map(n -> n * n).toList();
    assertEquals(expected, POOL.map(numbers(50), n -> n * n).toList());
    for (int chunk : new int[] {1, 3, 7, 50, 1_000}) {
      assertEquals(expected, POOL.map(chunk, numbers(50), n -> n * n).toList());
      assertEquals(List.of(), POOL.map(chunk, List.<Integer>of(), n -> n * n).toList());
    }
    for (int chunk : new int[] {0, -1}) {
      assertThrows(IllegalArgumentException.class, () -> POOL.map(chunk, numbers(50), n -> n * n));
    }
  }

  @Test
  @Tag("POOL-03")
  void anUnfinishedTaskSaysSoAndGoesOnAfterATimeOut(@TempDir Path folder) throws Exception {
    String go = folder.resolve("go").toString();
    Task<Integer> task =
        POOL.submit(
            () -> {
              awaitFile(go);
              return 1;
            });
    assertFalse(task.isDone());
    assertThrows(IllegalStateException.class, task::resultNow);
    assertThrows(TimeoutException.class, () -> task.await(Duration.ofMillis(1)));
    Files.createFile(Path.of(go));
    assertEquals(1, task.await());
    assertEquals(Task.State.SUCCESS, task.state());
  }

  @Test
  @Tag("POOL-04")
  void callbacksRunOnceWithTheOutcome() throws Exception {
    AtomicInteger values = new AtomicInteger();
    AtomicInteger failures = new AtomicInteger();
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int n : numbers(20)) {
      Task<Integer> task = POOL.submit(() -> 1 / (n % 2));
      task.onDone(
          done -> (done.state() == Task.State.SUCCESS ? values : failures).incrementAndGet());
      tasks.add(task);
    }
    for (Task<Integer> task : tasks) {
      task.toCompletableFuture().handle((value, failure) -> value).join(); // comes after them
    }
    assertEquals(10, values.get());
    assertEquals(10, failures.get());
  }

  @Test
  @Tag("POOL-05")
  void resultsComeOneByOneAndEndAfterTheLast() throws Exception {
    Iterator<Integer> endless = IntStream.iterate(0, n -> n + 1).iterator();
    try (Results<Integer> results = POOL.map(() -> endless, n -> n + 1)) {
      for (int n = 1; n <= 1_000; n++) {
        assertEquals(n, results.next());
      }
    }
  }

  @Test
  @Tag("POOL-06")
  void whatTheInputsThrowComesInItsPlace() throws Exception {
    for (int chunk : new int[] {1, 4, 100}) {
      Iterator<Integer> fails =
          IntStream.range(0, 20).map(n -> n < 10 ? n : Objects.checkIndex(n, 10)).iterator();
      try (Results<Integer> results = POOL.map(chunk, () -> fails, n -> n)) {
        for (int n = 0; n < 10; n++) {
          assertEquals(n, results.next());
        }
        assertThrows(IndexOutOfBoundsException.class, results::next);
      }
    }
    assertEquals(1, POOL.submit(() -> 1).await());
  }

  @Test
  @Tag("POOL-07")
  void afterAFailureTheOthersAreThereAndNothingHangs() throws Exception {
    int failed = 0;
    try (Results<Outcome<Integer, Integer>> outcomes =
        POOL.asCompleted(5, numbers(50), n -> 1 / (n % 10))) {
      while (outcomes.hasNext()) {
        failed += outcomes.next() instanceof Outcome.Failure ? 1 : 0;
      }
    }
    assertEquals(5, failed);
  }

  @Test
  @Tag("POOL-11")
  void aPoolThatWasClosedIsOfNoMoreUse() throws Exception {
    ProcessPool closed = open(1);
    Task<Integer> before;
    try (closed) {
      before = closed.submit(() -> 1);
    }
    assertEquals(1, before.await());
    assertThrows(RejectedExecutionException.class, () -> closed.submit(() -> 1));
  }

  @Test
  @Tag("POOL-15")
  void threadsGiveTheSame() throws Exception {
    try (Pool threads = Pool.threads(2)) {
      for (Pool pool : List.of(threads, POOL)) {
        assertEquals(2, pool.submit(() -> 1 + 1).await());
        assertEquals(numbers(100), pool.map(numbers(100), n -> n).toList());
        assertEquals(100, pool.asCompleted(numbers(100), n -> n).toList().size());
      }
    }
  }

  /// Can be read only where it was written.
  private static final class Homebody implements Serializable {
    private static final long serialVersionUID = 1;

    private final long home = ProcessHandle.current().pid();

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      if (home != ProcessHandle.current().pid()) {
        throw new InvalidObjectException("far from home");
      }
    }
  }

  @Test
  @Tag("PPE-05")
  void whatCannotBeReadOnTheOtherSideFailsItsTask() throws Exception {
    Homebody captured = new Homebody();
    Task<Long> there = POOL.submit(() -> captured.home);
    Task<Homebody> back = POOL.submit(() -> new Homebody());
    for (Task<?> task : List.of(there, back)) {
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertTrue(
          String.valueOf(failure.getMessage()).contains("far from home"), failure.getMessage());
    }
    assertEquals(1, POOL.submit(() -> 1).await());
  }

  @Test
  @Tag("PPE-06")
  void workersAreStartedOnDemandAndAnIdleOneIsUsedFirst() throws Exception {
    try (ProcessPool pool = open(2)) {
      assertEquals(List.of(), pool.pids());
      Set<Long> used = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        used.add(pool.submit(() -> ProcessHandle.current().pid()).await());
      }
      assertEquals(1, used.size());
      assertEquals(List.copyOf(used), pool.pids());
    }
  }

  @Test
  @Tag("PPE-10")
  void killingEndsWhatRunsAtOnceAndClosesThePool(@TempDir Path folder) throws Exception {
    String begun = folder.resolve("begun").toString();
    ProcessPool pool = open(1);
    Task<@Nullable Void> deaf =
        pool.submit(
            () -> {
              Files.createFile(Path.of(begun));
              while (true) {
                Thread.onSpinWait();
              }
            });
    Task<Integer> queued = pool.submit(() -> 1);
    awaitFile(begun);
    long pid = pool.pids().getFirst();
    pool.kill();
    pool.close();
    assertTrue(ProcessHandle.of(pid).isEmpty());
    assertEquals(Task.State.CANCELLED, deaf.state());
    assertEquals(Task.State.CANCELLED, queued.state());
    assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 1));
  }

  @Test
  @Tag("PPE-11")
  void killingTheDeadAndTheUnbornDoesNoHarm() throws Exception {
    ProcessPool unborn = open(1);
    unborn.kill();
    unborn.kill();
    unborn.close();
    ProcessPool dead = open(1);
    Task<@Nullable Void> exits = dead.submit(() -> System.exit(1));
    assertInstanceOf(
        WorkerLostException.class,
        assertThrows(TaskFailedException.class, exits::await).getCause());
    dead.kill();
    dead.close();
    dead.kill();
    assertTrue(dead.isTerminated());
  }
}
