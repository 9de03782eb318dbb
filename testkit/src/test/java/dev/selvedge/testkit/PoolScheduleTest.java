package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Schedule;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.Tasks;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Races of pools, of waits for many tasks and of timetables, each under many schedules.
@Timeout(60)
class PoolScheduleTest {
  private static final int SEEDS = 1_000;

  private static void steps(int count) {
    for (int i = 0; i < count; i++) {
      Kernel.current().step();
    }
  }

  /// One worker and a queue: a bounded pool whose worker is a task of the schedule.
  private static final class OneWorkerPool extends AbstractPool {
    private final Chan<Ticket> queue = Chan.unbounded();

    OneWorkerPool() {
      super("worker", Kernel.current(), Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), 1);
    }

    void work() throws InterruptedException {
      queue.forEach(Ticket::run);
    }

    @Override
    protected void launch(Ticket ticket) {
      assertTrue(queue.trySend(ticket));
    }

    @Override
    protected void retire() {
      queue.close();
    }
  }

  @Test
  @Tag("THREAD-07")
  void aTaskIsAliveWhileItsCodeRunsAndNotAfter() throws Exception {
    boolean[] cancelled = new boolean[2];
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              boolean[] inside = {false};
              Event gate = Event.create();
              Task<@Nullable Void> task =
                  pool.submit(
                      () -> {
                        inside[0] = true;
                        try {
                          gate.await();
                        } finally {
                          steps(3); // also when it was cancelled
                          inside[0] = false;
                        }
                      });
              Task<@Nullable Void> watches =
                  pool.submit(
                      () -> {
                        for (int i = 0; i < 8; i++) {
                          if (inside[0]) {
                            assertEquals(Future.State.RUNNING, task.state());
                            assertFalse(task.isDone());
                          }
                          steps(1);
                        }
                      });
              Task<Boolean> waits =
                  pool.submit(
                      () -> {
                        task.join();
                        return inside[0];
                      });
              Task<Boolean> cancels = pool.submit(() -> task.cancel("stop"));
              gate.set();
              watches.await();
              cancels.await();
              assertFalse(waits.await(), "a join ends when the code has stopped");
              assertTrue(task.isDone());
              cancelled[task.isCancelled() ? 1 : 0] = true;
            });
    assertTrue(cancelled[0] && cancelled[1], "both happened");
  }

  @Test
  @Tag("SHUTD-04")
  void closingEndsWhenTheLastTaskWasJustCancelled() throws Exception {
    boolean[] ran = new boolean[2];
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              var closing = new OneWorkerPool();
              Task<@Nullable Void> worker = pool.submit(closing::work);
              Task<@Nullable Void> first = closing.submit(() -> steps(2));
              boolean[] began = {false};
              Task<@Nullable Void> last =
                  closing.submit(
                      () -> {
                        began[0] = true;
                        Event.create().await();
                      });
              steps(4);
              assertTrue(last.cancel("the last one"));
              closing.close(); // a close that hangs is a deadlock
              assertTrue(closing.isTerminated());
              assertTrue(last.isCancelled());
              first.await();
              worker.await(); // and so is a worker that is not told
              ran[began[0] ? 1 : 0] = true;
            });
    assertTrue(ran[0] && ran[1], "cancelled before it began, and after");
  }

  @Test
  @Tag("SHUTD-04")
  void closingEndsWhileTheLastTaskIsBeingCancelled() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              var closing = new OneWorkerPool();
              Task<@Nullable Void> worker = pool.submit(closing::work);
              Task<@Nullable Void> last = closing.submit(() -> Event.create().await());
              Task<Boolean> cancels = pool.submit(() -> last.cancel("the last one"));
              closing.close();
              assertTrue(last.isCancelled());
              assertTrue(cancels.await());
              worker.await();
            });
  }

  @Test
  @Tag("WAIT-06")
  void aHundredTasksThatEndWhileTheyAreWaitedForAreAllSeen() throws Exception {
    Explorer.seeds(100)
        .run(
            pool -> {
              Event start = Event.create();
              List<Task<Integer>> tasks = new ArrayList<>();
              for (int i = 0; i < 100; i++) {
                int number = i;
                tasks.add(
                    pool.submit(
                        () -> {
                          start.await();
                          return number;
                        }));
              }
              List<Task<Tasks.Awaited<Integer>>> waiters = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                waiters.add(pool.submit(() -> Tasks.awaitAll(tasks)));
                steps(20);
                start.set(); // some have come to it by then, and some have not
              }
              for (Task<Tasks.Awaited<Integer>> waiter : waiters) {
                assertEquals(tasks, waiter.await().done()); // a wait that hangs is a deadlock
              }
            });
  }

  @Test
  @Tag("SCHED-08")
  void oneActionThatFailsAndOneThatIsLateLeaveTheOthersAlone() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              try (Schedule schedule = Schedule.on(pool)) {
                long begin = Kernel.current().nanoTime();
                Task<@Nullable Void> fails =
                    schedule.after(
                        Duration.ofSeconds(1),
                        () -> {
                          throw new IOException("broken");
                        });
                Task<Boolean> late =
                    schedule.after(
                        Duration.ofSeconds(1), () -> Event.create().await(Duration.ofHours(1)));
                List<Task<Long>> others = new ArrayList<>();
                for (int i = 1; i <= 3; i++) {
                  others.add(
                      schedule.after(
                          Duration.ofSeconds(i), () -> Kernel.current().nanoTime() - begin));
                }
                int[] beats = {0};
                Task<@Nullable Void> beat = schedule.every(Duration.ofSeconds(1), () -> beats[0]++);
                for (int i = 1; i <= 3; i++) {
                  assertEquals(Duration.ofSeconds(i), Duration.ofNanos(others.get(i - 1).await()));
                }
                var failure = assertThrows(TaskFailedException.class, fails::await);
                assertInstanceOf(IOException.class, failure.getCause());
                assertFalse(late.isDone());
                Event.create().await(Duration.ofMillis(1)); // until the third beat has run
                assertEquals(3, beats[0]);
                beat.cancel("enough");
                assertEquals(1, schedule.pending().size() + (late.isDone() ? 0 : 1));
                assertFalse(late.await());
              }
            });
  }
}
