package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.CancelReason;
import dev.selvedge.Outcome;
import dev.selvedge.Pool;
import dev.selvedge.Results;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [Results] and [Outcome] promise.
interface MappingContract extends Trial {

  /// {@return the numbers from zero}
  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /// Numbers without an end, which count how many were read.
  final class Counter implements Iterable<Integer> {
    private int read;

    @Override
    public Iterator<Integer> iterator() {
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return true;
        }

        @Override
        public Integer next() {
          return read++;
        }
      };
    }
  }

  @Test
  @Tag("EXEC-03")
  default void resultsComeInTheOrderOfTheInputs() throws Exception {
    try (Pool pool = open();
        Results<Integer> results =
            pool.map(
                numbers(1_000),
                x -> {
                  if (x % 7 == 0) {
                    LockSupport.parkNanos(1_000);
                  }
                  return x * 2;
                })) {
      List<Integer> doubled = results.toList();
      assertEquals(numbers(1_000).stream().map(x -> x * 2).toList(), doubled);
      assertThrows(UnsupportedOperationException.class, () -> doubled.add(1));
    }
  }

  @Test
  default void mapsNothingToNothing() throws Exception {
    try (Pool pool = open();
        Results<Integer> results = pool.map(List.<Integer>of(), x -> x)) {
      assertFalse(results.hasNext());
      assertThrows(NoSuchElementException.class, results::next);
      assertThrows(NoSuchElementException.class, results::next);
    }
  }

  @Test
  @Tag("EXEC-05")
  default void theFirstWindowIsStartedAtOnceAndRunsUnread() throws Exception {
    try (Pool pool = open()) {
      Signal third = Signal.create();
      Signal gate = Signal.create();
      needsParallelism(1);
      Results<Integer> results =
          pool.map(
              List.of(1, 2, 3),
              x -> {
                if (x == 3) {
                  third.set();
                }
                return x;
              });
      third.await(); // nobody has read anything
      gate.set();
      assertEquals(List.of(1, 2, 3), results.toList());
    }
  }

  @Test
  default void theWindowBoundsInfiniteInputs() throws Exception {
    try (Pool pool = open()) {
      Counter inputs = new Counter();
      try (Results<Integer> results = pool.map(inputs, x -> x)) {
        assertTrue(inputs.read > 0, "the first window is started at once");
        for (int i = 0; i < 3 * pool.window() + 5; i++) {
          assertTrue(inputs.read - i <= pool.window(), "read ahead: " + (inputs.read - i));
          assertTrue(results.hasNext());
          assertEquals(i, results.next());
        }
      }
    }
  }

  @Test
  default void aSlowConsumerHoldsUpTheProducer() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicInteger started = new AtomicInteger();
      try (Results<Integer> results =
          pool.map(
              new Counter(),
              x -> {
                started.incrementAndGet();
                return x;
              })) {
        for (int i = 0; i < 50; i++) {
          results.next();
          assertTrue(started.get() <= i + 1 + pool.window(), "started " + started.get());
        }
      }
    }
  }

  @Test
  default void inputsAreReadOnTheConsumersThread() throws Exception {
    try (Pool pool = open()) {
      Set<Thread> readers = new HashSet<>();
      Iterable<Integer> inputs =
          () ->
              new Iterator<>() {
                private int next;

                @Override
                public boolean hasNext() {
                  readers.add(Thread.currentThread());
                  return next < 2_000;
                }

                @Override
                public Integer next() {
                  return next++;
                }
              };
      assertEquals(2_000, pool.map(inputs, x -> x).toList().size());
      assertEquals(Set.of(Thread.currentThread()), readers);
    }
  }

  @Test
  @Tag("EXEC-06")
  default void afterAFailureTheNextElementsFollow() throws Exception {
    try (Pool pool = open();
        Results<Integer> results = pool.map(List.of(1, 0, 2, 0), x -> 4 / x)) {
      assertEquals(4, results.next());
      var failure = assertThrows(TaskFailedException.class, results::next);
      assertInstanceOf(ArithmeticException.class, failure.getCause());
      assertTrue(failure.place().startsWith("MappingContract.java:"), failure.place());
      assertTrue(results.hasNext());
      assertEquals(2, results.next());
      assertThrows(TaskFailedException.class, results::next);
      assertFalse(results.hasNext());
      assertThrows(NoSuchElementException.class, results::next);
    }
  }

  @Test
  @Tag("EXEC-07")
  default void aTimeoutOfTheFunctionIsTheElementsFailure() throws Exception {
    try (Pool pool = open();
        Results<Integer> results =
            pool.map(
                List.of(1, 2),
                x -> {
                  if (x == 1) {
                    throw new TimeoutException("of the function");
                  }
                  return x;
                })) {
      var failure = assertThrows(TaskFailedException.class, results::next);
      assertInstanceOf(TimeoutException.class, failure.getCause());
      assertEquals(2, results.next());
    }
  }

  @Test
  default void toListAndForEachStopAtTheFirstFailureAndClose() throws Exception {
    try (Pool pool = open()) {
      Results<Integer> listed = pool.map(new Counter(), x -> 10 / (5 - x));
      assertThrows(TaskFailedException.class, listed::toList);
      assertFalse(listed.hasNext());
      List<Integer> seen = new ArrayList<>();
      Results<Integer> each = pool.map(new Counter(), x -> 10 / (5 - x));
      assertThrows(TaskFailedException.class, () -> each.forEach(seen::add));
      assertEquals(List.of(2, 2, 3, 5, 10), seen);
      assertFalse(each.hasNext());
      Results<Integer> stopped = pool.map(new Counter(), x -> x);
      assertThrows(
          Planned.class,
          () ->
              stopped.forEach(
                  x -> {
                    if (x == 3) {
                      throw new Planned("the consumer's own");
                    }
                  }));
      assertFalse(stopped.hasNext());
    }
  }

  @Test
  default void closingCancelsWhatIsInFlightAndWaits() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal stopped = Signal.create();
      Results<Integer> results =
          pool.map(
              List.of(1),
              x -> {
                started.set();
                try {
                  Signal.create().await();
                } finally {
                  stopped.set();
                }
                return x;
              });
      started.await();
      results.close();
      assertTrue(stopped.isSet());
      results.close();
      assertFalse(results.hasNext());
      var thrown = assertThrows(NoSuchElementException.class, results::next);
      assertTrue(String.valueOf(thrown.getMessage()).contains("closed"), thrown.getMessage());
    }
  }

  @Test
  default void anInterruptedReaderLosesNoElement() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      try (Results<String> results =
          pool.map(
              List.of("a", "b"),
              x -> {
                started.set();
                release.await();
                return x;
              })) {
        started.await();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, results::next);
        release.set();
        assertEquals("a", results.next());
        assertEquals("b", results.next());
      }
    }
  }

  @Test
  default void asCompletedTellsEachOutcomeOnceWithItsInput() throws Exception {
    try (Pool pool = open()) {
      Set<Integer> seen = new HashSet<>();
      int failures = 0;
      try (Results<Outcome<Integer, Integer>> outcomes =
          pool.asCompleted(
              numbers(500),
              x -> {
                if (x % 100 == 0) {
                  throw new Planned("element " + x);
                }
                return x + 1;
              })) {
        while (outcomes.hasNext()) {
          Outcome<Integer, Integer> outcome = outcomes.next();
          assertTrue(seen.add(outcome.input()));
          switch (outcome) {
            case Outcome.Success<Integer, Integer>(Integer input, Integer value) ->
                assertEquals(input + 1, value);
            case Outcome.Failure<Integer, Integer>(Integer input, Throwable failure) -> {
              failures++;
              assertEquals(
                  "element " + input, assertInstanceOf(Planned.class, failure).getMessage());
            }
            case Outcome.Cancelled<Integer, Integer>(Integer input, CancelReason why) ->
                throw new AssertionError(input + " was cancelled: " + why);
          }
        }
      }
      assertEquals(500, seen.size());
      assertEquals(5, failures);
    }
  }

  @Test
  default void asCompletedComesInTheOrderOfCompletion() throws Exception {
    try (Pool pool = open()) {
      needsParallelism(2);
      Signal release = Signal.create();
      try (Results<Outcome<String, String>> outcomes =
          pool.asCompleted(
              List.of("slow", "quick"),
              x -> {
                if (x.equals("slow")) {
                  release.await();
                }
                return x;
              })) {
        assertEquals("quick", outcomes.next().input());
        release.set();
        assertEquals("slow", outcomes.next().input());
        assertFalse(outcomes.hasNext());
      }
    }
  }

  @Test
  default void asCompletedKeepsToTheWindowToo() throws Exception {
    try (Pool pool = open()) {
      Counter inputs = new Counter();
      try (Results<Outcome<Integer, Integer>> outcomes = pool.asCompleted(inputs, x -> x)) {
        for (int i = 0; i < 2 * pool.window() + 5; i++) {
          assertTrue(inputs.read - i <= pool.window(), "read ahead: " + (inputs.read - i));
          outcomes.next();
        }
      }
    }
  }

  @Test
  default void manyElementsGoThrough() throws Exception {
    try (Pool pool = open()) {
      long[] sum = {0};
      pool.map(numbers(20_000), x -> x).forEach(x -> sum[0] += x);
      assertEquals(20_000L * 19_999 / 2, sum[0]);
    }
  }

  // ---- inputs that fail -----------------------------------------------------------------------

  /// Numbers from zero, and an exception in place of one of them.
  private static Iterable<Integer> broken(int at) {
    return () ->
        new Iterator<>() {
          private int read;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            if (read == at) {
              throw new UncheckedIOException(new IOException("input " + at));
            }
            return read++;
          }
        };
  }

  private static void readsThreeAndThenTheFailure(Results<Integer> results) throws Exception {
    try (results) {
      for (int i = 0; i < 3; i++) {
        assertTrue(results.hasNext());
        assertEquals(i, results.next());
      }
      assertTrue(results.hasNext(), "the failure is yet to come");
      var thrown = assertThrows(UncheckedIOException.class, results::next);
      assertTrue(String.valueOf(thrown.getMessage()).contains("input 3"), thrown.getMessage());
      assertFalse(results.hasNext());
      assertThrows(NoSuchElementException.class, results::next);
    }
  }

  @Test
  default void whatTheInputsThrowComesInItsPlaceBehindTheResults() throws Exception {
    try (Pool pool = open()) {
      readsThreeAndThenTheFailure(pool.map(broken(3), x -> x));
      TaskGroup.run(
          options -> options.pool(pool),
          group -> readsThreeAndThenTheFailure(group.map(broken(3), x -> x)));
      assertThrows(UncheckedIOException.class, () -> pool.map(broken(0), x -> x).toList());
      assertEquals(1, pool.submit(() -> 1).await(), "the pool stays usable");
    }
  }

  @Test
  default void whatTheInputsThrowComesBehindAllOutcomes() throws Exception {
    try (Pool pool = open();
        Results<Outcome<Integer, Integer>> outcomes = pool.asCompleted(broken(3), x -> x)) {
      Set<Integer> values = new HashSet<>();
      for (int i = 0; i < 3; i++) {
        values.add(assertInstanceOf(Outcome.Success.class, outcomes.next()).input().hashCode());
      }
      assertEquals(Set.of(0, 1, 2), values);
      assertThrows(UncheckedIOException.class, outcomes::next);
      assertFalse(outcomes.hasNext());
    }
  }

  @Test
  default void inputsThatFailLeaveNoTaskBehind() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Results<String> results =
          pool.map(
              broken(1),
              x -> {
                started.set();
                release.await();
                return "released";
              });
      started.await();
      results.close();
      assertTrue(((AbstractPool) pool).tasks().isEmpty());
    }
  }
}
