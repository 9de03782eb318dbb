package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Schedules of code that waits in the JDK's ways.
@Timeout(60)
@SuppressWarnings("LockNotBeforeTry") // nothing throws in between
class JdkScheduleTest {
  private static final int SEEDS = 100;

  private static void step() {
    Kernel.current().step();
  }

  private static void assertReplays(Explorer.Body body) throws Exception {
    Set<String> traces = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      Explorer.Schedule first = Explorer.replay(seed, body);
      assertEquals(first, Explorer.replay(seed, body));
      traces.add(first.trace());
    }
    assertTrue(traces.size() > SEEDS * 4 / 5, () -> "only " + traces.size() + " different ones");
  }

  @Test
  void locksAndQueuesOfTheJdkReplay() throws Exception {
    assertReplays(
        pool -> {
          var lock = new ReentrantLock();
          var queue = new LinkedBlockingQueue<Integer>(2);
          var permits = new Semaphore(1);
          var done = new CountDownLatch(4);
          for (int i = 0; i < 2; i++) {
            pool.submit(
                () -> {
                  for (int k = 0; k < 10; k++) {
                    lock.lock();
                    step();
                    lock.unlock();
                    queue.put(k);
                  }
                  done.countDown();
                });
            pool.submit(
                () -> {
                  for (int k = 0; k < 10; k++) {
                    queue.take();
                    permits.acquire();
                    step();
                    permits.release();
                  }
                  done.countDown();
                });
          }
          done.await();
        });
  }

  @Test
  void contendedMonitorsReplay() throws Exception {
    Object monitor = new Object();
    assertReplays(
        pool -> {
          int[] count = {0};
          TaskGroup.run(
              group -> {
                for (int i = 0; i < 4; i++) {
                  group.fork(
                      () -> {
                        for (int k = 0; k < 5; k++) {
                          synchronized (monitor) {
                            int seen = count[0];
                            step();
                            count[0] = seen + 1;
                          }
                        }
                      });
                }
              });
          assertEquals(20, count[0]);
        });
  }

  @Test
  void waitsForNotificationsReplay() throws Exception {
    assertReplays(
        pool -> {
          Object monitor = new Object();
          int[] items = {0};
          TaskGroup.run(
              group -> {
                for (int i = 0; i < 3; i++) {
                  group.fork(() -> change(monitor, items, -1));
                  group.fork(() -> change(monitor, items, +1));
                }
              });
          assertEquals(0, items[0]);
        });
  }

  private static void change(Object monitor, int[] items, int by) throws InterruptedException {
    for (int i = 0; i < 4; i++) {
      synchronized (monitor) {
        while (items[0] + by < 0 || items[0] + by > 1) {
          monitor.wait();
        }
        items[0] += by;
        monitor.notifyAll();
      }
    }
  }

  @Test
  @SuppressWarnings("ThreadPriorityCheck") // the order is the schedule's
  void virtualThreadsThatCodeStartsByHandBelongToTheSchedule() throws Exception {
    assertReplays(
        pool -> {
          var queue = new ArrayBlockingQueue<Integer>(1);
          for (int i = 0; i < 3; i++) {
            int number = i;
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        Thread.yield();
                        queue.put(number);
                        Thread.yield();
                        queue.put(number);
                        queue.put(number); // some of them wait for ever, which is nobody's concern
                      } catch (InterruptedException e) {
                        // the schedule is over
                      }
                    });
          }
          for (int i = 0; i < 6; i++) {
            queue.take();
          }
        });
  }

  // ---- deadlocks ------------------------------------------------------------------------------

  private static String deadlock(Explorer.Body body) {
    var found = assertThrows(AssertionError.class, () -> Explorer.seeds(500).run(body));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("deadlock"), message);
    return message;
  }

  /// Two tasks that take two locks in opposite order.
  private static Explorer.Body opposite(Trial.Step leftFirst, Trial.Step rightFirst) {
    return pool ->
        TaskGroup.run(
            group -> {
              group.fork("left first", leftFirst::perform);
              group.fork("right first", rightFirst::perform);
            });
  }

  @Test
  void theCircleOfReentrantLocksIsNamed() {
    String message =
        deadlock(
            pool -> {
              var left = new ReentrantLock();
              var right = new ReentrantLock();
              opposite(() -> lockBoth(left, right), () -> lockBoth(right, left)).run(pool);
            });
    assertTrue(message.contains("wait for each other in a circle"), message);
    assertTrue(
        message.matches(
            "(?s).*'body/group/left first' waits for ReentrantLock#\\d, held by"
                + " 'body/group/right first'\\n      at .*lockBoth.*"),
        message);
    assertTrue(
        message.matches(
            "(?s).*'body/group/right first' waits for ReentrantLock#\\d, held by"
                + " 'body/group/left first'\\n      at .*lockBoth.*"),
        message);
  }

  private static void lockBoth(ReentrantLock one, ReentrantLock two) {
    one.lock();
    step();
    two.lock();
    two.unlock();
    one.unlock();
  }

  @Test
  void theCircleOfMonitorsIsNamed() {
    String message =
        deadlock(
            pool -> {
              Object left = new Object();
              Object right = new Object();
              opposite(() -> enterBoth(left, right), () -> enterBoth(right, left)).run(pool);
            });
    assertTrue(message.contains("wait for each other in a circle"), message);
    assertTrue(
        message.matches(
            "(?s).*'body/group/left first' waits for the monitor of java.lang.Object@\\w+, locked"
                + " by 'body/group/right first' at [^\\n"
                + "]*enterBoth[^\\n"
                + "]*\\n"
                + "      at [^\\n"
                + "]*enterBoth.*"),
        message);
    assertTrue(message.contains("locked by 'body/group/left first' at "), message);
  }

  private static void enterBoth(Object one, Object two) {
    synchronized (one) {
      step();
      synchronized (two) {
        step();
      }
    }
  }

  @Test
  void aWaitForSomethingThatNobodyHoldsIsNoCircle() {
    String message = deadlock(pool -> new CountDownLatch(1).await());
    assertTrue(message.contains("There is no circle"), message);
    assertTrue(message.contains("'body' waits for CountDownLatch#1\n      at "), message);
  }

  // ---- the real clock -------------------------------------------------------------------------

  private static String refusal(Explorer.Body body) {
    var found = assertThrows(AssertionError.class, () -> Explorer.seeds(1).run(body));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("which a strict schedule refuses"), message);
    return message;
  }

  @Test
  void aStrictScheduleRefusesTimedWaitsOfTheJdkWithTheirStack() {
    String here = "at " + JdkScheduleTest.class.getName();
    assertTrue(refusal(pool -> Thread.sleep(Duration.ofDays(1))).contains(here));
    assertTrue(refusal(pool -> poll(Duration.ofDays(1))).contains(here + ".poll("));
    Object monitor = new Object();
    assertTrue(refusal(pool -> doze(monitor)).contains(here + ".doze("));
  }

  private static void poll(Duration time) throws InterruptedException {
    new LinkedBlockingQueue<>().poll(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("WaitNotInLoop") // it is refused
  private static void doze(Object monitor) throws InterruptedException {
    synchronized (monitor) {
      monitor.wait(100_000);
    }
  }

  @Test
  void aTimedWaitThatEndsEarlyIsRefusedToo() {
    refusal(
        pool -> {
          var queue = new LinkedBlockingQueue<Integer>();
          pool.submit(() -> queue.add(1));
          queue.poll(1, TimeUnit.DAYS);
        });
  }

  @Test
  void otherwiseTimedWaitsTakeTheirTimeInTheOrderOfVirtualTime() throws Exception {
    long before = System.nanoTime();
    Explorer.seeds(3)
        .strict(false)
        .run(
            pool -> {
              List<String> order = new ArrayList<>();
              TaskGroup.run(
                  group -> {
                    group.fork(
                        () -> {
                          Thread.sleep(4);
                          order.add("sleep");
                        });
                    group.fork(
                        () -> {
                          poll(Duration.ofMillis(2));
                          order.add("poll");
                        });
                    group.fork(
                        () -> {
                          Event.create().await(Duration.ofMillis(3));
                          order.add("event");
                        });
                  });
              assertEquals(List.of("poll", "event", "sleep"), order);
              assertEquals(4, TimeUnit.NANOSECONDS.toMillis(Kernel.current().nanoTime()));
            });
    assertTrue(System.nanoTime() - before > 3 * 4_000_000L);
  }

  // ---- beside the schedule --------------------------------------------------------------------

  @Test
  void helpersOfTheEventLoopWork() throws Exception {
    Explorer.seeds(10)
        .run(
            pool -> {
              assertEquals(3, EventLoop.offload(() -> 3));
              EventLoop.yieldNow();
              try (Pool threads = Pool.threads(1)) {
                assertEquals(4, threads.submit(() -> 4).await());
              }
            });
  }

  @Test
  void aThreadOutsideIsWaitedForOnlyIfTheScheduleIsNotStrict() throws Exception {
    Explorer.Body body =
        pool -> {
          var done = new CompletableFuture<Integer>();
          Thread waiting = Thread.currentThread();
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    Trial.awaitParked(waiting);
                    LockSupport.parkNanos(5_000_000); // until the schedule has to wait for it
                    done.complete(1);
                  });
          done.join();
        };
    assertTrue(deadlock(body).contains("threads outside of a strict schedule are not waited for"));
    Explorer.seeds(3).strict(false).run(body);
  }
}
