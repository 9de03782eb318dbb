package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExplorerTest {

  /// Two tasks that read, then write: one update is lost if they come between each other.
  private static void lostUpdate(Pool pool) throws Exception {
    int[] counter = {0};
    TaskGroup.run(
        group -> {
          for (int i = 0; i < 2; i++) {
            group.fork(
                () -> {
                  int seen = counter[0];
                  Kernel.current().step();
                  counter[0] = seen + 1;
                });
          }
        });
    assertEquals(2, counter[0]);
  }

  @Test
  void findsALostUpdateAndReplaysIt() throws Exception {
    var found =
        assertThrows(AssertionError.class, () -> Explorer.seeds(200).run(ExplorerTest::lostUpdate));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("Explorer.replay("), message);
    long seed = Long.parseLong(message.replaceAll("(?s).*replay\\((-?\\d+),.*", "$1"));
    for (int i = 0; i < 3; i++) {
      assertThrows(AssertionError.class, () -> Explorer.replay(seed, ExplorerTest::lostUpdate));
    }
  }

  @Test
  void someSchedulesDoNotLoseTheUpdate() {
    int fine = 0;
    for (int seed = 0; seed < 40; seed++) {
      try {
        Explorer.seeds(1).from(seed).run(ExplorerTest::lostUpdate);
        fine++;
      } catch (AssertionError | InterruptedException e) {
        // the others
      }
    }
    assertTrue(fine > 0 && fine < 40, "fine under " + fine + " of 40");
  }

  private static void chatter(List<String> log) throws Exception {
    Event start = Event.create();
    TaskGroup.run(
        options -> options.deadline(Duration.ofHours(1)),
        group -> {
          for (int i = 0; i < 4; i++) {
            int number = i;
            group.fork(
                () -> {
                  start.await();
                  for (int k = 0; k < 5; k++) {
                    log.add(number + "." + k);
                    Kernel.current().step();
                    Event.create().await(Duration.ofMillis(number + 1));
                  }
                });
          }
          start.set();
        });
  }

  @Test
  void theSameSeedIsTheSameSchedule() throws Exception {
    Set<String> traces = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      List<String> first = new ArrayList<>();
      List<String> second = new ArrayList<>();
      Explorer.Schedule one = Explorer.replay(seed, pool -> chatter(first));
      Explorer.Schedule two = Explorer.replay(seed, pool -> chatter(second));
      assertEquals(one, two);
      assertEquals(first, second);
      assertTrue(one.decisions() > 20);
      traces.add(one.trace());
    }
    assertTrue(traces.size() > 40, () -> "only " + traces.size() + " different ones");
  }

  @Test
  void anHourPassesAtOnceAndTimersGoOffInOrder() throws Exception {
    Explorer.seeds(50)
        .run(
            pool -> {
              List<Integer> order = new ArrayList<>();
              long before = Kernel.current().nanoTime();
              TaskGroup.run(
                  group -> {
                    for (int minutes : new int[] {30, 10, 60, 20}) {
                      group.fork(
                          () -> {
                            Event.create().await(Duration.ofMinutes(minutes));
                            order.add(minutes);
                          });
                    }
                  });
              assertEquals(List.of(10, 20, 30, 60), order);
              assertEquals(
                  Duration.ofHours(1), Duration.ofNanos(Kernel.current().nanoTime() - before));
            });
  }

  @Test
  void deadlinesAreVirtual() throws Exception {
    Explorer.seeds(50)
        .run(
            pool -> {
              assertThrows(
                  DeadlineExceededException.class,
                  () ->
                      Deadline.within(
                          Duration.ofDays(1),
                          () -> {
                            Event.create().await();
                            return 1;
                          }));
              Task<Integer> task = pool.submit(() -> 3);
              assertEquals(3, task.await());
            });
  }

  @Test
  void aDeadlockIsReportedAtOnceWithWhoWaitsForWhat() {
    var found =
        assertThrows(
            AssertionError.class,
            () ->
                Explorer.seeds(1)
                    .run(
                        pool -> {
                          Event never = Event.create();
                          TaskGroup.run(group -> group.fork("stuck", () -> never.await()));
                        }));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("deadlock"), message);
    assertTrue(message.contains("'body/group/stuck' waits for Event not set"), message);
    assertTrue(message.contains("'body/group' waits for"), message);
  }

  @Test
  void tasksThatIgnoreTheirCancellationAreAbandoned() {
    assertThrows(
        AssertionError.class,
        () ->
            Explorer.seeds(1)
                .run(
                    pool -> {
                      while (true) {
                        try {
                          Event.create().await();
                        } catch (InterruptedException e) {
                          // on purpose
                        }
                      }
                    }));
  }

  @Test
  void codeThatDoesNotLetGoIsNamed() {
    AtomicBoolean over = new AtomicBoolean();
    try {
      var found =
          assertThrows(
              AssertionError.class,
              () ->
                  Explorer.seeds(1)
                      .patience(Duration.ofMillis(50))
                      .run(
                          pool -> {
                            while (!over.get()) {
                              Thread.onSpinWait();
                            }
                          }));
      assertTrue(String.valueOf(found.getMessage()).contains("does not let the others run"));
      var where = assertInstanceOf(IllegalStateException.class, found.getCause());
      assertNotEquals(0, where.getStackTrace().length);
    } finally {
      over.set(true);
    }
  }

  @Test
  void codeThatGoesRoundForEverIsEnded() {
    var found =
        assertThrows(
            AssertionError.class,
            () ->
                Explorer.seeds(1)
                    .patience(Duration.ofMillis(50))
                    .run(
                        pool -> {
                          while (true) {
                            Kernel.current().step();
                          }
                        }));
    assertTrue(String.valueOf(found.getMessage()).contains("go round for ever"), found::toString);
  }

  @Test
  void theFailureOfTheBodyIsTheCause() {
    Trial.Planned planned = new Trial.Planned("under test");
    var found =
        assertThrows(
            AssertionError.class,
            () ->
                Explorer.seeds(5)
                    .from(40)
                    .run(
                        pool -> {
                          throw planned;
                        }));
    assertEquals(planned, found.getCause());
    assertTrue(String.valueOf(found.getMessage()).contains("seed 40"));
  }

  @Test
  void refusesToExploreNothing() {
    assertThrows(IllegalArgumentException.class, () -> Explorer.seeds(0));
  }
}
