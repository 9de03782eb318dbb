package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.awaitParked;
import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.spi.Capability;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [java.util.concurrent.ExecutorService] documents, and [Pool] beside it.
interface ExecutorContract extends Trial {

  // ---- several at once ------------------------------------------------------------------------

  @Test
  default void invokeAllReturnsAllDoneInOrder() throws Exception {
    try (Pool pool = open()) {
      List<Call<Integer>> calls =
          List.of(
              () -> 1,
              () -> {
                throw new Planned("two");
              },
              () -> 3);
      List<Future<Integer>> done = pool.invokeAll(calls);
      assertEquals(3, done.size());
      assertTrue(done.stream().allMatch(Future::isDone));
      assertEquals(1, done.get(0).get());
      assertInstanceOf(
          Planned.class,
          assertThrows(ExecutionException.class, () -> done.get(1).get()).getCause());
      assertEquals(3, done.get(2).get());
      assertEquals(List.of(), pool.invokeAll(List.<Call<Integer>>of()));
    }
  }

  @Test
  default void timedInvokeAllCancelsWhatIsLate() throws Exception {
    try (Pool pool = open()) {
      pool.submit(() -> "so that a worker is up").await();
      Signal stopped = Signal.create();
      List<Call<String>> calls =
          List.of(
              () -> "quick",
              () -> {
                try {
                  Signal.create().await();
                  return "never";
                } finally {
                  stopped.set();
                }
              });
      List<Future<String>> done = pool.invokeAll(calls, 300, TimeUnit.MILLISECONDS);
      assertTrue(done.stream().allMatch(Future::isDone));
      assertEquals("quick", done.get(0).get());
      assertTrue(done.get(1).isCancelled());
      List<Future<String>> none = pool.invokeAll(calls, 0, TimeUnit.SECONDS);
      assertTrue(none.stream().allMatch(Future::isDone));
      assertTrue(none.get(1).isCancelled());
    }
  }

  @Test
  default void anInterruptedInvokeAllCancelsWhatIsUnfinished() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal stopped = Signal.create();
      Call<String> call =
          () -> {
            started.set();
            try {
              Signal.create().await();
              return "never";
            } finally {
              stopped.set();
            }
          };
      Aside caller =
          Aside.start(
              () -> {
                assertThrows(InterruptedException.class, () -> pool.invokeAll(List.of(call)));
                assertTrue(stopped.isSet());
              });
      started.await();
      awaitParked(caller.thread());
      caller.thread().interrupt();
      caller.join();
    }
  }

  @Test
  default void invokeAnyReturnsAValueAndCancelsTheRest() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(3);
      Signal started = Signal.create();
      Signal stopped = Signal.create();
      String value =
          pool.invokeAny(
              List.<Call<String>>of(
                  () -> {
                    throw new Planned("one of several");
                  },
                  () -> {
                    started.set();
                    try {
                      Signal.create().await();
                      return "never";
                    } finally {
                      stopped.set();
                    }
                  },
                  () -> {
                    started.await();
                    return "winner";
                  }));
      assertEquals("winner", value);
      assertTrue(stopped.isSet(), "the losers have stopped");
    }
  }

  @Test
  default void invokeAnySurvivesFailuresBeforeTheValue() throws Exception {
    try (Pool pool = open()) {
      String value =
          pool.invokeAny(
              List.<Call<String>>of(
                  () -> {
                    throw new Planned("the first");
                  },
                  () -> "value"));
      assertEquals("value", value);
    }
  }

  @Test
  default void invokeAnyThrowsAFailureIfNoneSucceeds() throws Exception {
    try (Pool pool = open()) {
      Call<String> fails =
          () -> {
            throw new Planned("no luck");
          };
      var failure =
          assertThrows(ExecutionException.class, () -> pool.invokeAny(List.of(fails, fails)));
      assertInstanceOf(Planned.class, failure.getCause());
      assertThrows(IllegalArgumentException.class, () -> pool.invokeAny(List.<Call<String>>of()));
    }
  }

  @Test
  default void timedInvokeAnyGivesUpInTime() throws Exception {
    try (Pool pool = open()) {
      Call<String> endless = endless(Signal.create());
      assertThrows(
          TimeoutException.class,
          () -> pool.invokeAny(List.of(endless, endless), 20, TimeUnit.MILLISECONDS));
      assertEquals(
          "in time", pool.invokeAny(List.<Call<String>>of(() -> "in time"), 30, TimeUnit.SECONDS));
    }
  }

  // ---- execute --------------------------------------------------------------------------------

  @Test
  default void executeRuns() throws Exception {
    try (Pool pool = open()) {
      Signal ran = Signal.create();
      Action action = ran::set;
      pool.execute(action);
      ran.await();
    }
  }

  /// Stands in for the default uncaught-exception handler, for failures of one test.
  final class Handler implements AutoCloseable {
    private final Thread.UncaughtExceptionHandler before =
        Thread.getDefaultUncaughtExceptionHandler();
    final ConcurrentLinkedQueue<Throwable> seen = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();

    Handler() {
      Thread.setDefaultUncaughtExceptionHandler(
          (thread, failure) -> {
            threads.add(thread);
            seen.add(failure);
          });
    }

    @Override
    public void close() {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  @Tag("HOOK-02")
  default void aFailureOfExecuteGoesToTheDefaultHandlerOnce() throws Exception {
    try (Handler handler = new Handler();
        Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Planned failure = new Planned("nobody waits");
      ConcurrentLinkedQueue<Thread> ran = new ConcurrentLinkedQueue<>();
      Action action =
          () -> {
            ran.add(Thread.currentThread());
            throw failure;
          };
      pool.execute(action);
      pool.shutdown();
      assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
      Trial.eventually("the handler", () -> !handler.seen.isEmpty());
      assertEquals(List.of(failure), List.copyOf(handler.seen));
      assertEquals(List.copyOf(ran), List.copyOf(handler.threads));
    }
  }

  @Test
  default void theWorkerSurvivesAFailureOfExecute() throws Exception {
    try (Handler handler = new Handler();
        Pool pool = open()) {
      Action fails =
          () -> {
            throw new Planned("executed");
          };
      for (int i = 0; i < 10; i++) {
        pool.execute(fails);
      }
      assertEquals(1, pool.submit(() -> 1).await());
      Trial.eventually("ten failures", () -> handler.seen.size() == 10);
    }
  }

  @Test
  @Tag("HOOK-03")
  default void aHandlerThatThrowsIsReportedAndDisturbsNobody() throws Exception {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    PrintStream errors = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          throw new IllegalStateException("planned: the handler itself fails");
        });
    try (Pool pool = open()) {
      Action fails =
          () -> {
            throw new Planned("handled badly");
          };
      pool.execute(fails);
      Trial.eventually(
          "a report of both failures",
          () -> {
            String report = written.toString(StandardCharsets.UTF_8);
            return report.contains("handled badly")
                && report.contains("planned: the handler itself fails");
          });
      assertEquals(1, pool.submit(() -> 1).await());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
      System.setErr(errors);
    }
  }

  @Test
  default void servesCompletableFutures() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      assertEquals(
          42, CompletableFuture.supplyAsync(() -> 21, pool).thenApplyAsync(x -> x * 2, pool).get());
      List<CompletableFuture<Integer>> many = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int number = i;
        many.add(CompletableFuture.supplyAsync(() -> number, pool));
      }
      int sum = 0;
      for (CompletableFuture<Integer> future : many) {
        sum += future.get();
      }
      assertEquals(199 * 100, sum);
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  @Test
  @Tag("SHUTD-01")
  default void afterShutdownWorkIsRefusedAndWhatWasAcceptedIsDone() throws Exception {
    Pool pool = open();
    Signal started = Signal.create();
    Signal release = Signal.create();
    Task<String> accepted = pool.submit(held(started, release));
    started.await();
    pool.shutdown();
    pool.shutdown();
    assertTrue(pool.isShutdown());
    assertFalse(pool.isTerminated());
    var refused = assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 1));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("'" + pool.name() + "'"),
        refused.getMessage());
    Action late = () -> {};
    assertThrows(RejectedExecutionException.class, () -> pool.execute(late));
    assertThrows(
        RejectedExecutionException.class, () -> pool.invokeAll(List.<Call<Integer>>of(() -> 1)));
    assertThrows(
        RejectedExecutionException.class, () -> pool.invokeAny(List.<Call<Integer>>of(() -> 1)));
    assertFalse(pool.awaitTermination(2, TimeUnit.MILLISECONDS));
    assertFalse(pool.awaitTermination(-1, TimeUnit.SECONDS));
    release.set();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    assertTrue(pool.isTerminated());
    assertEquals("released", accepted.await());
    pool.close();
  }

  @Test
  default void anEmptyPoolTerminatesAtOnce() {
    Pool pool = open();
    assertFalse(pool.isShutdown());
    pool.shutdown();
    assertTrue(pool.isTerminated());
    pool.close();
    assertEquals(List.of(), pool.shutdownNow());
  }

  @Test
  @Tag("SHUTD-03")
  default void closingWaitsForAllWorkAndMayBeRepeated() throws Exception {
    List<Task<Integer>> tasks = new ArrayList<>();
    Pool pool = open();
    try (pool) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        tasks.add(pool.submit(() -> number));
      }
    }
    for (int i = 0; i < 100; i++) {
      assertTrue(tasks.get(i).isDone());
      assertEquals(i, tasks.get(i).await());
    }
    assertTrue(pool.isTerminated());
    pool.close();
    pool.shutdown();
    assertEquals(0, pool.shutdownPending());
    pool.cancelAndClose();
  }

  @Test
  default void shutdownNowCancelsEverythingAndReturnsWhatHadNotStarted() throws Exception {
    Pool pool = open();
    Signal started = Signal.create();
    Task<String> running = pool.submit(endless(started));
    started.await();
    boolean bounded = pool.capabilities().contains(Capability.BOUNDED);
    List<Task<String>> others = new ArrayList<>();
    Action executed = () -> {};
    if (bounded) {
      for (int i = 1; i < parallelism(); i++) {
        Signal begun = Signal.create();
        others.add(pool.submit(endless(begun)));
        begun.await();
      }
    }
    Task<Integer> queued = bounded ? pool.submit(() -> 1) : null;
    if (bounded) {
      pool.execute(executed);
    }
    List<Runnable> unstarted = pool.shutdownNow();
    if (queued != null) {
      assertEquals(2, unstarted.size());
      assertSame(queued, unstarted.get(0));
      assertSame(executed, unstarted.get(1));
      assertTrue(queued.isCancelled());
    } else {
      assertEquals(List.of(), unstarted);
    }
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    assertTrue(running.isCancelled());
    assertEquals(new CancelReason.Shutdown(pool.name()), running.cancelReason().orElseThrow());
    assertTrue(others.stream().allMatch(Task::isCancelled));
    var thrown = assertThrows(TaskCancelledException.class, running::await);
    assertTrue(String.valueOf(thrown.getMessage()).contains(pool.name()), thrown.getMessage());
  }

  @Test
  @Tag("SHUTD-02")
  default void shutdownPendingCancelsWhatHasNotStartedAndLetsTheRestFinish() throws Exception {
    Pool pool = open();
    needs(pool, Capability.BOUNDED);
    Signal release = Signal.create();
    List<Task<String>> running = Trial.occupy(pool, parallelism(), release);
    List<Task<Integer>> queued = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      queued.add(pool.submit(() -> 1));
    }
    assertEquals(50, pool.shutdownPending());
    assertTrue(pool.isShutdown());
    assertTrue(queued.stream().allMatch(Task::isCancelled));
    assertTrue(running.stream().noneMatch(Task::isDone));
    release.set();
    assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    for (Task<String> task : running) {
      assertEquals("released", task.await());
    }
  }

  @Test
  @Tag("SHUTD-04")
  default void aPoolWhoseLastTaskWasCancelledJustBeforeCloses() throws Exception {
    Trial.repeatedly(
        () -> {
          Pool pool = open();
          boolean bounded = pool.capabilities().contains(Capability.BOUNDED);
          Signal release = Signal.create();
          if (bounded) {
            Trial.occupy(pool, parallelism(), release);
          }
          Task<String> last = pool.submit(endless(Signal.create()));
          last.cancel(true);
          release.set();
          pool.shutdown();
          assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
          assertTrue(last.isCancelled());
        });
  }

  @Test
  default void cancelAndCloseStopsWhatRunsAndWaits() throws Exception {
    Pool pool = open();
    Signal started = Signal.create();
    Signal stopped = Signal.create();
    Task<@Nullable Void> task =
        pool.submit(
            () -> {
              started.set();
              try {
                Signal.create().await();
              } finally {
                stopped.set();
              }
            });
    started.await();
    pool.cancelAndClose();
    assertTrue(stopped.isSet());
    assertTrue(task.isCancelled());
    assertTrue(pool.isTerminated());
  }

  @Test
  default void anInterruptedCloseCancelsAndKeepsTheInterrupt() throws Exception {
    Pool pool = open();
    Signal started = Signal.create();
    Task<String> task = pool.submit(endless(started));
    started.await();
    Aside closer =
        Aside.start(
            () -> {
              pool.close();
              assertTrue(Thread.currentThread().isInterrupted());
            });
    awaitParked(closer.thread());
    closer.thread().interrupt();
    closer.join();
    assertTrue(task.isCancelled());
    assertTrue(pool.isTerminated());
  }

  @Test
  @SuppressWarnings("try") // closing it there is the mistake
  default void aTaskThatClosesItsOwnPoolIsToldSo() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Task<@Nullable Void> closes = pool.submit(() -> pool.close());
      var failure = assertThrows(TaskFailedException.class, closes::await);
      assertInstanceOf(IllegalStateException.class, failure.getCause());
      assertFalse(pool.isShutdown());
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  default void submissionsThatRaceWithShutdownAreRefusedOrDone() throws Exception {
    Trial.repeatedly(
        () -> {
          Pool pool = open();
          AtomicInteger accepted = new AtomicInteger();
          ConcurrentLinkedQueue<Task<Integer>> tasks = new ConcurrentLinkedQueue<>();
          Aside submitter =
              Aside.start(
                  () -> {
                    try {
                      while (true) {
                        tasks.add(pool.submit(() -> 1));
                        accepted.incrementAndGet();
                      }
                    } catch (RejectedExecutionException e) {
                      // as it should be
                    }
                  });
          Trial.eventually("a few tasks", () -> accepted.get() > 5);
          pool.close();
          submitter.join();
          for (Task<Integer> task : tasks) {
            assertTrue(task.isDone(), task::toString);
            assertEquals(1, task.await());
          }
        });
  }

  @Test
  default void saysWhatItIs() {
    try (Pool pool = open()) {
      assertFalse(pool.name().isEmpty());
      assertTrue(pool.toString().contains(pool.name()));
      assertTrue(pool.window() > 0);
      assertThrows(
          UnsupportedOperationException.class, () -> pool.capabilities().add(Capability.KILLS));
    }
  }
}
