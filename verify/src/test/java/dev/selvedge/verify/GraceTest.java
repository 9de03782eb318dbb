package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A task that ignores its cancellation is named in the log, with its stack.
@Timeout(30)
class GraceTest {
  private final Logger log = Logger.getLogger("dev.selvedge");
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          messages.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    log.addHandler(handler);
    log.setUseParentHandlers(false);
  }

  @AfterEach
  void stopListening() {
    log.removeHandler(handler);
    log.setUseParentHandlers(true);
  }

  @Test
  void aTaskThatSwallowsItsCancellationIsLoggedWithItsStackAfterTheGrace() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TaskGroup.run(
        options -> options.name("load").grace(Duration.ofMillis(1)),
        group -> {
          Task<String> deaf =
              group.fork(
                  "deaf",
                  () -> {
                    started.countDown();
                    swallow(release);
                    return "done all the same";
                  });
          started.await();
          group.cancel("enough");
          String warning = String.valueOf(messages.poll(20, TimeUnit.SECONDS));
          assertTrue(warning.contains("load/deaf"), warning);
          assertTrue(warning.contains("enough"), warning);
          assertTrue(warning.contains("swallow"), warning);
          release.countDown();
          assertEquals("done all the same", deaf.await(), "a value that is returned wins");
        });
  }

  private static void swallow(CountDownLatch release) {
    while (release.getCount() > 0) {
      try {
        release.await();
      } catch (InterruptedException e) {
        // as code does that nobody can stop
      }
    }
  }
}
