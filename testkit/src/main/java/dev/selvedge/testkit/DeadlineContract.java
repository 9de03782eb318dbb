package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Capability;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [Deadline] promises, for groups on the pool and tasks submitted to it.
interface DeadlineContract extends Trial {
  /// A time that passes soon.
  Duration SOON = Duration.ofMillis(30);

  @Test
  @Tag("TIMEOUT-01")
  default void aDeadlineCancelsBodyAndChildrenAndIsReported() throws Exception {
    try (Pool pool = open()) {
      AtomicReference<Task<String>> child = new AtomicReference<>();
      var late =
          assertThrows(
              DeadlineExceededException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).name("report").deadline(SOON),
                      group -> {
                        child.set(group.fork(endless(Signal.create())));
                        Thread.sleep(LONG);
                      }));
      assertInstanceOf(TimeoutException.class, late);
      assertTrue(String.valueOf(late.getMessage()).contains("'report' (30ms)"), late.getMessage());
      assertTrue(child.get().isCancelled());
      assertInstanceOf(
          CancelReason.DeadlineExpired.class, child.get().cancelReason().orElseThrow());
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  default void aDeadlineEndsTheJoin() throws Exception {
    try (Pool pool = open()) {
      assertThrows(
          DeadlineExceededException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool).deadline(SOON),
                  group -> group.fork(endless(Signal.create()))));
      try (TaskGroup group = TaskGroup.open(options -> options.pool(pool).deadline(SOON))) {
        group.fork(endless(Signal.create()));
        assertThrows(DeadlineExceededException.class, group::join);
      }
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  @Tag("WAITFOR-03")
  default void aValueReturnedInSpiteOfTheDeadlineWins() throws Exception {
    assertEquals(
        "late, but here",
        Deadline.within(
            SOON,
            () -> {
              try {
                Event.create().await();
                return "never";
              } catch (InterruptedException e) {
                return "late, but here";
              }
            }));
    assertFalse(Thread.currentThread().isInterrupted());
  }

  @Test
  @Tag("TIMEOUT-02")
  default void tasksSeeTheNearestDeadline() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      assertEquals(Optional.empty(), pool.submit(() -> Deadline.current()).await());
      Duration far = Duration.ofHours(2);
      Duration near = Duration.ofHours(1);
      TaskGroup.run(
          options -> options.pool(pool).name("far").deadline(far),
          outer -> {
            assertEquals("far", Deadline.current().orElseThrow().scope());
            TaskGroup.run(
                options -> options.pool(pool).name("near").deadline(near),
                inner -> {
                  Deadline bound = inner.fork(() -> Deadline.current().orElseThrow()).await();
                  assertEquals("near", bound.scope());
                  assertEquals(near, bound.granted());
                  assertNull(bound.binding());
                });
            TaskGroup.run(
                options -> options.pool(pool).name("longer").deadline(Duration.ofHours(3)),
                inner -> {
                  Deadline bound = inner.fork(() -> Deadline.current().orElseThrow()).await();
                  assertEquals("longer", bound.scope());
                  assertEquals(Duration.ofHours(3), bound.asked());
                  assertEquals("far", bound.binding());
                  assertTrue(bound.granted().compareTo(far) <= 0);
                });
            TaskGroup.run(
                options -> options.pool(pool).name("none"),
                inner ->
                    assertEquals(
                        "far", inner.fork(() -> Deadline.current().orElseThrow()).await().scope()));
          });
    }
  }

  @Test
  @Tag("TIMEOUT-03")
  @Tag("TIMEOUT-04")
  default void onlyTheScopeWhoseDeadlinePassedReportsIt() throws Exception {
    try (Pool pool = open()) {
      AtomicReference<Throwable> inside = new AtomicReference<>();
      var late =
          assertThrows(
              DeadlineExceededException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).name("outer").deadline(SOON),
                      outer -> {
                        try {
                          TaskGroup.run(
                              options -> options.pool(pool).name("inner").deadline(LONG),
                              inner -> inner.fork(endless(Signal.create())));
                        } catch (Exception e) {
                          inside.set(e);
                          throw e;
                        }
                      }));
      assertEquals("outer", late.deadline().scope());
      assertInstanceOf(InterruptedException.class, inside.get());
      assertTrue(
          String.valueOf(inside.get()).contains("'outer'"), () -> "says why: " + inside.get());
    }
  }

  @Test
  default void theInnerScopeReportsItsOwn() throws Exception {
    try (Pool pool = open()) {
      TaskGroup.run(
          options -> options.pool(pool).name("outer").deadline(LONG),
          outer -> {
            var late =
                assertThrows(
                    DeadlineExceededException.class,
                    () ->
                        TaskGroup.run(
                            options -> options.pool(pool).name("inner").deadline(SOON),
                            inner -> inner.fork(endless(Signal.create()))));
            assertEquals("inner", late.deadline().scope());
            assertEquals(2, outer.fork(() -> 2).await(), "the outer scope goes on");
          });
    }
  }

  @Test
  default void theMessageSaysWhatWasAskedWhatWasGrantedAndWhoWasBinding() {
    Deadline bound =
        new Deadline(0, "fetch", Duration.ofSeconds(5), Duration.ofMillis(1500), "request");
    String message = String.valueOf(new DeadlineExceededException(bound).getMessage());
    assertTrue(message.contains("'fetch'"), message);
    assertTrue(message.contains("5s asked"), message);
    assertTrue(message.contains("1.5s granted by 'request'"), message);
  }

  @Test
  @Tag("TIMEOUT-07")
  default void whatIsCancelledFromOutsideIsNeverReportedAsLate() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      AtomicReference<TaskGroup> shared = new AtomicReference<>();
      Aside canceller =
          Aside.start(
              () -> {
                started.await();
                shared.get().cancel("not the clock");
              });
      assertThrows(
          TaskCancelledException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool).deadline(LONG),
                  group -> {
                    shared.set(group);
                    group.fork(endless(started)).await();
                  }));
      canceller.join();
    }
  }

  @Test
  default void aSubmittedTaskHasTheDeadlineOfTheScopeItWasSubmittedIn() throws Exception {
    try (Pool pool = open()) {
      AtomicReference<Task<String>> submitted = new AtomicReference<>();
      assertThrows(
          DeadlineExceededException.class,
          () ->
              Deadline.within(
                  SOON,
                  () -> {
                    Task<String> task = pool.submit(endless(Signal.create()));
                    submitted.set(task);
                    return task.await();
                  }));
      Task<String> task = submitted.get();
      task.join();
      assertTrue(task.isCancelled());
      assertInstanceOf(CancelReason.DeadlineExpired.class, task.cancelReason().orElseThrow());
    }
  }

  @Test
  default void whatIsQueuedPastItsDeadlineNeverStarts() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.BOUNDED);
      Signal release = Signal.create();
      Trial.occupy(pool, parallelism(), release);
      Signal ran = Signal.create();
      AtomicReference<Task<@Nullable Void>> queued = new AtomicReference<>();
      assertThrows(
          DeadlineExceededException.class,
          () ->
              Deadline.within(
                  SOON,
                  () -> {
                    queued.set(pool.submit(ran::set));
                    return queued.get().await();
                  }));
      queued.get().join();
      assertTrue(queued.get().isCancelled());
      AtomicReference<Task<@Nullable Void>> forked = new AtomicReference<>();
      assertThrows(
          DeadlineExceededException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool).deadline(SOON),
                  group -> forked.set(group.fork(ran::set))));
      assertTrue(forked.get().isCancelled());
      release.set();
      pool.submit(() -> 1).await();
      assertFalse(ran.isSet());
    }
  }

  @Test
  @Tag("TIMEOUT-06")
  default void aDeadlineThatHasPassedLetsNothingStart() throws Exception {
    try (Pool pool = open()) {
      Signal ran = Signal.create();
      assertThrows(
          DeadlineExceededException.class,
          () ->
              TaskGroup.run(
                  options -> options.pool(pool).deadline(Duration.ZERO),
                  group -> {
                    try {
                      Event.create().await();
                    } finally {
                      group.fork(ran::set);
                    }
                  }));
      assertFalse(ran.isSet());
    }
  }

  @Test
  default void executeIsExceptedSoThatCompletableFuturesComplete() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      CompletableFuture<String> future =
          Deadline.within(
              LONG, () -> CompletableFuture.supplyAsync(() -> "" + Deadline.current(), pool));
      assertEquals("" + Optional.empty(), future.get());
    }
  }

  @Test
  @Tag("TIMEOUT-02")
  default void moveOnAfterGoesOnQuietly() throws Exception {
    try (Pool pool = open()) {
      assertFalse(Deadline.moveOnAfter(SOON, () -> Event.create().await()));
      assertTrue(Deadline.moveOnAfter(LONG, () -> {}));
      assertFalse(Deadline.moveOnAfter(SOON, () -> pool.submit(endless(Signal.create())).await()));
      assertThrows(
          Planned.class,
          () ->
              Deadline.moveOnAfter(
                  LONG,
                  () -> {
                    throw new Planned("through");
                  }));
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  @Test
  default void moveOnAfterInsideALateScopeDoesNotSwallowItsDeadline() {
    assertThrows(
        DeadlineExceededException.class,
        () ->
            Deadline.within(
                SOON,
                () -> {
                  boolean inTime = Deadline.moveOnAfter(LONG, () -> Event.create().await());
                  return "moved on: " + inTime;
                }));
  }

  @Test
  default void aTimeoutThatTheCodeThrowsIsAFailureLikeOthers() throws Exception {
    try (Pool pool = open()) {
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                throw new TimeoutException("of a socket");
              });
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertInstanceOf(TimeoutException.class, failure.getCause());
    }
  }
}
