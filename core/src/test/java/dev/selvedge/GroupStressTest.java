package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Groups on every kind of pool in this heap, with and without a limit, under recursion, failure
/// and deadlines at random moments. What hangs is found by the time limit, what starts twice or too
/// many at once by the counts, and a leaked interrupt by the next iteration.
@Timeout(60)
final class GroupStressTest {
  private static final int ITERATIONS = 1_500;

  private static final List<Supplier<Pool>> POOLS =
      List.of(
          Pool::virtual,
          () -> Pool.threads(1),
          () -> Pool.threads(2),
          () -> Pool.threads(3),
          () -> Pool.of(ForkJoinPool.commonPool()),
          () -> Pool.of(Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory())));

  @Test
  void nothingHangsNorIsLostOnAnyPoolUnderAnyLimit() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < ITERATIONS; i++) {
      int limit = random.nextInt(3) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(4);
      try (Pool pool = POOLS.get(random.nextInt(POOLS.size())).get()) {
        step(random, pool, limit);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed + ", iteration " + i, e);
      }
    }
  }

  /// A fork waits for room under the limit, not until what was forked before it has begun.
  @Test
  void theOwnerForksUpToTheLimitBeforeAnythingBegins() throws Exception {
    List<Runnable> begun = new ArrayList<>();
    try (Pool pool = Pool.of(begun::add)) {
      List<Task<Integer>> tasks = new ArrayList<>();
      TaskGroup.run(
          o -> o.pool(pool).limit(4),
          g -> {
            for (int i = 0; i < 4; i++) {
              int value = i;
              tasks.add(g.fork(() -> value));
            }
            begun.forEach(Runnable::run);
          });
      assertEquals(4, begun.size());
      assertEquals(List.of(0, 1, 2, 3), Tasks.gather(tasks));
    }
  }

  private static void assertValue(int expected, int actual) {
    assertEquals(expected, actual);
  }

  private static void step(Random random, Pool pool, int limit) throws Exception {
    switch (random.nextInt(6)) {
      case 0 -> assertValue(21, pool.submit(() -> fibonacci(pool, limit, 8)).await());
      case 1 -> assertValue(21, fibonacci(pool, limit, 8));
      case 2 -> crawlsWithinTheLimit(pool, limit);
      case 3 ->
          assertValue(
              10,
              TaskGroup.call(
                  o -> o.pool(pool).limit(limit), g -> g.fork(() -> nest(g, 10)).await()));
      case 4 -> failsInTheMiddle(pool, limit, random.nextInt(50));
      default -> expiresInTheMiddle(pool, limit, random.nextInt(300));
    }
  }

  private static int fibonacci(Pool pool, int limit, int n) throws Exception {
    return n < 2
        ? n
        : TaskGroup.call(
            o -> o.pool(pool).limit(limit),
            g -> {
              Task<Integer> left = g.fork(() -> fibonacci(pool, limit, n - 1));
              Task<Integer> right = g.fork(() -> fibonacci(pool, limit, n - 2));
              return left.await() + right.await();
            });
  }

  private static int nest(TaskGroup group, int depth) throws Exception {
    return depth == 0 ? 0 : 1 + group.fork(() -> nest(group, depth - 1)).await();
  }

  private static void crawlsWithinTheLimit(Pool pool, int limit) throws Exception {
    AtomicInteger pages = new AtomicInteger();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    TaskGroup.run(
        o -> o.pool(pool).limit(limit), g -> g.fork(() -> crawl(g, 4, pages, running, most)));
    assertEquals(121, pages.get());
    assertTrue(most.get() <= limit, () -> most + " at once under a limit of " + limit);
  }

  private static void crawl(
      TaskGroup group, int depth, AtomicInteger pages, AtomicInteger running, AtomicInteger most) {
    most.accumulateAndGet(running.incrementAndGet(), Math::max);
    pages.incrementAndGet();
    for (int link = 0; depth > 0 && link < 3; link++) {
      group.fork(() -> crawl(group, depth - 1, pages, running, most));
    }
    running.decrementAndGet();
  }

  private static void failsInTheMiddle(Pool pool, int limit, int after) throws Exception {
    AtomicInteger pages = new AtomicInteger();
    try {
      TaskGroup.run(
          o -> o.pool(pool).limit(limit),
          g -> {
            g.fork(() -> crawlUntilItFails(g, 5, pages, after));
            Tasks.sleep(Duration.ofDays(1));
          });
    } catch (TaskFailedException e) {
      assertEquals("planned", String.valueOf(e.getCause().getMessage()));
      return;
    }
    throw new AssertionError("the group must fail");
  }

  private static void crawlUntilItFails(
      TaskGroup group, int depth, AtomicInteger pages, int after) {
    if (pages.incrementAndGet() == after + 1) {
      throw new IllegalStateException("planned");
    }
    for (int link = 0; depth > 0 && link < 3; link++) {
      group.fork(() -> crawlUntilItFails(group, depth - 1, pages, after));
    }
  }

  private static void expiresInTheMiddle(Pool pool, int limit, int micros) throws Exception {
    try {
      assertValue(
          34, Deadline.within(Duration.ofNanos(micros * 1_000L), () -> fibonacci(pool, limit, 9)));
    } catch (DeadlineExceededException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("the deadline of 'deadline'"));
    }
    assertFalse(Thread.interrupted(), "the interrupt must not leak out of the scope");
  }
}
