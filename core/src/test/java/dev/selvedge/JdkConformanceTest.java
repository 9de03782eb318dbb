package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.Thread.UncaughtExceptionHandler;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the documentation says of threads where a task, a pool or the JDK's own class is the
/// answer.
@Timeout(30)
class JdkConformanceTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  @Tag("THREAD-01")
  void aTaskRunsOnceWithWhatItCapturedOnAnotherThread() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    String argument = "argument";
    try (Pool pool = Pool.threads(1)) {
      Task<Thread> task =
          pool.submit(
              () -> {
                assertEquals("argument", argument);
                runs.incrementAndGet();
                return Thread.currentThread();
              });
      assertNotSame(Thread.currentThread(), task.await(LONG));
    }
    assertEquals(1, runs.get());
  }

  @Test
  @Tag("THREAD-03")
  void joiningAThreadThatWasNeverStartedFailsAtOnce() {
    Thread unstarted = Thread.ofPlatform().unstarted(() -> {});
    assertThrows(IllegalThreadStateException.class, () -> unstarted.join(LONG));
  }

  @Test
  @Tag("THREAD-04")
  void aTaskThatWaitsForItselfFailsAtOnce() {
    try (Pool pool = Pool.virtual()) {
      Task<?> self = pool.submit(() -> Tasks.current().orElseThrow().await());
      TaskFailedException e = assertThrows(TaskFailedException.class, () -> self.await(LONG));
      assertInstanceOf(IllegalStateException.class, e.getCause());
    }
  }

  @Test
  @Tag("THREAD-05")
  void aTimedJoinReturnsFalseAndTheTaskGoesOn() throws Exception {
    Event end = Event.create();
    try (Pool pool = Pool.virtual()) {
      Task<?> task = pool.submit(() -> end.await());
      assertFalse(task.join(Duration.ofMillis(5)));
      assertFalse(task.isDone());
      end.set();
      assertTrue(task.join(LONG));
    }
  }

  @Test
  @Tag("THREAD-06")
  void manyTasksMayJoinTheSameOne() throws Exception {
    Event end = Event.create();
    try (Pool pool = Pool.virtual()) {
      Task<String> task =
          pool.submit(
              () -> {
                end.await();
                return "value";
              });
      List<Task<String>> joiners = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        joiners.add(pool.submit(() -> task.await()));
      }
      end.set();
      assertEquals(50, Tasks.gather(joiners).size());
    }
  }

  @Test
  @Tag("THREAD-10")
  void aThreadThatRunsCannotBecomeADaemon() throws Exception {
    Event end = Event.create();
    Thread thread =
        Thread.ofPlatform()
            .daemon(false)
            .start(
                () -> {
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThrows(IllegalThreadStateException.class, () -> thread.setDaemon(true));
    end.set();
    assertTrue(thread.join(LONG));
  }

  @Test
  @Tag("THREAD-15")
  void aForeignThreadKnowsItselfAndCanWaitForTasks() throws Exception {
    try (Pool pool = Pool.virtual()) {
      Task<String> task = pool.submit(() -> "value");
      CompletableFuture<String> foreign =
          CompletableFuture.supplyAsync(
              () -> {
                assertTrue(Thread.currentThread().isAlive());
                assertTrue(Thread.currentThread().threadId() > 0);
                assertTrue(Tasks.current().isEmpty(), "a foreign thread runs no task");
                try {
                  return task.await();
                } catch (InterruptedException | TaskFailedException e) {
                  throw new AssertionError(e);
                }
              });
      assertEquals("value", foreign.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  @Tag("THREAD-16")
  void unboundedRecursionFailsTheTaskAndLeavesTheWorker() throws Exception {
    try (Pool pool = Pool.threads(1)) {
      Task<Integer> deep = pool.submit(() -> endless(0));
      assertInstanceOf(StackOverflowError.class, Tasks.failure(deep, LONG).orElseThrow());
      assertEquals("still here", pool.submit(() -> "still here").await(LONG));
    }
  }

  @SuppressWarnings("InfiniteRecursion") // that is the point
  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  @Test
  @Tag("THREAD-17")
  void aTaskThatIsDoneKeepsNothingThatItCaptured() throws Exception {
    try (Pool pool = Pool.virtual()) {
      byte[] captured = new byte[1 << 20];
      WeakReference<byte[]> reference = new WeakReference<>(captured);
      Task<Integer> task = submitLength(pool, captured);
      captured = new byte[0];
      assertEquals(1 << 20, task.await(LONG));
      while (reference.get() != null) { // the time limit of the test ends this
        System.gc();
        Thread.onSpinWait();
      }
      assertNull(reference.get());
      assertTrue(task.isDone());
      assertEquals(0, captured.length);
    }
  }

  private static Task<Integer> submitLength(Pool pool, byte[] bytes) {
    return pool.submit(() -> bytes.length);
  }

  private record Reported(Thread thread, Throwable failure) {}

  @Test
  @Tag("HOOK-02")
  void aReplacedHookReceivesTheThreadAndTheFailureWithItsStack() throws Exception {
    LinkedBlockingQueue<Reported> reported = new LinkedBlockingQueue<>();
    LinkedBlockingQueue<Thread> runner = new LinkedBlockingQueue<>();
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> reported.add(new Reported(thread, failure)));
    try (Pool pool = Pool.threads(1)) {
      pool.execute(
          (Action)
              () -> {
                runner.add(Thread.currentThread());
                throw new IOException("broken");
              });
      Reported one = reported.take();
      assertSame(runner.take(), one.thread());
      assertInstanceOf(IOException.class, one.failure());
      assertTrue(one.failure().getStackTrace().length > 0);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertEquals(0, reported.size());
  }

  @Test
  @Tag("HOOK-03")
  void aHookThatThrowsIsReportedAndNothingElseIsAffected() throws Exception {
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    PrintStream errors = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          throw new IllegalStateException("the hook is broken");
        });
    try (Pool pool = Pool.threads(1)) {
      pool.execute(
          (Action)
              () -> {
                throw new IOException("the work is broken");
              });
      assertEquals("still here", pool.submit(() -> "still here").await(LONG));
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
      System.setErr(errors);
    }
    String all = written.toString(StandardCharsets.UTF_8);
    assertTrue(all.contains("the work is broken") && all.contains("the hook is broken"), all);
  }
}
