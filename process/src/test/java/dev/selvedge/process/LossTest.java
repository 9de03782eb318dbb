package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.BrokenPoolException;
import dev.selvedge.Outcome;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Workers that end while they run a task, or before.
@Timeout(60)
class LossTest {
  private static Pool open(int workers) {
    return ProcessPool.of(workers, LossTest::quick);
  }

  private static ProcessOptions quick(ProcessOptions options) {
    return options.jvmOption("-XX:TieredStopAtLevel=1").jvmOption("-Xmx64m").spares(0);
  }

  private static WorkerLostException lost(Task<?> task) {
    var failed = assertThrows(TaskFailedException.class, task::await);
    return assertInstanceOf(WorkerLostException.class, failed.getCause());
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not in time");
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  @Tag("PPE-01")
  @Tag("PPE-02")
  @Tag("POOL-16")
  void onlyTheTaskFailsWhoseWorkerEnds() throws Exception {
    try (Pool pool = open(1)) {
      long before = pool.submit(() -> pid()).await();
      Task<@Nullable Void> exits = pool.submit("exits", () -> System.exit(7));
      Task<Long> queued = pool.submit(() -> pid());
      WorkerLostException lost = lost(exits);
      assertEquals(7, lost.exitCode());
      assertEquals(before, lost.pid());
      assertEquals("exit code 7", lost.exit());
      assertNotEquals(before, queued.await(), "a fresh worker runs what was queued");
      assertFalse(isAlive(before));
    }
  }

  @Test
  @Tag("PPE-02")
  void aKilledWorkerTellsItsSignalAndItsLastWords() throws Exception {
    try (Pool pool = open(2)) {
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                System.err.println("last words");
                new ProcessBuilder("kill", "-9", "" + pid()).start().waitFor();
              });
      WorkerLostException lost = lost(task);
      assertEquals("signal 9 (SIGKILL)", lost.exit());
      assertTrue(lost.lastLines().contains("last words"), lost.lastLines().toString());
      assertTrue(String.valueOf(lost.getMessage()).contains("last words"), lost.getMessage());
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  void outOfMemoryCostsTheTaskAtMost() throws Exception {
    try (Pool pool = open(1)) {
      Task<Integer> hungry = pool.submit(() -> new long[Integer.MAX_VALUE - 8].length);
      var failed = assertThrows(TaskFailedException.class, hungry::await);
      assertInstanceOf(OutOfMemoryError.class, failed.getCause());
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  void aTaskThatIgnoresItsCancellationIsKilledAfterTheGrace(@TempDir Path folder) throws Exception {
    Path started = folder.resolve("started");
    try (Pool pool = ProcessPool.of(1, o -> quick(o).grace(Duration.ofMillis(100)))) {
      long before = pool.submit(() -> pid()).await();
      Task<Integer> deaf =
          pool.submit(
              () -> {
                Files.createFile(started);
                for (int i = 0; ; i++) {
                  Thread.onSpinWait();
                }
              });
      eventually(() -> Files.exists(started));
      deaf.cancel("enough");
      var cancelled = assertThrows(TaskCancelledException.class, deaf::await);
      assertTrue(String.valueOf(cancelled.getMessage()).contains("enough"));
      assertInstanceOf(WorkerLostException.class, cancelled.getCause());
      assertFalse(isAlive(before));
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  @Tag("POOL-12")
  @Tag("PPE-08")
  void aWorkerIsReplacedAfterItsShareOfTasks() throws Exception {
    try (Pool pool = ProcessPool.of(1, o -> quick(o).maxTasksPerWorker(2))) {
      Set<Long> pids = new HashSet<>();
      for (int i = 0; i < 6; i++) {
        pids.add(pool.submit(() -> pid()).await());
      }
      assertEquals(3, pids.size());
    }
  }

  @Test
  @Tag("POOL-13")
  @Tag("PPE-09")
  void closingWhileWorkersAreReplacedFinishesAllTasks() throws Exception {
    List<Task<Long>> tasks = new ArrayList<>();
    try (Pool pool = ProcessPool.of(2, o -> quick(o).maxTasksPerWorker(1))) {
      for (int i = 0; i < 5; i++) {
        tasks.add(pool.submit(() -> pid()));
      }
    }
    Set<Long> pids = new HashSet<>();
    for (Task<Long> task : tasks) {
      pids.add(task.await());
    }
    assertEquals(5, pids.size());
  }

  @Test
  @Tag("PPE-12")
  void nothingIsLeftAfterClosing() throws Exception {
    List<Long> pids;
    try (Pool pool = open(2)) {
      List<Integer> inputs = IntStream.range(0, 10).boxed().toList();
      pool.map(inputs, i -> i + 1).toList();
      pids = ((ProcessPool) pool).pids();
      assertFalse(pids.isEmpty());
    }
    assertTrue(pids.stream().noneMatch(LossTest::isAlive), pids.toString());
  }

  @Test
  @Tag("POOL-14")
  void aWorkerThatCannotStartBreaksThePoolWithTheReason() throws Exception {
    try (Pool pool = ProcessPool.of(1, options -> options.jvmOption("-XX:NoSuchOption"))) {
      Task<Integer> task = pool.submit(() -> 1);
      var failed = assertThrows(TaskFailedException.class, task::await);
      assertInstanceOf(BrokenPoolException.class, failed.getCause());
      assertTrue(String.valueOf(failed.getMessage()).contains("NoSuchOption"), failed.getMessage());
      assertThrows(BrokenPoolException.class, () -> pool.submit(() -> 2));
    }
  }

  @Test
  void anInitializerThatFailsBreaksThePoolWithTheReason() throws Exception {
    Action fails =
        () -> {
          throw new IOException("no model here");
        };
    try (Pool pool = ProcessPool.of(1, options -> quick(options).initializer(fails))) {
      var failed = assertThrows(TaskFailedException.class, () -> pool.submit(() -> 1).await());
      assertTrue(
          String.valueOf(failed.getMessage()).contains("no model here"), failed.getMessage());
    }
  }

  @Test
  @Tag("POOL-09")
  @Tag("PPE-04")
  void aValueThatCannotTravelBackFailsItsTaskOnly() throws Exception {
    try (Pool pool = open(1)) {
      long before = pool.submit(() -> pid()).await();
      for (int i = 0; i < 20; i++) {
        Task<Object> task = pool.submit(() -> new Thread("cannot travel"));
        var failed = assertThrows(TaskFailedException.class, task::await);
        assertInstanceOf(NotSerializableException.class, failed.getCause());
      }
      assertEquals(before, pool.submit(() -> pid()).await());
    }
  }

  @Test
  @Tag("POOL-08")
  void workThatCannotTravelIsRefusedByTheNameOfTheVariable() {
    try (Pool pool = open(1)) {
      Thread socket = new Thread("stays here");
      var refused =
          assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> socket.getName()));
      assertTrue(String.valueOf(refused.getMessage()).contains("'socket'"), refused.getMessage());
    }
  }

  @Test
  @Tag("POOL-10")
  void aFailureKeepsTheStackThatItHadInTheWorker() throws Exception {
    try (Pool pool = open(1)) {
      Task<Integer> task = pool.submit(() -> Integer.parseInt("no number"));
      var failed = assertThrows(TaskFailedException.class, task::await);
      var cause = assertInstanceOf(NumberFormatException.class, failed.getCause());
      assertTrue(
          List.of(cause.getStackTrace()).stream()
              .anyMatch(frame -> frame.getMethodName().equals("parseInt")));
    }
  }

  @Test
  void someOutcomesAreLossesAndTheRestAreValues() throws Exception {
    try (Pool pool = open(2)) {
      List<Integer> inputs = IntStream.range(0, 40).boxed().toList();
      int values = 0;
      List<Integer> lost = new ArrayList<>();
      try (var outcomes =
          pool.asCompleted(
              inputs,
              i -> {
                if (i % 20 == 7) {
                  Runtime.getRuntime().halt(1);
                }
                return i;
              })) {
        while (outcomes.hasNext()) {
          switch (outcomes.next()) {
            case Outcome.Success<Integer, Integer> success -> values++;
            case Outcome.Failure<Integer, Integer> failure -> lost.add(failure.input());
            default -> throw new AssertionError();
          }
        }
      }
      assertEquals(38, values);
      assertEquals(Set.of(7, 27), Set.copyOf(lost));
    }
  }

  @Test
  void workersEndWithTheirParentHoweverItEnds(@TempDir Path folder) throws Exception {
    Path pids = folder.resolve("pids");
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName(),
                pids.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    eventually(() -> Files.exists(pids));
    parent.destroyForcibly();
    List<Long> workers = Files.readAllLines(pids).stream().map(Long::valueOf).toList();
    assertEquals(2, workers.size());
    eventually(() -> workers.stream().noneMatch(LossTest::isAlive));
  }

  /// A program that is killed while its workers work.
  static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws Exception {
      Pool pool = open(2);
      List<Long> pids = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        pool.submit(() -> Thread.sleep(Duration.ofHours(1)));
      }
      while (pids.size() < 2) {
        LockSupport.parkNanos(1_000_000);
        pids = ((ProcessPool) pool).pids();
      }
      Path part = Path.of(args[0] + ".part");
      Files.write(part, pids.stream().map(Objects::toString).toList());
      Files.move(part, Path.of(args[0]));
    }
  }
}
