package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.held;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.BrokenPoolException;
import dev.selvedge.Pool;
import dev.selvedge.Schedule;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadsPoolOptionsTest {

  @Test
  @Tag("EXEC-09")
  void aPoolWithoutThreadsIsRefused() {
    var zero = assertThrows(IllegalArgumentException.class, () -> Pool.threads(0));
    assertTrue(String.valueOf(zero.getMessage()).contains("at least 1"), zero.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Pool.threads(-1));
    assertThrows(IllegalArgumentException.class, () -> Pool.named("threads:0"));
    assertThrows(IllegalArgumentException.class, () -> Pool.named("threads:-1"));
    assertThrows(
        IllegalArgumentException.class, () -> Pool.threads(1, options -> options.queue(-1)));
  }

  @Test
  @Tag("EXEC-10")
  void sequentialTasksReuseOneIdleThread() throws Exception {
    AtomicInteger made = new AtomicInteger();
    try (Pool pool = Pool.threads(4, options -> options.initializer(made::incrementAndGet))) {
      Set<Thread> threads = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        Thread worker = pool.submit(() -> Thread.currentThread()).await();
        threads.add(worker);
        awaitIdle(worker);
      }
      assertEquals(1, threads.size());
    }
    assertEquals(1, made.get());
  }

  /// A worker that waits for work, and not for the pool's lock.
  private static void awaitIdle(Thread worker) {
    Trial.eventually(
        () -> worker + " to wait for work",
        () ->
            Stream.of(worker.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("awaitNanos")));
  }

  /// A worker that has just finished may take the ticket for which an idle one was woken. That one
  /// must still count as idle, or what comes next waits beside it.
  @Test
  @Tag("EXEC-11")
  void aWorkerThatWasWokenInVainIsStillIdle() throws Exception {
    for (int round = 0; round < 300; round++) {
      try (Pool pool = Pool.threads(2)) {
        for (int i = 0; i < 50; i++) {
          pool.submit(() -> {});
          pool.submit(() -> {}).await();
        }
        Signal released = Signal.create();
        Task<?> waits = pool.submit(released::await);
        pool.submit(released::set);
        assertTrue(waits.join(Duration.ofSeconds(5)), "a thread slept beside a task");
      }
    }
  }

  @Test
  void aFinishedTaskHasMadeRoomInAFullPool() throws Exception {
    try (Pool pool = Pool.threads(2, options -> options.queue(0))) {
      for (int round = 0; round < 500; round++) {
        TaskGroup.run(
            options -> options.pool(pool).limit(2),
            group -> {
              for (int i = 0; i < 10; i++) {
                group.fork(() -> {});
              }
            });
      }
    }
  }

  @Test
  void whatAWaitingWorkerRanInPlaceLeavesNothingInTheQueue() throws Exception {
    try (Pool pool = Pool.threads(1, options -> options.queue(10))) {
      int sum =
          pool.submit(
                  () ->
                      TaskGroup.<Integer>call(
                          options -> options.pool(pool),
                          group -> {
                            int done = 0;
                            for (int i = 0; i < 1_000; i++) {
                              done += group.fork(() -> 1).await();
                            }
                            return done;
                          }))
              .await();
      assertEquals(1_000, sum);
    }
  }

  @Test
  void aDelayedTaskThatAWorkerAwaitsIsNotRunBeforeItsTime() throws Exception {
    Duration delay = Duration.ofMillis(50);
    try (Pool pool = Pool.threads(1);
        Schedule schedule = Schedule.on(pool)) {
      long waited =
          pool.submit(
                  () -> {
                    long from = System.nanoTime();
                    return schedule.after(delay, () -> System.nanoTime() - from).await();
                  })
              .await();
      assertTrue(waited >= delay.toNanos(), "it ran after " + waited + " ns");
    }
  }

  @Test
  @Tag("EXEC-11")
  void aBacklogMakesThreadsUpToTheMaximum() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    try (Pool pool = Pool.threads(3, options -> options.prefix("grow-"))) {
      Signal release = Signal.create();
      List<Task<String>> running = Trial.occupy(pool, 3, release);
      AtomicInteger ran = new AtomicInteger();
      List<Task<@Nullable Void>> queued = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        queued.add(
            pool.submit(
                () -> {
                  threads.add(Thread.currentThread().getName());
                  ran.incrementAndGet();
                }));
      }
      assertEquals(0, ran.get(), "a fourth thread would have run something");
      release.set();
      for (Task<String> task : running) {
        task.await();
      }
      for (Task<@Nullable Void> task : queued) {
        task.join();
      }
    }
    assertTrue(Set.of("grow-1", "grow-2", "grow-3").containsAll(threads), threads::toString);
  }

  @Test
  @Tag("EXEC-11")
  void aBurstMakesThreadsUpToTheMaximum() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch allBusy = new CountDownLatch(3);
    Signal release = Signal.create();
    try (Pool pool = Pool.threads(3)) {
      for (int i = 0; i < 50; i++) {
        pool.submit(
            () -> {
              threads.add(Thread.currentThread());
              allBusy.countDown();
              release.await();
            });
      }
      assertTrue(allBusy.await(Trial.LONG.toSeconds(), TimeUnit.SECONDS));
      release.set();
    }
    assertEquals(3, threads.size());
  }

  @Test
  @Tag("EXEC-12")
  void theInitializerRunsOnceOnEachThreadBeforeItsFirstTask() throws Exception {
    Set<Thread> initialized = ConcurrentHashMap.newKeySet();
    AtomicInteger times = new AtomicInteger();
    try (Pool pool =
        Pool.threads(
            3,
            options ->
                options.initializer(
                    () -> {
                      times.incrementAndGet();
                      initialized.add(Thread.currentThread());
                    }))) {
      Signal release = Signal.create();
      Trial.occupy(pool, 3, release);
      assertEquals(3, times.get(), "all threads have begun");
      List<Task<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        tasks.add(pool.submit(() -> initialized.contains(Thread.currentThread())));
      }
      release.set();
      for (Task<Boolean> task : tasks) {
        assertTrue(task.await());
      }
    }
    assertEquals(3, times.get());
    assertEquals(3, initialized.size());
  }

  @Test
  @Tag("EXEC-13")
  void anInitializerThatFailsBreaksThePool() throws Exception {
    Signal go = Signal.create();
    Trial.Planned planned = new Trial.Planned("no database");
    Pool pool =
        Pool.threads(
            1,
            options ->
                options.initializer(
                    () -> {
                      go.await();
                      throw planned;
                    }));
    Task<Integer> first = pool.submit(() -> 1);
    Task<Integer> second = pool.submit(() -> 2);
    go.set();
    for (Task<Integer> task : List.of(first, second)) {
      var failure = assertThrows(TaskFailedException.class, task::await);
      var broken = assertInstanceOf(BrokenPoolException.class, failure.getCause());
      assertSame(planned, broken.getCause());
    }
    var refused = assertThrows(BrokenPoolException.class, () -> pool.submit(() -> 3));
    assertSame(planned, refused.getCause());
    assertTrue(String.valueOf(refused.getMessage()).contains("open a new one"));
    pool.close();
    assertTrue(pool.isTerminated());
  }

  @Test
  void aFullQueueRefuses() throws Exception {
    try (Pool pool = Pool.threads(1, options -> options.queue(2))) {
      Signal release = Signal.create();
      List<Task<String>> running = Trial.occupy(pool, 1, release);
      Task<Integer> one = pool.submit(() -> 1);
      Task<Integer> two = pool.submit(() -> 2);
      var full = assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 3));
      assertTrue(String.valueOf(full.getMessage()).contains("is full"), full.getMessage());
      release.set();
      assertEquals("released", running.getFirst().await());
      assertEquals(1, one.await());
      assertEquals(2, two.await());
      assertEquals(4, pool.submit(() -> 4).await());
    }
  }

  @Test
  void threadsHaveThePrefixAndAreDaemonsOrNot() throws Exception {
    try (Pool daemons = Pool.threads(1, options -> options.prefix("bg-").daemon(true));
        Pool users = Pool.threads(1, options -> options.prefix("fg-").daemon(false))) {
      Thread daemon = daemons.submit(() -> Thread.currentThread()).await();
      Thread user = users.submit(() -> Thread.currentThread()).await();
      assertTrue(daemon.isDaemon());
      assertEquals("bg-1", daemon.getName());
      assertTrue(!user.isDaemon());
      assertEquals("fg-1", user.getName());
    }
  }

  @Test
  @Tag("SHUTD-03")
  void closingEndsTheThreads() throws Exception {
    Pool pool = Pool.threads(2);
    Thread worker = pool.submit(() -> Thread.currentThread()).await();
    Task<String> held = pool.submit(held(Signal.create(), released()));
    pool.close();
    assertTrue(held.isDone());
    assertTrue(worker.join(Trial.LONG));
  }

  private static Signal released() {
    Signal signal = Signal.create();
    signal.set();
    return signal;
  }
}
