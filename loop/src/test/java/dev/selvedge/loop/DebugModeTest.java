package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DebugModeTest {
  private static EventLoop open() {
    return EventLoop.open(
        options -> options.name("watched").debug(true).slowStep(Duration.ofMillis(20)));
  }

  private static volatile boolean released;

  private static void spinUntilReleased() {
    while (!released) {
      Thread.onSpinWait();
    }
  }

  @Test
  @Tag("DEBUG-01")
  void aCoroutineThatNeverWaitsIsNamedWithItsStackWhileItRuns() throws Exception {
    released = false;
    try (Warnings warnings = new Warnings();
        EventLoop loop = open()) {
      Task<?> hog = loop.submit("hog", () -> spinUntilReleased());
      String warning =
          warnings.await(m -> m.startsWith("'hog' has held the event loop 'watched' for"));
      assertTrue(warning.contains("DebugModeTest.spinUntilReleased"), warning);
      released = true;
      hog.await();
      warnings.await(m -> m.startsWith("a step of 'hog' held the event loop 'watched' for"));
    }
  }

  @Test
  @Tag("DEBUG-01")
  void aStepThatTookLongIsToldWithItsTime() throws Exception {
    try (Warnings warnings = new Warnings();
        EventLoop loop = open()) {
      loop.submit(
          "slow",
          () -> {
            long end = System.nanoTime() + 30_000_000;
            while (System.nanoTime() - end < 0) {
              Thread.onSpinWait();
            }
            Thread.sleep(1); // ends the step, not the task
          });
      String warning =
          warnings.await(m -> m.startsWith("a step of 'slow' held the event loop 'watched' for"));
      long millis = Long.parseLong(warning.replaceAll("\\D", ""));
      assertTrue(millis >= 30, warning);
    }
  }

  @Test
  void waitsAreNoSlowSteps() throws Exception {
    try (Warnings warnings = new Warnings();
        EventLoop loop =
            EventLoop.open(
                options -> options.name("patient").debug(true).slowStep(Duration.ofSeconds(1)))) {
      loop.submit(() -> Thread.sleep(1_500)).await(); // longer than a step may take
      assertTrue(warnings.messages().stream().noneMatch(m -> m.contains("patient")));
    }
  }

  @Test
  @Tag("DEBUG-03")
  void whatFailsTellsWhereItWasSubmitted() throws Exception {
    try (EventLoop loop = open()) {
      Task<?> task = loop.submit(() -> fail());
      assertOrigin(assertThrows(TaskFailedException.class, task::await));
      loop.submit(
              () ->
                  assertOrigin(
                      assertThrows(
                          TaskFailedException.class,
                          () -> TaskGroup.run(group -> group.fork(() -> fail())))))
          .await();
    }
  }

  private static void fail() {
    throw new IllegalArgumentException("broken");
  }

  private static void assertOrigin(TaskFailedException failed) {
    Throwable origin = failed.getCause().getSuppressed()[0];
    assertEquals("submitted here", origin.getMessage());
    assertTrue(
        List.of(origin.getStackTrace()).stream()
            .anyMatch(frame -> frame.getMethodName().contains("whatFailsTellsWhereItWasSubmitted")),
        "the test is on the stack");
  }

  @Test
  void aSlowStepNeedsAPositiveTime() {
    assertThrows(
        IllegalArgumentException.class,
        () -> EventLoop.open(options -> options.slowStep(Duration.ZERO)));
  }
}
