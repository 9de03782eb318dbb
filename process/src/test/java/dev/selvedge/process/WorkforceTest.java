package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Outcome;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.TaskLocals;
import dev.selvedge.Tasks;
import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
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
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Which workers there are, and which of them gets which task.
@Timeout(60)
class WorkforceTest {
  private static ProcessPool open(int workers, UnaryOperator<ProcessOptions> options) {
    return ProcessPool.of(
        workers, o -> options.apply(o.jvmOption("-XX:TieredStopAtLevel=1").heap("64m").spares(0)));
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not in time");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static <T> T causeOf(Class<T> type, Task<?> task) {
    return assertInstanceOf(type, assertThrows(TaskFailedException.class, task::await).getCause());
  }

  @Test
  void aSpareTakesThePlaceOfALostWorkerAtOnce() throws Exception {
    try (ProcessPool pool = open(1, o -> o.spares(1))) {
      long first = pool.submit(() -> pid()).await();
      eventually(() -> !pool.sparePids().isEmpty());
      long spare = pool.sparePids().getFirst();
      causeOf(WorkerLostException.class, pool.submit(() -> System.exit(1)));
      assertEquals(spare, pool.submit(() -> pid()).await());
      assertNotEquals(first, spare);
      eventually(() -> !pool.sparePids().isEmpty());
      assertNotEquals(spare, pool.sparePids().getFirst(), "there is another spare");
    }
  }

  @Test
  void aSpareThatIsKilledIsReplaced() throws Exception {
    try (ProcessPool pool = open(1, o -> o.spares(1))) {
      pool.submit(() -> pid()).await();
      eventually(() -> !pool.sparePids().isEmpty());
      long spare = pool.sparePids().getFirst();
      ProcessHandle.of(spare).orElseThrow().destroyForcibly();
      eventually(() -> !pool.sparePids().isEmpty() && pool.sparePids().getFirst() != spare);
    }
  }

  @Test
  void workersThatHaveNothingToDoEndAndOthersComeWhenThereIsWork() throws Exception {
    try (ProcessPool pool = open(1, o -> o.idleTimeout(Duration.ofMillis(20)))) {
      long first = pool.submit(() -> pid()).await();
      eventually(() -> pool.pids().isEmpty() && ProcessHandle.of(first).isEmpty());
      assertNotEquals(first, pool.submit(() -> pid()).await());
    }
  }

  @Test
  void aWorkerThatHasGrownTooLargeIsReplacedAfterItsTask() throws Exception {
    try (ProcessPool pool = open(1, o -> o.maxMemory(1))) {
      assertNotEquals(pool.submit(() -> pid()).await(), pool.submit(() -> pid()).await());
    }
  }

  @Test
  void aTaskBeyondTheLimitFails() throws Exception {
    try (ProcessPool pool = open(1, o -> o.limit(Duration.ofMillis(500)))) {
      causeOf(
          DeadlineExceededException.class, pool.submit(() -> Thread.sleep(Duration.ofHours(1))));
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  /// The limit is that of the chunk: the one that sleeps is woken, and the one behind it not begun.
  @Test
  void aChunkBeyondTheLimitKeepsWhatIsDoneAndTheNextOneIsRead() throws Exception {
    try (ProcessPool pool = open(1, o -> o.limit(Duration.ofMillis(500)))) {
      Results<Outcome<Integer, Integer>> slow =
          pool.asCompleted(
              3,
              List.of(0, 60_000, 1),
              millis -> {
                Thread.sleep(millis);
                return millis;
              });
      List<Outcome<Integer, Integer>> outcomes = slow.toList();
      assertEquals(new Outcome.Success<>(0, 0), outcomes.get(0));
      assertInstanceOf(Outcome.Failure.class, outcomes.get(1));
      var last = assertInstanceOf(Outcome.Failure.class, outcomes.get(2));
      assertInstanceOf(DeadlineExceededException.class, last.failure());
      assertEquals(List.of(1, 2), pool.map(2, List.of(0, 1), n -> n + 1).toList());
    }
  }

  @Test
  void aTaskThatGoesOnAfterTheLimitIsKilled() throws Exception {
    try (ProcessPool pool =
        open(1, o -> o.limit(Duration.ofSeconds(1)).grace(Duration.ofMillis(200)))) {
      Task<@Nullable Void> deaf = pool.submit("deaf", () -> LockSupport.parkNanos(forever()));
      String message =
          Objects.requireNonNull(causeOf(WorkerLostException.class, deaf).getMessage());
      assertTrue(message.contains("'deaf' went on 200 ms after its time limit"), message);
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  private static long forever() {
    while (true) {
      Thread.onSpinWait();
    }
  }

  // ---- running again --------------------------------------------------------------------------

  private static int dieOnce(Path marker, int value) throws IOException {
    if (Files.notExists(marker)) {
      Files.createFile(marker);
      Runtime.getRuntime().halt(9);
    }
    return value;
  }

  @Test
  void whatIsDeclaredIdempotentIsRunAgain(@TempDir Path folder) throws Exception {
    String marker = folder.resolve("once").toString();
    try (ProcessPool pool = open(1, o -> o.spares(1))) {
      var call = ProcessPool.idempotent(() -> dieOnce(Path.of(marker), 7));
      assertEquals(7, pool.submit(call).await());
    }
  }

  @Test
  void afterThreeWorkersItFailsAndIsNamed() {
    try (ProcessPool pool = open(1, o -> o.spares(1))) {
      Task<Integer> task =
          pool.submit(
              "culprit",
              ProcessPool.idempotent(
                  () -> {
                    Runtime.getRuntime().halt(9);
                    return 1;
                  }));
      String message =
          Objects.requireNonNull(causeOf(WorkerLostException.class, task).getMessage());
      assertTrue(message.contains("tasks named 'culprit' have ended 3 workers"), message);
    }
  }

  // ---- context --------------------------------------------------------------------------------

  private static final ScopedValue<String> USER = ScopedValue.newInstance();
  private static final ThreadLocal<@Nullable String> TRACE = new ThreadLocal<>();

  static {
    TaskLocals.register(USER);
    TaskLocals.register(TRACE);
  }

  private static String context() {
    return (USER.isBound() ? USER.get() : "nobody") + "/" + TRACE.get();
  }

  @Test
  void whatIsRegisteredTravelsWithTheTaskAndDoesNotStay() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      TRACE.set("t-1");
      Task<String> bound = ScopedValue.where(USER, "ada").call(() -> pool.submit(() -> context()));
      assertEquals("ada/t-1", bound.await());
      assertEquals(
          List.of("eve/t-1"),
          ScopedValue.where(USER, "eve").call(() -> pool.map(List.of(1), n -> context()).toList()));
      TRACE.remove();
      assertEquals("nobody/null", pool.submit(() -> context()).await());
    } finally {
      TRACE.remove();
    }
  }

  /// A task as it sees itself.
  private static String self() {
    Task<?> me = Tasks.current().orElseThrow();
    long left = Deadline.current().map(deadline -> deadline.remaining().toSeconds()).orElse(-1L);
    return me.name() + " is " + me.path() + (left < 0 ? "" : left <= 30 ? " in time" : " late");
  }

  @Test
  void theNameThePathAndTheTimeThatIsLeftTravelWithTheTask() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      String forked =
          TaskGroup.call(
              o -> o.name("orders").pool(pool).deadline(Duration.ofSeconds(30)),
              group -> group.fork("a/b", () -> self()).await());
      assertEquals("a/b is orders/a/b in time", forked);
      assertEquals("alone is alone", pool.submit("alone", () -> self()).await());
    }
  }

  @Test
  void aRegisteredValueThatCannotTravelIsRefused() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      assertThrows(
          RejectedExecutionException.class,
          () ->
              ScopedValue.where(Stuck.KEY, new Object[] {new Thread()})
                  .call(() -> pool.submit(() -> 1)));
    }
  }

  /// A class of its own, so that other tests have nothing to do with it.
  private static final class Stuck {
    static final ScopedValue<Object> KEY = ScopedValue.newInstance();

    static {
      TaskLocals.register(KEY);
    }
  }

  // ---- chunks ---------------------------------------------------------------------------------

  @Test
  void ofAChunkOnlyTheElementFailsThatEndsTheWorker() throws Exception {
    try (ProcessPool pool = open(2, o -> o.spares(1))) {
      List<Integer> values = new ArrayList<>();
      List<Integer> lost = new ArrayList<>();
      try (var results = pool.map(10, numbers(100), n -> n == 33 ? exit() : 2 * n)) {
        while (results.hasNext()) {
          try {
            values.add(results.next());
          } catch (TaskFailedException e) {
            assertInstanceOf(WorkerLostException.class, e.getCause());
            lost.add(values.size());
          }
        }
      }
      assertEquals(List.of(33), lost);
      List<Integer> expected = new ArrayList<>();
      numbers(100).forEach(n -> expected.add(2 * n));
      expected.remove(Integer.valueOf(66));
      assertEquals(expected, values);
    }
  }

  @Test
  void anIdempotentFunctionIsAppliedAgainToThatElement(@TempDir Path folder) throws Exception {
    String marker = folder.resolve("once").toString();
    try (ProcessPool pool = open(1, o -> o.spares(1));
        var results =
            pool.map(
                5,
                numbers(20),
                ProcessPool.idempotent((Integer n) -> n == 7 ? dieOnce(Path.of(marker), 7) : n))) {
      assertEquals(numbers(20), results.toList());
    }
  }

  private static int exit() {
    System.exit(3);
    return 0;
  }

  private static List<Integer> numbers(int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      numbers.add(n);
    }
    return numbers;
  }

  @Test
  void aReportThatCannotTravelFailsItsElementOnly() throws Exception {
    try (ProcessPool pool = open(1, o -> o);
        var results = pool.map(4, numbers(8), n -> n == 2 ? new Object[] {new Thread()} : n)) {
      for (int n = 0; n < 8; n++) {
        if (n == 2) {
          var failed = assertThrows(TaskFailedException.class, results::next);
          assertInstanceOf(NotSerializableException.class, failed.getCause());
        } else {
          assertEquals(n, results.next());
        }
      }
    }
  }

  @Test
  void largeReportsTravelBesideTheOthers() throws Exception {
    try (ProcessPool pool = open(1, o -> o);
        var results = pool.map(4, numbers(8), n -> new double[n % 2 == 0 ? 100_000 : 1])) {
      for (int n = 0; n < 8; n++) {
        assertEquals(n % 2 == 0 ? 100_000 : 1, results.next().length);
      }
    }
  }

  @Test
  void largeArraysAndMemoryTravelBothWaysAsTheyWereWhenTheyWereSent() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      double[] doubles = new double[100_000];
      boolean[] flags = new boolean[100_000];
      MemorySegment memory = MemorySegment.ofArray(new byte[100_000]).fill((byte) 1);
      for (int round = 0; round < 5; round++) {
        doubles[99_999] = round;
        flags[99_999] = true;
        Task<List<Object>> task = pool.submit(() -> List.of(doubles, flags, memory));
        doubles[99_999] = -1;
        flags[99_999] = false;
        List<Object> there = task.await();
        assertEquals(round, ((double[]) there.get(0))[99_999]);
        assertTrue(((boolean[]) there.get(1))[99_999]);
        MemorySegment copy = (MemorySegment) there.get(2);
        assertEquals(-1, copy.mismatch(memory));
        copy.fill((byte) 2); // is its own
      }
    }
  }

  @Test
  void whatIsLargeIsInSharedMemoryUntilItsTaskEndsAndThenServesTheNext() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      double[] large = new double[100_000];
      pool.submit(() -> large.length).await();
      Set<Path> slabs = slabs();
      assertFalse(slabs.isEmpty());
      for (int i = 0; i < 20; i++) {
        assertEquals(100_000, pool.submit(() -> large).await().length);
        slabs.addAll(slabs());
      }
      assertEquals(2, slabs.size(), "one each way: " + slabs);
      Task<Integer> crash =
          pool.submit(
              () -> {
                Runtime.getRuntime().halt(large.length);
                return 1;
              });
      assertThrows(TaskFailedException.class, crash::await);
      assertEquals(100_000, pool.submit(() -> large).await().length);
      slabs.addAll(slabs());
      assertEquals(3, slabs.size(), "another one of the other worker: " + slabs);
      Pools.eventually(() -> slabs().size() == 2);
    }
    Pools.eventually(() -> slabs().isEmpty());
  }

  private static Set<Path> slabs() {
    try (Stream<Path> files = Files.list(ProcessFolder.own().path())) {
      return files
          .filter(file -> file.getFileName().toString().contains("l-"))
          .collect(Collectors.toCollection(HashSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aChunkOfNothingIsRefused() {
    try (ProcessPool pool = open(1, o -> o)) {
      assertThrows(IllegalArgumentException.class, () -> pool.map(0, numbers(1), n -> n));
    }
  }

  // ---- ahead ----------------------------------------------------------------------------------

  /// Lets the pool find out that its tasks are short, so that it sends some ahead.
  private static void warmUp(ProcessPool pool) throws Exception {
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      tasks.add(pool.submit(() -> 1));
    }
    for (Task<Integer> task : tasks) {
      task.await();
    }
  }

  @Test
  void whatWasSentBehindALongTaskIsRunByAnotherWorker(@TempDir Path folder) throws Exception {
    String go = folder.resolve("go").toString();
    try (ProcessPool pool = open(2, o -> o)) {
      warmUp(pool);
      Task<@Nullable Void> wait = pool.submit(() -> awaitFile(Path.of(go)));
      List<Task<Integer>> behind = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        behind.add(pool.submit(() -> 1));
      }
      for (Task<Integer> task : behind) {
        task.await();
      }
      assertEquals(Task.State.RUNNING, wait.state());
      Files.createFile(Path.of(go));
      wait.await();
    }
  }

  private static void awaitFile(Path file) {
    while (Files.notExists(file)) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void whatWasSentAheadAndIsCancelledNeverBegins(@TempDir Path folder) throws Exception {
    String go = folder.resolve("go").toString();
    String begun = folder.resolve("begun").toString();
    try (ProcessPool pool = open(1, o -> o)) {
      warmUp(pool);
      Task<@Nullable Void> wait = pool.submit(() -> awaitFile(Path.of(go)));
      List<Task<?>> ahead = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        ahead.add(pool.submit(() -> Files.createFile(Path.of(begun)).toString()));
      }
      ahead.forEach(task -> task.cancel("not needed"));
      eventually(() -> ahead.stream().allMatch(Task::isDone));
      Files.createFile(Path.of(go));
      wait.await();
      assertEquals(1, pool.submit(() -> 1).await());
      assertTrue(Files.notExists(Path.of(begun)));
    }
  }

  @Test
  void whatWasSentAheadToAWorkerThatIsLostGoesToAnother(@TempDir Path folder) throws Exception {
    String go = folder.resolve("go").toString();
    try (ProcessPool pool = open(1, o -> o.spares(1))) {
      warmUp(pool);
      Task<Integer> dies =
          pool.submit(
              () -> {
                awaitFile(Path.of(go));
                return exit();
              });
      List<Task<Integer>> ahead = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        int number = i;
        ahead.add(pool.submit(() -> number));
      }
      Files.createFile(Path.of(go));
      causeOf(WorkerLostException.class, dies);
      for (int i = 0; i < 10; i++) {
        assertEquals(i, ahead.get(i).await());
      }
    }
  }
}
