package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.awaitParked;
import static dev.selvedge.testkit.Trial.eventually;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskLocals;
import dev.selvedge.Tasks;
import dev.selvedge.spi.Capability;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [Task] promises about values, states, waiting, callbacks and context.
interface TaskContract extends Trial {

  /// Scoped values and thread-locals that tasks inherit.
  final class Inherited {
    static final ScopedValue<String> USER = ScopedValue.newInstance();
    static final ScopedValue<String> PRIVATE = ScopedValue.newInstance();
    static final ThreadLocal<String> TRACE = new ThreadLocal<>();
    static final ThreadLocal<String> OWN = new ThreadLocal<>();

    static {
      TaskLocals.register(USER);
      TaskLocals.register(TRACE);
    }

    private Inherited() {}
  }

  // ---- values ---------------------------------------------------------------------------------

  @Test
  @Tag("EXEC-01")
  default void deliversTheValueOfACall() throws Exception {
    try (Pool pool = open()) {
      int left = 6;
      assertEquals(42, pool.submit(() -> left * 7).await());
    }
  }

  @Test
  @Tag("THREAD-01")
  default void runsACallOnceAndOnAnotherThread() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      AtomicInteger sum = new AtomicInteger();
      int argument = 7;
      Thread ran =
          pool.submit(
                  () -> {
                    sum.addAndGet(argument);
                    return Thread.currentThread();
                  })
              .await();
      assertNotSame(Thread.currentThread(), ran);
      assertEquals(argument, sum.get(), "once, with its argument");
    }
  }

  @Test
  default void deliversNullAndValuesOfManyTypes() throws Exception {
    try (Pool pool = open()) {
      assertNull(pool.submit((Call<String>) () -> null).await());
      assertEquals(new Pair(1, "x"), pool.submit(() -> new Pair(1, "x")).await());
      assertEquals(List.of(1, 2), pool.submit(() -> List.of(1, 2)).await());
    }
  }

  @Test
  default void runsActionsAndRunnables() throws Exception {
    try (Pool pool = open()) {
      Signal ran = Signal.create();
      Action action = ran::set;
      assertNull(pool.submit(action).await());
      assertTrue(ran.isSet());
      Signal again = Signal.create();
      assertNull(pool.submit((Runnable) (Action) again::set).await());
      assertTrue(again.isSet());
      assertEquals("result", pool.submit((Runnable) action, "result").await());
    }
  }

  @Test
  default void namesTasks() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> named = pool.submit("fetch", () -> 1);
      Task<@Nullable Void> action = pool.submit("store", () -> {});
      Task<Integer> unnamed = pool.submit(() -> 1);
      assertEquals("fetch", named.name());
      assertEquals("fetch", named.path());
      assertEquals("store", action.name());
      assertEquals("task-" + unnamed.id(), unnamed.name());
      assertNotEquals(named.id(), unnamed.id());
      assertTrue(named.toString().contains("fetch"), named.toString());
    }
  }

  @Test
  default void refusesNull() {
    try (Pool pool = open()) {
      assertThrows(NullPointerException.class, () -> pool.submit(this.<Call<Integer>>nothing()));
      assertThrows(NullPointerException.class, () -> pool.submit(this.<Action>nothing()));
      assertThrows(NullPointerException.class, () -> pool.submit(this.<Runnable>nothing()));
      assertThrows(NullPointerException.class, () -> pool.execute(this.<Runnable>nothing()));
      assertThrows(
          NullPointerException.class, () -> pool.invokeAll(this.<List<Call<Integer>>>nothing()));
    }
  }

  /// {@return null, whatever the checker of nulls says}
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private <T> T nothing() {
    return null;
  }

  // ---- states ---------------------------------------------------------------------------------

  @Test
  @Tag("FUT-03")
  @Tag("AFUT-01")
  default void statesAgreeWithEachOther() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      started.await();
      assertStates(task, Future.State.RUNNING);
      release.set();
      task.await();
      assertStates(task, Future.State.SUCCESS);
      assertEquals("released", task.resultNow());

      Task<String> failed =
          pool.submit(
              () -> {
                throw new Planned("no");
              });
      failed.join();
      assertStates(failed, Future.State.FAILED);
      assertInstanceOf(Planned.class, failed.exceptionNow());

      Signal begun = Signal.create();
      Task<String> cancelled = pool.submit(Trial.endless(begun));
      begun.await();
      cancelled.cancel(true);
      cancelled.join();
      assertStates(cancelled, Future.State.CANCELLED);
    }
  }

  private static void assertStates(Task<?> task, Future.State expected) {
    assertEquals(expected, task.state());
    assertEquals(expected != Future.State.RUNNING, task.isDone());
    assertEquals(expected == Future.State.CANCELLED, task.isCancelled());
    if (expected != Future.State.SUCCESS) {
      assertThrows(IllegalStateException.class, task::resultNow);
    }
    if (expected != Future.State.FAILED) {
      assertThrows(IllegalStateException.class, task::exceptionNow);
    }
  }

  @Test
  @Tag("FUT-03")
  @Tag("AFUT-01")
  default void aQueuedTaskIsNotDone() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.BOUNDED);
      Signal release = Signal.create();
      Trial.occupy(pool, parallelism(), release);
      Task<Integer> queued = pool.submit(() -> 1);
      assertStates(queued, Future.State.RUNNING);
      assertTrue(queued.toString().contains("queued"), queued.toString());
      release.set();
      assertEquals(1, queued.await());
    }
  }

  // ---- waiting --------------------------------------------------------------------------------

  @Test
  @Tag("FUT-04")
  @Tag("THREAD-05")
  default void timedWaitsEndAndTheTaskGoesOn() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit("slow", held(started, release));
      started.await();
      var timeout = assertThrows(TimeoutException.class, () -> task.await(Duration.ofMillis(5)));
      assertTrue(String.valueOf(timeout.getMessage()).contains("'slow'"), timeout.getMessage());
      assertThrows(TimeoutException.class, () -> task.get(1, TimeUnit.MILLISECONDS));
      assertThrows(TimeoutException.class, () -> task.await(Duration.ZERO));
      assertFalse(task.join(Duration.ofMillis(1)));
      assertFalse(task.isDone());
      release.set();
      assertEquals("released", task.await(LONG));
      assertEquals("released", task.get(0, TimeUnit.SECONDS));
      assertTrue(task.join(Duration.ZERO));
    }
  }

  @Test
  @Tag("FUT-04")
  default void waitsTellHowATaskEnded() throws Exception {
    try (Pool pool = open()) {
      Task<String> failed =
          pool.submit(
              () -> {
                throw new Planned("broken");
              });
      var failure = assertThrows(TaskFailedException.class, () -> failed.await(LONG));
      assertInstanceOf(Planned.class, failure.getCause());
      assertInstanceOf(
          Planned.class, assertThrows(ExecutionException.class, failed::get).getCause());
      Signal started = Signal.create();
      Task<String> cancelled = pool.submit(Trial.endless(started));
      started.await();
      cancelled.cancel("enough");
      assertThrows(TaskCancelledException.class, () -> cancelled.await(LONG));
      assertThrows(TaskCancelledException.class, () -> cancelled.get(1, TimeUnit.SECONDS));
    }
  }

  @Test
  @Tag("FUT-05")
  default void theExceptionCanBeAskedForWithoutBeingThrown() throws Exception {
    try (Pool pool = open()) {
      Task<String> failed =
          pool.submit(
              () -> {
                throw new Planned("asked for");
              });
      assertTrue(failed.join(LONG));
      assertEquals("asked for", failed.exceptionNow().getMessage());
      Task<Integer> fine = pool.submit(() -> 1);
      assertTrue(fine.join(LONG));
      assertThrows(IllegalStateException.class, fine::exceptionNow);
    }
  }

  @Test
  default void negativeTimeoutsAreRefused() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      Duration negative = Duration.ofNanos(-1);
      assertThrows(IllegalArgumentException.class, () -> task.await(negative));
      assertThrows(IllegalArgumentException.class, () -> task.join(negative));
      release.set();
    }
  }

  @Test
  @Tag("FUT-06")
  @Tag("THREAD-06")
  default void manyWaitersAreWokenWithTheValue() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      List<Aside> waiters = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        waiters.add(Aside.start(() -> assertEquals("released", task.await())));
      }
      waiters.forEach(waiter -> awaitParked(waiter.thread()));
      release.set();
      for (Aside waiter : waiters) {
        waiter.join();
      }
    }
  }

  @Test
  @Tag("FUT-06")
  default void aWaiterIsWokenByTheCancellationOfTheTask() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Task<String> task = pool.submit(Trial.endless(started));
      started.await();
      Aside waiter = Aside.start(() -> assertThrows(TaskCancelledException.class, task::await));
      awaitParked(waiter.thread());
      task.cancel(true);
      waiter.join();
    }
  }

  @Test
  default void anInterruptEndsTheWaitAndNotTheTask() throws Exception {
    try (Pool pool = open()) {
      Signal started = Signal.create();
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(started, release));
      Aside waiter =
          Aside.start(
              () -> {
                assertThrows(InterruptedException.class, task::await);
                assertFalse(Thread.currentThread().isInterrupted());
              });
      awaitParked(waiter.thread());
      waiter.thread().interrupt();
      waiter.join();
      assertFalse(task.isDone());
      release.set();
      assertEquals("released", task.await());
    }
  }

  @Test
  @Tag("THREAD-04")
  default void waitingForOneselfFailsAtOnce() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      CompletableFuture<Task<Integer>> self = new CompletableFuture<>();
      Task<Integer> task = pool.submit("loop", () -> self.get().await());
      self.complete(task);
      var failure = assertThrows(TaskFailedException.class, task::await);
      var cause = assertInstanceOf(IllegalStateException.class, failure.getCause());
      assertTrue(String.valueOf(cause.getMessage()).contains("'loop'"), cause.getMessage());
    }
  }

  @Test
  default void aTaskThatWaitsForAnUnstartedOneRunsIt() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Task<Integer> outer = pool.submit(() -> pool.submit(() -> 20).await() + 1);
      assertEquals(21, outer.await(LONG));
      assertEquals(64, pool.submit(() -> nested(pool, 6)).await(LONG));
    }
  }

  private static int nested(Pool pool, int depth) throws Exception {
    if (depth == 0) {
      return 1;
    }
    Task<Integer> left = pool.submit(() -> nested(pool, depth - 1));
    Task<Integer> right = pool.submit(() -> nested(pool, depth - 1));
    return left.await() + right.await();
  }

  // ---- callbacks ------------------------------------------------------------------------------

  @Test
  @Tag("FUT-08")
  default void callbacksRunOnceWithTheTaskHoweverItEnds() throws Exception {
    try (Pool pool = open()) {
      Signal go = Signal.create();
      Task<String> succeeds = pool.submit(held(Signal.create(), go));
      CallbackLog success = new CallbackLog(succeeds);
      go.set();
      success.assertToldOnce();

      Signal fail = Signal.create();
      Task<String> fails =
          pool.submit(
              () -> {
                fail.await();
                throw new Planned("told");
              });
      CallbackLog failure = new CallbackLog(fails);
      fail.set();
      failure.assertToldOnce();

      Signal started = Signal.create();
      Task<String> stops = pool.submit(Trial.endless(started));
      CallbackLog cancellation = new CallbackLog(stops);
      started.await();
      stops.cancel(true);
      cancellation.assertToldOnce();
    }
  }

  /// What a task told its callback.
  final class CallbackLog {
    private final Task<?> task;
    private final ConcurrentLinkedQueue<Task<?>> told = new ConcurrentLinkedQueue<>();
    private final CountDownLatch second = new CountDownLatch(1);

    CallbackLog(Task<?> task) {
      this.task = task;
      task.onDone(
          done -> {
            assertTrue(done.isDone());
            told.add(done);
          });
      task.onDone(done -> second.countDown());
    }

    void assertToldOnce() throws InterruptedException {
      assertTrue(second.await(LONG.toSeconds(), TimeUnit.SECONDS));
      assertEquals(List.of(task), List.copyOf(told));
    }
  }

  @Test
  @Tag("FUT-09")
  default void aCallbackOfATaskThatIsDoneRunsHereAndNow() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> fine = pool.submit(() -> 1);
      Task<Integer> failed =
          pool.submit(
              () -> {
                throw new Planned("done");
              });
      Signal started = Signal.create();
      Task<String> cancelled = pool.submit(Trial.endless(started));
      started.await();
      cancelled.cancel(true);
      for (Task<?> task : List.of(fine, failed, cancelled)) {
        task.join();
        AtomicReference<Thread> ran = new AtomicReference<>();
        // whoever completes the task may still be telling others, and tells this one too
        task.onDone(done -> ran.set(Thread.currentThread()));
        eventually("the callback", () -> ran.get() != null);
        AtomicReference<Thread> later = new AtomicReference<>();
        task.onDone(done -> later.set(Thread.currentThread()));
        assertSame(Thread.currentThread(), later.get());
      }
    }
  }

  @Test
  @Tag("FUT-11")
  @Tag("AFUT-02")
  default void callbacksRunInTheOrderInWhichTheyWereAdded() throws Exception {
    try (Pool pool = open()) {
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(Signal.create(), release));
      ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        expected.add(i);
        task.onDone(done -> order.add(number));
      }
      CountDownLatch last = new CountDownLatch(1);
      task.onDone(done -> last.countDown());
      release.set();
      assertTrue(last.await(LONG.toSeconds(), TimeUnit.SECONDS));
      assertEquals(expected, List.copyOf(order));
    }
  }

  @Test
  @Tag("FUT-10")
  default void aCallbackThatThrowsDisturbsNobody() throws Exception {
    try (Pool pool = open()) {
      Signal release = Signal.create();
      Task<String> task = pool.submit(held(Signal.create(), release));
      CountDownLatch next = new CountDownLatch(1);
      task.onDone(
          done -> {
            throw new IllegalStateException("planned: a callback that throws");
          });
      task.onDone(
          done -> {
            throw new StackOverflowError("planned: a callback with an error");
          });
      task.onDone(done -> next.countDown());
      release.set();
      assertTrue(next.await(LONG.toSeconds(), TimeUnit.SECONDS));
      assertEquals("released", task.await());
      task.onDone(
          done -> {
            throw new IllegalStateException("planned: a late callback that throws");
          });
      assertEquals(3, pool.submit(() -> 3).await());
    }
  }

  @Test
  default void aCallbackMayAddACallback() throws Exception {
    try (Pool pool = open()) {
      Task<Integer> task = pool.submit(() -> 1);
      CountDownLatch inner = new CountDownLatch(1);
      task.onDone(done -> task.onDone(again -> inner.countDown()));
      assertTrue(inner.await(LONG.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @Test
  default void becomesACompletableFuture() throws Exception {
    try (Pool pool = open()) {
      assertEquals(5, pool.submit(() -> 5).toCompletableFuture().get());
      Task<Integer> failed =
          pool.submit(
              () -> {
                throw new Planned("future");
              });
      var failure =
          assertThrows(ExecutionException.class, () -> failed.toCompletableFuture().get());
      assertInstanceOf(Planned.class, failure.getCause());
      Signal started = Signal.create();
      Task<String> endless = pool.submit(Trial.endless(started));
      CompletableFuture<String> future = endless.toCompletableFuture();
      started.await();
      assertTrue(future.cancel(true));
      endless.join();
      assertTrue(endless.isCancelled());
      assertTrue(future.isCancelled());
      Signal begun = Signal.create();
      Task<String> other = pool.submit(Trial.endless(begun));
      begun.await();
      CompletableFuture<String> mirror = other.toCompletableFuture();
      other.cancel(true);
      other.join();
      eventually("the mirror to be cancelled", mirror::isDone);
      assertTrue(mirror.isCancelled());
    }
  }

  // ---- context --------------------------------------------------------------------------------

  @Test
  @Tag("CTX-01")
  default void inheritsWhatIsRegisteredAndNothingElse() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Inherited.TRACE.set("trace-1");
      Inherited.OWN.set("mine");
      try {
        List<String> seen =
            ScopedValue.where(Inherited.USER, "ada")
                .where(Inherited.PRIVATE, "secret")
                .call(() -> pool.submit(TaskContract::context).await());
        assertEquals(List.of("ada", "unbound", "trace-1", "null"), seen);
      } finally {
        Inherited.TRACE.remove();
        Inherited.OWN.remove();
      }
      // the worker has its own again
      for (int i = 0; i < 4; i++) {
        assertEquals(
            List.of("unbound", "unbound", "null", "null"),
            pool.submit(TaskContract::context).await());
      }
    }
  }

  private static List<String> context() {
    return List.of(
        Inherited.USER.orElse("unbound"),
        Inherited.PRIVATE.orElse("unbound"),
        String.valueOf(Inherited.TRACE.get()),
        String.valueOf(Inherited.OWN.get()));
  }

  @Test
  @Tag("LOCAL-04")
  default void aTaskStartsWithoutThreadLocalsOfItsCreator() throws Exception {
    try (Pool pool = open()) {
      InheritableThreadLocal<String> inheritable = new InheritableThreadLocal<>();
      needs(pool, Capability.SHARES_HEAP);
      Inherited.OWN.set("mine");
      inheritable.set("mine too");
      try {
        assertNull(pool.submit(() -> Inherited.OWN.get()).await());
        if (!pool.name().startsWith("of ")) { // an executor's threads are its own affair
          assertNull(pool.submit(() -> inheritable.get()).await());
        }
      } finally {
        Inherited.OWN.remove();
        inheritable.remove();
      }
    }
  }

  // ---- memory ---------------------------------------------------------------------------------

  /// A field that only the promised orderings make visible.
  final class Plain {
    int value;
  }

  @Test
  default void writesAreSeenAlongSubmitTaskAndWait() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      for (int i = 1; i <= 2_000; i++) {
        Plain there = new Plain();
        Plain back = new Plain();
        there.value = i;
        Task<@Nullable Void> task =
            pool.submit(
                () -> {
                  back.value = there.value;
                });
        AtomicInteger told = new AtomicInteger();
        task.onDone(done -> told.set(back.value));
        task.await();
        assertEquals(i, back.value);
        int expected = i;
        eventually("the callback", () -> told.get() == expected);
      }
    }
  }

  @Test
  @Tag("THREAD-17")
  default void aTaskThatIsDoneForgetsItsWork() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      Object captured = new Object();
      WeakReference<Object> seen = new WeakReference<>(captured);
      Task<Integer> task = submitWith(pool, captured);
      captured = null;
      task.await();
      eventually(
          "the captured object to be collected",
          () -> {
            System.gc();
            return seen.refersTo(null);
          });
      assertEquals(1, task.await());
    }
  }

  private static Task<Integer> submitWith(Pool pool, Object captured) {
    return pool.submit(() -> captured.hashCode() * 0 + 1);
  }

  @Test
  default void aThreadThatCopiesItsMakersHandlerIsNotItsTask() throws Exception {
    try (Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      boolean mistaken =
          pool.submit(
                  () -> {
                    AtomicBoolean found = new AtomicBoolean();
                    Thread thread =
                        Thread.ofPlatform()
                            .uncaughtExceptionHandler(
                                Thread.currentThread().getUncaughtExceptionHandler())
                            .start(() -> found.set(Tasks.current().isPresent()));
                    thread.join();
                    return found.get();
                  })
              .await();
      assertFalse(mistaken);
    }
  }
}
