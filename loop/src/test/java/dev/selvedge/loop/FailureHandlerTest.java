package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskLocals;
import dev.selvedge.Tasks;
import java.io.IOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FailureHandlerTest {
  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  private record Report(String task, Throwable failure) {}

  private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>();

  private EventLoop open() {
    return EventLoop.open(
        options -> options.onFailure((task, failure) -> reports.add(new Report(task, failure))));
  }

  private static Action failing(Exception failure) {
    return () -> {
      throw failure;
    };
  }

  @Test
  @Tag("EXH-01")
  void aFailureOfACallbackGoesToTheHandlerAndTheLoopGoesOn() throws Exception {
    var failure = new IOException("broken");
    try (EventLoop loop = open()) {
      loop.callSoon(failing(failure));
      assertSame(failure, reports.take().failure());
      loop.callLater(Duration.ZERO, failing(failure));
      Report report = reports.take();
      assertSame(failure, report.failure());
      assertTrue(report.task().startsWith("task-"), report.task());
      assertEquals(1, loop.submit(() -> 1).await());
    }
  }

  @Test
  @Tag("EXH-02")
  void withoutAHandlerTheThreadsDefaultOneGetsIt() throws Exception {
    var failure = new IOException("broken");
    BlockingQueue<Throwable> byDefault = new LinkedBlockingQueue<>();
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> byDefault.add(thrown));
    try (EventLoop loop =
        EventLoop.open(options -> options.onFailure((t, f) -> reports.clear()).onFailure(null))) {
      loop.callSoon(failing(failure));
      assertSame(failure, byDefault.take());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  @Tag("EXH-03")
  void aHandlerThatFailsIsReportedAndTheDefaultOneGetsTheFailure() throws Exception {
    var failure = new IOException("broken");
    BlockingQueue<Throwable> byDefault = new LinkedBlockingQueue<>();
    UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> byDefault.add(thrown));
    try (Warnings warnings = new Warnings();
        EventLoop loop =
            EventLoop.open(
                options ->
                    options
                        .name("odd")
                        .onFailure(
                            (task, thrown) -> {
                              throw new IllegalStateException("no disk");
                            }))) {
      loop.callSoon(failing(failure));
      assertSame(failure, byDefault.take());
      assertEquals("no disk", failure.getSuppressed()[0].getMessage());
      warnings.await(message -> message.contains("'odd'") && message.contains("no disk"));
      assertEquals(1, loop.submit(() -> 1).await());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  @Tag("EXH-04")
  void aFailureThatNobodyAsksForIsReportedWhenItsTaskIsUnreachable() throws Exception {
    var failure = new IOException("lost");
    try (EventLoop loop = open()) {
      loop.submit("forgotten", failing(failure));
      Report report = null;
      while (report == null) {
        System.gc();
        report = reports.poll();
      }
      assertEquals(new Report("forgotten", failure), report);
    }
  }

  @Test
  @Tag("EXH-04")
  void aFailureThatSomebodyAskedForOrACancelledTaskIsNotReported() throws Exception {
    try (EventLoop loop = open()) {
      awaited(loop);
      cancelled(loop);
      loop.submit("last", failing(new IOException("last")));
      Report report = null;
      while (report == null) { // those before it were collected with it, or earlier
        System.gc();
        report = reports.poll();
      }
      assertEquals("last", report.task());
      System.gc();
    }
    assertEquals(List.of(), new ArrayList<>(reports));
  }

  @Test
  @Tag("SHIELD-02")
  void theFailureBehindACancelledShieldIsReported() throws Exception {
    var failure = new IOException("behind the shield");
    try (EventLoop loop = open()) {
      shieldedAndGivenUp(loop, failure);
      Report report = null;
      while (report == null) {
        System.gc();
        report = reports.poll(1, TimeUnit.MILLISECONDS);
      }
      assertEquals(new Report("shielded", failure), report);
    }
  }

  private static void shieldedAndGivenUp(EventLoop loop, Exception failure) throws Exception {
    var go = new CountDownLatch(1);
    Task<?> task =
        loop.submit(
            "shielded",
            () -> {
              go.await();
              throw failure;
            });
    Task<?> shield = Tasks.shield(task);
    assertTrue(shield.cancel("not needed"));
    go.countDown();
    task.join();
    assertTrue(shield.isCancelled());
  }

  private static void awaited(EventLoop loop) {
    Task<?> task = loop.submit(failing(new IOException("seen")));
    assertThrows(TaskFailedException.class, task::await);
  }

  private static void cancelled(EventLoop loop) throws InterruptedException {
    var started = new CountDownLatch(1);
    Task<?> task =
        loop.submit(
            () -> {
              started.countDown();
              try {
                Thread.sleep(Duration.ofDays(1));
              } catch (InterruptedException e) {
                throw new IOException("while it was cancelled");
              }
            });
    started.await();
    task.cancel(true);
    task.join();
  }

  @Test
  @Tag("EXH-06")
  void theHandlerSeesTheContextOfTheTask() throws Exception {
    TaskLocals.register(USER);
    BlockingQueue<String> users = new LinkedBlockingQueue<>();
    try (EventLoop loop =
        EventLoop.open(
            options -> options.onFailure((task, failure) -> users.add(USER.orElse("nobody"))))) {
      ScopedValue.where(USER, "ada").run(() -> loop.callSoon(failing(new IOException())));
      assertEquals("ada", users.take());
      ScopedValue.where(USER, "bob")
          .run(() -> loop.callLater(Duration.ofMillis(1), failing(new IOException())));
      assertEquals("bob", users.take());
      ScopedValue.where(USER, "eve").run(() -> loop.submit(failing(new IOException())));
      String user = null;
      while (user == null) {
        System.gc();
        user = users.poll();
      }
      assertEquals("eve", user);
    }
  }
}
