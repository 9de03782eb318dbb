package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.io.IOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ScheduleTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final ManualKernel kernel = new ManualKernel();
  private final Pool pool = new KernelPool(kernel);
  private final Schedule schedule = Schedule.on(pool);
  private final Schedule manual = Schedule.manual(kernel);
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void cancelWhatIsLeft() throws InterruptedException {
    schedule.close();
    pool.cancelAndClose();
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private Action say(String what) {
    return () -> ran.add(what);
  }

  @Test
  @Tag("SCHED-01")
  void tasksRunInTheOrderOfTheirDueTimes() throws Exception {
    manual.after(seconds(5), say("e"));
    manual.at(kernel.now().plusSeconds(2), say("b"));
    manual.after(seconds(1), say("a"));
    manual.at(kernel.now().plusSeconds(4), say("d"));
    manual.after(seconds(3), say("c"));
    kernel.advance(seconds(9));
    assertEquals(Optional.empty(), manual.runDue());
    assertEquals(List.of("a", "b", "c", "d", "e"), ran);
  }

  @Test
  @Tag("SCHED-01")
  void aPoolStartsThemWhenTheyAreDue() throws Exception {
    Task<String> late = schedule.after(seconds(2), () -> "late");
    Task<String> early = schedule.at(kernel.now().plusSeconds(1), () -> "early");
    assertEquals(1, kernel.timers());
    kernel.advance(seconds(1));
    assertEquals("early", early.await(LONG));
    assertFalse(late.isDone());
    kernel.advance(seconds(1));
    assertEquals("late", late.await(LONG));
    assertEquals(0, kernel.timers());
  }

  @Test
  @Tag("SCHED-02")
  @Tag("SCHED-03")
  void equalTimesRunByPriorityAndThenAsEntered() throws Exception {
    manual.priority(2).after(seconds(1), say("low"));
    manual.after(seconds(1), say("first"));
    manual.priority(-1).at(kernel.now().plusSeconds(1), say("high"));
    manual.at(kernel.now().plusSeconds(1), say("second"));
    kernel.advance(seconds(1));
    assertEquals(Optional.empty(), manual.runDue());
    assertEquals(List.of("high", "first", "second", "low"), ran);
  }

  @Test
  @Tag("SCHED-04")
  @Tag("TIMER-01")
  void cancellingRemovesExactlyThatEntry() throws Exception {
    Task<?> a = manual.after(seconds(1), say("a"));
    Task<?> b = manual.after(seconds(1), say("b"));
    Task<?> c = manual.after(seconds(1), say("c"));
    assertTrue(b.cancel("not that one"));
    assertEquals(List.of(a, c), manual.pending().stream().map(Schedule.Scheduled::task).toList());
    kernel.advance(seconds(1));
    assertEquals(Optional.empty(), manual.runDue());
    assertEquals(List.of("a", "c"), ran);
    assertFalse(a.cancel("too late"));
  }

  @Test
  @Tag("TIMER-01")
  void cancellingBeforeTheTimePreventsTheActionAndRemovesTheTimer() throws Exception {
    Task<?> task = schedule.after(seconds(1), say("never"));
    assertTrue(task.cancel("changed my mind"));
    assertTrue(task.isDone());
    assertEquals(0, kernel.timers());
    kernel.advance(seconds(2));
    Task<?> fired = schedule.after(seconds(1), say("fired"));
    kernel.advance(seconds(1));
    assertTrue(fired.join(LONG));
    assertFalse(fired.cancel("too late"));
    assertEquals(List.of("fired"), ran);
  }

  @Test
  @Tag("SCHED-05")
  void anEarlierTaskThatIsEnteredWhileTheRunnerWaitsRunsAtItsOwnTime() throws Exception {
    manual.after(seconds(10), say("late"));
    Task<?> runner = runner();
    manual.after(seconds(1), say("early"));
    advanceUntil(1, seconds(1));
    assertEquals(List.of("early"), ran);
    advanceUntil(2, seconds(9));
    assertTrue(runner.join(LONG));
    assertEquals(List.of("early", "late"), ran);
  }

  @Test
  @Tag("SCHED-05")
  void theRunnerEndsWhenTheAwaitedTaskIsCancelled() throws Exception {
    Task<?> only = manual.after(seconds(10), say("never"));
    Task<?> runner = runner();
    only.cancel("not needed");
    assertTrue(runner.join(LONG));
    assertEquals(Task.State.SUCCESS, runner.state());
    assertEquals(List.of(), ran);
  }

  private Task<?> runner() throws InterruptedException {
    Task<?> runner = pool.submit(manual::runAll);
    kernel.awaitTimers(1);
    return runner;
  }

  private void advanceUntil(int count, Duration by) {
    kernel.advance(by);
    while (ran.size() < count) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theRunnerCanBeCancelled() throws Exception {
    manual.after(seconds(10), say("never"));
    Task<?> runner = runner();
    runner.cancel("enough");
    assertTrue(runner.join(LONG));
    assertTrue(runner.isCancelled());
    assertEquals(1, manual.pending().size());
  }

  @Test
  @Tag("SCHED-06")
  void runDueRunsWhatIsDueAndTellsTheTimeToTheNext() throws Exception {
    assertEquals(Optional.empty(), manual.runDue());
    manual.after(seconds(1), say("a"));
    manual.after(seconds(5), say("b"));
    assertEquals(Optional.of(seconds(1)), manual.runDue());
    kernel.advance(seconds(2));
    assertEquals(Optional.of(seconds(3)), manual.runDue());
    assertEquals(List.of("a"), ran);
  }

  @Test
  @Tag("SCHED-07")
  void pendingIsAnOrderedSnapshot() throws Exception {
    assertEquals(List.of(), manual.pending());
    Task<?> b = manual.after(seconds(2), say("b"));
    Task<?> a = manual.priority(3).after(seconds(1), say("a"));
    List<Schedule.Scheduled> pending = manual.pending();
    assertEquals(
        List.of(
            new Schedule.Scheduled(a, kernel.now().plusSeconds(1), 3),
            new Schedule.Scheduled(b, kernel.now().plusSeconds(2), 0)),
        pending);
    kernel.advance(seconds(2));
    manual.runDue();
    assertEquals(List.of(), manual.pending());
    assertEquals(2, pending.size());
  }

  @Test
  @Tag("SCHED-08")
  void aFailureLeavesTheRunAndTheNextRunGoesOn() throws Exception {
    manual.after(
        seconds(1),
        () -> {
          throw new IOException("broken");
        });
    manual.after(seconds(1), say("next"));
    kernel.advance(seconds(1));
    TaskFailedException e = assertThrows(TaskFailedException.class, manual::runDue);
    assertInstanceOf(IOException.class, e.getCause());
    assertEquals(List.of(), ran);
    assertEquals(Optional.empty(), manual.runDue());
    assertEquals(List.of("next"), ran);
  }

  @Test
  @Tag("SCHED-09")
  void aYearPassesOnAClockThatTheCallerGives() throws Exception {
    AtomicInteger days = new AtomicInteger();
    Task<?> daily = manual.every(Duration.ofDays(1), days::incrementAndGet);
    manual.after(Duration.ofDays(365), () -> daily.cancel("happy new year"));
    for (Optional<Duration> next = manual.runDue(); next.isPresent(); next = manual.runDue()) {
      kernel.advance(next.get());
    }
    assertEquals(365, days.get(), 1);
    assertTrue(daily.isCancelled());
  }

  @Test
  void onlyAManualScheduleIsRunByItsCaller() {
    assertThrows(IllegalStateException.class, schedule::runDue);
    assertThrows(IllegalStateException.class, schedule::runAll);
  }

  @Test
  void delayedWorkIsAwaitedByThePoolAndOutlivesTheSchedule() throws Exception {
    Task<String> task = schedule.after(seconds(1), () -> "done");
    schedule.close();
    pool.shutdown();
    assertFalse(pool.awaitTermination(1, TimeUnit.MILLISECONDS));
    kernel.advance(seconds(1));
    assertEquals("done", task.await(LONG));
    while (!pool.isTerminated()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void periodicWorkEndsWithThePoolWhichDoesNotWaitForIt() throws Exception {
    Event started = Event.create();
    Task<?> beat =
        schedule.every(
            seconds(1),
            () -> {
              started.set();
              Event.create().await();
            });
    kernel.advance(seconds(1));
    started.await();
    pool.close();
    assertTrue(beat.join(LONG));
    assertInstanceOf(CancelReason.Shutdown.class, beat.cancelReason().orElseThrow());
  }

  @Test
  void aFixedRateLeavesOutTheBeatsThatWereMissed() throws Exception {
    LinkedBlockingQueue<Long> starts = new LinkedBlockingQueue<>();
    LinkedBlockingQueue<String> goOn = new LinkedBlockingQueue<>();
    schedule.every(
        seconds(1),
        () -> {
          starts.add(kernel.nanoTime() / 1_000_000_000L);
          goOn.take();
        });
    kernel.advance(seconds(1));
    long first = starts.take();
    kernel.advance(Duration.ofMillis(3500));
    goOn.add("end the slow run");
    kernel.awaitTimers(1);
    assertEquals(0, starts.size());
    kernel.advance(Duration.ofMillis(500));
    assertEquals(first + 4, starts.take());
    goOn.add("end");
  }

  @Test
  void aSpacedActionPausesAfterEachRun() throws Exception {
    LinkedBlockingQueue<Long> starts = new LinkedBlockingQueue<>();
    LinkedBlockingQueue<String> goOn = new LinkedBlockingQueue<>();
    Task<?> spaced =
        schedule.spaced(
            seconds(1),
            () -> {
              starts.add(kernel.nanoTime() / 1_000_000_000L);
              goOn.take();
            });
    kernel.advance(seconds(1));
    long first = starts.take();
    kernel.advance(seconds(5));
    goOn.add("end the slow run");
    kernel.awaitTimers(1);
    kernel.advance(seconds(1));
    assertEquals(first + 6, starts.take());
    spaced.cancel("enough");
    assertTrue(spaced.join(LONG));
    assertEquals(0, kernel.timers());
  }

  @Test
  @Tag("SCHED-08")
  void aPeriodicActionThatFailsIsReportedAndGoesOn() throws Exception {
    LinkedBlockingQueue<Throwable> reported = new LinkedBlockingQueue<>();
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> reported.add(failure));
    try {
      schedule.every(
          seconds(1),
          () -> {
            throw new IOException("bad packet");
          });
      for (int i = 0; i < 3; i++) {
        kernel.awaitTimers(1);
        kernel.advance(seconds(1));
        assertEquals("bad packet", reported.take().getMessage());
      }
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  void aTaskStartsWhenItsEventIsSet() throws Exception {
    Event event = Event.create();
    Task<String> task = schedule.when(event, () -> "set");
    Task<String> dropped = schedule.when(event, () -> "dropped");
    Task<?> failing =
        schedule.when(
            event,
            () -> {
              throw new IOException("broken");
            });
    assertTrue(dropped.cancel("not needed"));
    assertFalse(task.isDone());
    event.set();
    kernel.advance(Duration.ZERO);
    assertEquals("set", task.await(LONG));
    assertInstanceOf(IOException.class, Tasks.failure(failing, LONG).orElseThrow());
    assertTrue(dropped.isCancelled());
    Task<String> atOnce = schedule.when(event, () -> "was set");
    kernel.advance(Duration.ZERO);
    assertEquals("was set", atOnce.await(LONG));
  }

  @Test
  void closingStopsWhatIsEndlessAndRefusesMore() throws Exception {
    Task<?> beat = schedule.every(seconds(1), say("beat"));
    Task<?> waiting = schedule.when(Event.create(), say("never"));
    schedule.close();
    schedule.close();
    assertTrue(beat.isCancelled() && waiting.isCancelled());
    assertEquals(0, kernel.timers());
    assertThrows(
        RejectedExecutionException.class, () -> schedule.after(Duration.ZERO, say("late")));
    assertThrows(RejectedExecutionException.class, () -> schedule.every(seconds(1), say("late")));
  }

  @Test
  void aPeriodicActionMayCancelAndCloseItsOwnSchedule() throws Exception {
    Event closed = Event.create();
    Task<?> beat =
        schedule.every(
            seconds(1),
            () -> {
              schedule.close();
              closed.set();
            });
    kernel.advance(seconds(1));
    assertTrue(closed.await(LONG));
    assertTrue(beat.join(LONG));
  }

  @Test
  void badTimesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> schedule.after(seconds(-1), say("never")));
    assertThrows(IllegalArgumentException.class, () -> schedule.every(Duration.ZERO, say("never")));
  }

  @Test
  void theSystemsClockWorksToo() throws Exception {
    try (Pool real = Pool.threads(1);
        Schedule later = Schedule.on(real)) {
      long start = System.nanoTime();
      Task<Long> task = later.after(Duration.ofMillis(20), System::nanoTime);
      assertTrue(task.await(LONG) - start >= Duration.ofMillis(20).toNanos());
      Event thrice = Event.create();
      AtomicInteger beats = new AtomicInteger();
      later.every(
          Duration.ofMillis(1),
          () -> {
            if (beats.incrementAndGet() == 3) {
              thrice.set();
            }
          });
      assertTrue(thrice.await(LONG));
    }
  }

  // ---- the thread that all timers share -------------------------------------------------------

  private static boolean aDeadlinePasses() throws Exception {
    return !Deadline.moveOnAfter(Duration.ofMillis(1), () -> Event.create().await());
  }

  @Test
  void slowWorkOfAnExecutorThatRunsItInTheCallerHoldsUpNoDeadline() throws Exception {
    Event started = Event.create();
    Event release = Event.create();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    try (Pool direct = Pool.of(Runnable::run);
        Schedule due = Schedule.on(direct)) {
      Task<?> slow =
          due.after(
              Duration.ZERO,
              () -> {
                started.set();
                release.await();
                order.add("slow");
              });
      started.await();
      Task<?> next = due.after(Duration.ZERO, () -> order.add("next"));
      assertTrue(aDeadlinePasses());
      assertFalse(slow.isDone());
      release.set();
      slow.await();
      next.await();
      assertEquals(List.of("slow", "next"), order, "what is due is started in order");
    }
  }

  @Test
  void aSlowCallbackOfATaskThatItsDeadlineCancelledHoldsUpNoOther() throws Exception {
    Thread me = Thread.currentThread();
    Event called = Event.create();
    Event release = Event.create();
    try (Pool one = Pool.threads(1)) {
      one.submit(() -> release.await());
      boolean inTime =
          Deadline.moveOnAfter(
              Duration.ofMillis(1),
              () -> {
                one.submit(() -> {})
                    .onDone(
                        cancelled -> {
                          called.set();
                          if (!Thread.currentThread().equals(me)) { // else it came too late
                            awaitUninterruptibly(release);
                          }
                        });
                Event.create().await();
              });
      assertFalse(inTime);
      called.await();
      assertTrue(aDeadlinePasses());
      release.set();
    }
  }

  private static void awaitUninterruptibly(Event event) {
    try {
      event.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
