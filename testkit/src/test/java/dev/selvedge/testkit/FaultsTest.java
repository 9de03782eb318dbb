package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.Mutex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultsTest {
  private static final int SEEDS = 50;

  private static void steps(List<Integer> made, int count) {
    for (int i = 1; i <= count; i++) {
      made.add(i);
      Kernel.current().step();
    }
  }

  @Explore(seeds = SEEDS)
  void aTaskIsCancelledAtTheStepThatWasChosen(Pool pool, Faults faults) throws Exception {
    List<Integer> made = new ArrayList<>();
    Mutex mutex = Mutex.create();
    faults.cancel("job", 3);
    Task<@Nullable Void> job =
        pool.submit(
            "job",
            () -> {
              steps(made, 2); // the third step begins when it comes back from here
              mutex.lock();
            });
    job.join();
    assertTrue(job.isCancelled());
    assertEquals(List.of(1, 2), made);
    assertFalse(mutex.isLocked());
    assertEquals(1, faults.struck());
  }

  @Explore(seeds = SEEDS)
  void aTaskThatIsCancelledAtItsFirstStepDoesNotBegin(Pool pool, Faults faults) throws Exception {
    List<Integer> made = new ArrayList<>();
    faults.cancel("job", 1);
    Task<@Nullable Void> job = pool.submit("job", () -> steps(made, 1));
    job.join();
    assertTrue(job.isCancelled());
    assertEquals(List.of(), made);
  }

  @Explore(seeds = SEEDS)
  void aTaskFailsWhereItGoesOn(Pool pool, Faults faults) throws Exception {
    List<Integer> made = new ArrayList<>();
    faults.fail("job", 3, () -> new IllegalStateException("planned"));
    Task<@Nullable Void> job = pool.submit("job", () -> steps(made, 5));
    var failure = assertThrows(TaskFailedException.class, job::await);
    assertInstanceOf(IllegalStateException.class, failure.getCause());
    assertEquals(List.of(1, 2), made);
  }

  @Explore(seeds = SEEDS)
  void aTaskThatWaitsInTheJdkFailsInItsNextOperation(Pool pool, Faults faults) throws Exception {
    var lock = new ReentrantLock();
    Chan<Integer> chan = Chan.bounded(1);
    faults.fail("job", 1, () -> new IllegalStateException("planned"));
    Task<@Nullable Void> job =
        pool.submit(
            "job",
            () -> {
              lock.lock();
              try {
                chan.send(1);
              } finally {
                lock.unlock();
              }
            });
    assertThrows(TaskFailedException.class, job::await);
    assertEquals(0, chan.size());
    assertFalse(lock.isLocked());
  }

  @Explore(seeds = SEEDS)
  void aTaskIsDelayedWhileTheOthersGoOn(Pool pool, Faults faults) throws Exception {
    faults.delay("body/group/late", 1, Duration.ofHours(1));
    List<String> order = new ArrayList<>();
    TaskGroup.run(
        group -> {
          group.fork("late", () -> order.add("late"));
          group.fork("early", () -> order.add("early"));
        });
    assertEquals(List.of("early", "late"), order);
    assertEquals(Duration.ofHours(1).toNanos(), Kernel.current().nanoTime());
  }

  @Test
  void theSeedTriesAllSteps() throws Exception {
    Set<Integer> chosen = new TreeSet<>();
    Explorer.seeds(SEEDS).run(pool -> chosen.add(Faults.of(pool).anyStep(4)));
    assertEquals(Set.of(1, 2, 3, 4), chosen);
  }

  @Test
  void theLanesShowTheFault() {
    var found =
        assertThrows(
            AssertionError.class,
            () ->
                Explorer.seeds(1)
                    .run(
                        pool -> {
                          Faults.of(pool).cancel("job", 1);
                          pool.submit("job", () -> 1).await();
                        }));
    assertTrue(String.valueOf(found.getMessage()).contains("'job' ends  (fault: cancelled)"));
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    Explorer.seeds(1)
        .run(
            pool -> {
              Faults faults = Faults.of(pool);
              assertThrows(IllegalArgumentException.class, () -> faults.cancel("job", 0));
              assertThrows(
                  IllegalArgumentException.class,
                  () -> faults.delay("job", 1, Duration.ofNanos(-1)));
              assertThrows(IllegalArgumentException.class, () -> faults.anyStep(0));
            });
    try (Pool other = Pool.virtual()) {
      assertThrows(IllegalArgumentException.class, () -> Faults.of(other));
    }
  }
}
