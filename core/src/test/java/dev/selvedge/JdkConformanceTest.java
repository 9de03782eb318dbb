package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the documentation says of threads where the JDK's own class is the answer.
@Timeout(30)
class JdkConformanceTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  @Tag("THREAD-03")
  void joiningAThreadThatWasNeverStartedFailsAtOnce() {
    Thread unstarted = Thread.ofPlatform().unstarted(() -> {});
    assertThrows(IllegalThreadStateException.class, () -> unstarted.join(LONG));
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
}
