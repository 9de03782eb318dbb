package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Capability;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How failures travel: none lost, none wrapped twice, each with its name and place.
interface FailureContract extends Trial {

  /// A failure that looks like nothing.
  final class Falsey extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// A failure without anything.
    Falsey() {
      super("", null, false, false);
    }
  }

  @Test
  @Tag("EXEC-02")
  default void anyThrowableIsDelivered() throws Exception {
    try (Pool pool = open()) {
      assertFailure(pool.submit(() -> thrower("unchecked")), IllegalStateException.class);
      assertFailure(pool.submit(() -> thrower("checked")), IOException.class);
      assertFailure(pool.submit(() -> thrower("falsey")), Falsey.class);
      assertFailure(pool.submit(() -> thrower("assertion")), AssertionError.class);
      assertFailure(pool.submit(() -> thrower("memory")), OutOfMemoryError.class);
      assertFailure(pool.submit(() -> thrower("linkage")), NoClassDefFoundError.class);
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  private static int thrower(String kind) throws Exception {
    switch (kind) {
      case "unchecked" -> throw new IllegalStateException(kind);
      case "checked" -> throw new IOException(kind);
      case "falsey" -> throw new Falsey();
      case "assertion" -> throw new AssertionError(kind);
      case "memory" -> throw new OutOfMemoryError(kind);
      default -> throw new NoClassDefFoundError(kind);
    }
  }

  private static void assertFailure(Task<?> task, Class<? extends Throwable> expected) {
    var failure = assertThrows(TaskFailedException.class, task::await);
    assertInstanceOf(expected, failure.getCause());
    assertInstanceOf(expected, task.exceptionNow());
  }

  @Test
  @Tag("THREAD-16")
  default void unboundedRecursionFailsTheTaskAndLeavesThePoolUsable() throws Exception {
    try (Pool pool = open()) {
      for (int i = 0; i < 3; i++) {
        assertFailure(pool.submit(() -> recurse(0)), StackOverflowError.class);
        assertEquals(1, pool.submit(() -> 1).await());
      }
    }
  }

  @SuppressWarnings("InfiniteRecursion") // on purpose
  private static int recurse(int depth) {
    return recurse(depth + 1) + 1;
  }

  @Test
  default void theMessageNamesTaskAndPlace() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> call =
          pool.submit(
              "load",
              () -> {
                throw new IOException("disk full");
              });
      assertNamed(assertThrows(TaskFailedException.class, call::await), "load");
      Action action =
          () -> {
            throw new IOException("disk full");
          };
      assertNamed(
          assertThrows(TaskFailedException.class, pool.submit("store", action)::await), "store");
      Task<?> runnable = pool.submit((Runnable) action);
      assertNamed(assertThrows(TaskFailedException.class, runnable::await), runnable.name());
      var grouped =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).name("batch"),
                      group -> group.fork("save", action)));
      assertNamed(grouped, "batch/save");
    }
  }

  private static void assertNamed(TaskFailedException failure, String path) {
    String message = String.valueOf(failure.getMessage());
    assertEquals(path, failure.task());
    assertTrue(message.contains("'" + path + "'"), message);
    assertTrue(failure.place().startsWith("FailureContract.java:"), failure.place());
    assertTrue(message.contains(failure.place()), message);
    assertTrue(message.contains("disk full"), message);
  }

  @Test
  @Tag("GROUP-07")
  default void aFailureIsNotWrappedTwice() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Planned planned = new Planned("once");
      Task<@Nullable Void> inner =
          pool.submit(
              "inner",
              () -> {
                throw planned;
              });
      Task<@Nullable Void> outer = pool.submit("outer", () -> inner.await());
      var failure = assertThrows(TaskFailedException.class, outer::await);
      assertSame(planned, failure.getCause());
      var out =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group ->
                          group.fork(
                              () ->
                                  TaskGroup.run(
                                      options -> options.pool(pool),
                                      deeper ->
                                          deeper
                                              .fork(
                                                  () -> {
                                                    throw planned;
                                                  })
                                              .await()))));
      assertSame(planned, out.getCause());
      assertEquals(0, planned.getSuppressed().length, "nothing sticks to the cause");
    }
  }

  @Test
  default void eachWaiterGetsAnExceptionOfItsOwn() throws Exception {
    try (Pool pool = open()) {
      Task<@Nullable Void> task =
          pool.submit(
              () -> {
                throw new Planned("for all");
              });
      var one = assertThrows(TaskFailedException.class, task::await);
      var two = assertThrows(TaskFailedException.class, task::await);
      assertTrue(one != two, "a shared exception would collect what others add to it");
      assertSame(one.getCause(), two.getCause());
    }
  }

  @Test
  @Tag("GROUP-02")
  default void furtherFailuresAreSuppressedUpToSixteenAndCounted() throws Exception {
    try (Pool pool = open()) {
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).failFast(false),
                      group -> {
                        for (int i = 0; i < 40; i++) {
                          int number = i;
                          group.fork(
                              () -> {
                                throw new Planned("number " + number);
                              });
                        }
                      }));
      assertEquals(40, failure.failures());
      assertEquals(TaskFailedException.MAX_SUPPRESSED, failure.getSuppressed().length);
      assertTrue(
          String.valueOf(failure.getMessage()).contains("39 more failed"), failure.getMessage());
      for (Throwable more : failure.getSuppressed()) {
        assertInstanceOf(
            Planned.class, assertInstanceOf(TaskFailedException.class, more).getCause());
      }
    }
  }

  @Test
  default void cancellationsAreNeverAmongTheFailures() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(4);
      Signal one = Signal.create();
      Signal two = Signal.create();
      Signal three = Signal.create();
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        for (Signal started : List.of(one, two, three)) {
                          group.fork(endless(started));
                        }
                        group.fork(
                            () -> {
                              one.await();
                              two.await();
                              three.await();
                              throw new Planned("the only one");
                            });
                      }));
      assertEquals(1, failure.failures());
      assertEquals(0, failure.getSuppressed().length);
    }
  }

  @Test
  default void aHundredThousandFailuresInOneGroupAreCounted() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Falsey falsey = new Falsey();
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool).failFast(false),
                      group -> {
                        for (int i = 0; i < 100_000; i++) {
                          group.fork(
                              () -> {
                                throw falsey;
                              });
                        }
                      }));
      assertEquals(100_000, failure.failures());
      assertEquals(TaskFailedException.MAX_SUPPRESSED, failure.getSuppressed().length);
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  @Test
  default void failFastWithAHundredThousandForksEnds() throws Exception {
    try (Pool pool = open()) {
      var failure =
          assertThrows(
              TaskFailedException.class,
              () ->
                  TaskGroup.run(
                      options -> options.pool(pool),
                      group -> {
                        for (int i = 0; i < 100_000; i++) {
                          group.fork(
                              () -> {
                                throw new Falsey();
                              });
                        }
                      }));
      assertInstanceOf(Falsey.class, failure.getCause());
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }
}
