package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.TaskFailedException;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SerializingPoolTest extends PoolContract {
  @Override
  public Pool open() {
    return new SerializingPool();
  }

  @Test
  void tasksSeeCopies() throws Exception {
    try (Pool pool = open()) {
      ArrayList<String> list = new ArrayList<>(List.of("here"));
      ArrayList<String> back =
          pool.submit(
                  () -> {
                    list.add("there");
                    return list;
                  })
              .await();
      assertEquals(List.of("here"), list);
      assertEquals(List.of("here", "there"), back);
      assertNotSame(list, back);
    }
  }

  /// Stands for a program in a compact source file: no fields, not serializable.
  static final class Program {
    int helper(int x) {
      return x + 1;
    }

    Call<Integer> work() {
      return () -> helper(41);
    }
  }

  @Test
  void anObjectWithoutFieldsTravelsAsThis() throws Exception {
    try (Pool pool = open()) {
      assertEquals(42, pool.submit(new Program().work()).await());
    }
  }

  @Test
  void pathsOptionalsAndCharsetsTravel() throws Exception {
    try (Pool pool = open()) {
      Path path = Path.of("a", "b");
      Optional<Path> maybe = Optional.of(path);
      var charset = StandardCharsets.UTF_16;
      assertEquals(
          List.of(path, maybe, charset, Optional.empty()),
          pool.submit(() -> new ArrayList<>(List.of(path, maybe, charset, Optional.empty())))
              .await());
    }
  }

  @Test
  void whatCannotTravelIsRefusedByTheNameOfItsVariable() {
    try (Pool pool = open()) {
      long wide = 7;
      Thread worker = Thread.currentThread();
      var refused =
          assertThrows(
              RejectedExecutionException.class, () -> pool.submit(() -> worker.getName() + wide));
      assertMentions(
          refused, "the captured variable 'worker'", "java.lang.Thread", "shares the heap");
    }
  }

  /// Holds what cannot travel.
  record Job(String name, Supplier<String> source, Object lock) implements java.io.Serializable {}

  @Test
  void theMessageNamesWhatIsInside() {
    try (Pool pool = open()) {
      Job locked = new Job("job", String::new, new Object());
      Job lambda = new Job("job", () -> "x", "lock");
      assertMentions(
          assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> lambda.name())),
          "the captured variable 'lambda'",
          "declare it as Call, Action, Fn");
      Job holder =
          new Job("job", (Supplier<String> & java.io.Serializable) () -> "x", new Object());
      assertMentions(
          assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> holder.name())),
          "the captured variable 'holder'",
          "holds a java.lang.Object");
      assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> locked.name()));
    }
  }

  private final ReentrantLock state = new ReentrantLock();
  private final Thread owner = Thread.currentThread();

  @Test
  void aThisWithFieldsIsRefusedAndSaysSo() {
    try (Pool pool = open()) {
      var refused =
          assertThrows(
              RejectedExecutionException.class,
              () -> pool.submit(() -> owner.isAlive() && state.isLocked()));
      assertMentions(refused, "'this'", SerializingPoolTest.class.getName());
    }
  }

  @Test
  void aPlainCallableIsRefused() {
    try (Pool pool = open()) {
      Callable<Integer> plain = () -> 1;
      Runnable runnable = () -> {};
      assertMentions(
          assertThrows(RejectedExecutionException.class, () -> pool.submit(plain)),
          "declare it as Call");
      assertThrows(RejectedExecutionException.class, () -> pool.submit(runnable));
      assertThrows(RejectedExecutionException.class, () -> pool.execute(runnable));
      assertThrows(RejectedExecutionException.class, () -> pool.submit(runnable, "x"));
    }
  }

  @Test
  void aRefusalLeavesNothingBehind() throws Exception {
    Pool pool = open();
    Thread captured = Thread.currentThread();
    assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> captured.getName()));
    pool.shutdown();
    assertTrue(pool.isTerminated());
  }

  @Test
  void aValueThatCannotTravelFailsItsTask() throws Exception {
    try (Pool pool = open()) {
      var task = pool.submit(() -> Thread.currentThread());
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertInstanceOf(NotSerializableException.class, failure.getCause());
      assertMentions(failure, "cannot travel back");
      assertEquals(1, pool.submit(() -> 1).await());
    }
  }

  /// A failure that cannot travel.
  static final class Stuck extends Exception {
    private static final long serialVersionUID = 1;

    @SuppressWarnings({"serial", "UnusedVariable"}) // on purpose
    private final Object lock = new Object();

    Stuck() {
      super("stuck");
    }
  }

  @Test
  void aFailureThatCannotTravelIsToldInWords() throws Exception {
    try (Pool pool = open()) {
      var task =
          pool.submit(
              () -> {
                throw new Stuck();
              });
      var failure = assertThrows(TaskFailedException.class, task::await);
      assertMentions(failure, Stuck.class.getName(), "could not travel back");
      assertFalse(failure.getCause() instanceof Stuck);
    }
  }

  private static void assertMentions(Throwable thrown, String... parts) {
    String message = String.valueOf(thrown.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' in: " + message);
    }
  }
}
