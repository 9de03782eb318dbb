package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Limit;
import dev.selvedge.sync.Mutex;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a failure tells.
@Timeout(60)
class LanesTest {

  private static String message(Explorer explorer, Explorer.Body body) {
    return String.valueOf(
        assertThrows(AssertionError.class, () -> explorer.run(body)).getMessage());
  }

  @Test
  void aFailureShowsWhoRanWhenAndWaitedForWhat() {
    String message =
        message(
            Explorer.seeds(1).from(1),
            pool -> {
              Mutex mutex = Mutex.create();
              TaskGroup.run(
                  group -> {
                    group.fork(
                        "slow",
                        () -> {
                          mutex.lock();
                          Event.create().await(Duration.ofMinutes(1));
                          mutex.unlock();
                        });
                    group.fork(
                        "next",
                        () -> {
                          mutex.lock();
                          mutex.unlock();
                        });
                  });
              throw new IllegalStateException("planned");
            });
    assertEquals(
        """
        under the schedule of seed 1: java.lang.IllegalStateException: planned

           step        time  1 2 3
              1          0s  *      1 'body' waits for the tasks of 'group'
            2-4          0s  | *    2 'body/group/slow' waits for Event#1
            5-6          0s  | | *  3 'body/group/next' waits for Mutex#1
              7         60s  | * |  2 'body/group/slow' ends
              8         60s  |   *  3 'body/group/next' ends
              9         60s  *      1 'body' ends
        Replay it with Explorer.replay(1, body)\
        """,
        message);
  }

  @Test
  void aLongScheduleIsShortened() {
    String message =
        message(
            Explorer.seeds(1),
            pool -> {
              TaskGroup.run(
                  group -> {
                    for (int i = 0; i < 100; i++) {
                      group.fork(() -> Event.create().await(Duration.ofMillis(1)));
                    }
                  });
              throw new IllegalStateException("planned");
            });
    assertTrue(message.lines().count() < 50, message);
    assertTrue(message.matches("(?s).*\\n +… \\d+ rows …\\n.*"), message);
    assertTrue(message.contains("1 'body' ends"), message);
    assertTrue(message.lines().allMatch(line -> line.length() < 150), message);
  }

  @Test
  void theCircleOfALimitIsNamed() {
    String message =
        message(
            Explorer.seeds(100),
            pool -> {
              Limit limit = Limit.of(2);
              TaskGroup.run(
                  group -> {
                    for (String name : new String[] {"one", "two"}) {
                      group.fork(
                          name,
                          () -> {
                            limit.acquire();
                            limit.acquire();
                            limit.release(2);
                          });
                    }
                  });
            });
    assertTrue(message.contains("wait for each other in a circle"), message);
    assertTrue(message.contains("'body/group/one' waits for Limit#1, held by"), message);
    assertTrue(message.contains("'body/group/two' waits for Limit#1, held by"), message);
  }

  @Test
  void theCircleGoesThroughTasksThatAreAwaited() {
    String message =
        message(
            Explorer.seeds(1),
            pool -> {
              Mutex mutex = Mutex.create();
              mutex.lock();
              pool.submit("needs it", () -> mutex.lock()).await();
            });
    assertTrue(message.contains("'body' waits for the task 'needs it'\n      at "), message);
    assertTrue(
        message.contains("'needs it' waits for Mutex#1, held by 'body'\n      at "), message);
    assertTrue(message.contains("wait for each other in a circle"), message);
  }

  @Test
  void twoRunsOfASeedThatDifferAreFound() {
    int[] runs = {0};
    String message =
        message(
            Explorer.seeds(1).checked(),
            pool -> {
              if (runs[0]++ == 1) {
                Kernel.current().step();
              }
            });
    assertTrue(message.contains("the same seed gave two schedules: step 2 was not there"), message);
    assertTrue(message.contains("'body' of 1 that could run at 0s in the second"), message);
  }

  @Test
  void twoRunsOfASeedThatAreTheSameAreFine() throws Exception {
    int[] runs = {0};
    Explorer.seeds(5).checked().run(pool -> runs[0]++);
    assertEquals(10, runs[0]);
  }
}
