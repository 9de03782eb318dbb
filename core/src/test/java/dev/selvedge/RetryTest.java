package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.sync.Event;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RetryTest {
  private static final Retry FAST = Retry.times(3).backoff(Duration.ZERO, Duration.ZERO);

  private final AtomicInteger calls = new AtomicInteger();

  private Call<String> failing(int times) {
    return () -> {
      int call = calls.incrementAndGet();
      if (call <= times) {
        throw new IOException("attempt " + call);
      }
      return "value " + call;
    };
  }

  @Test
  void aCallThatSucceedsAtLastReturnsItsValue() throws Exception {
    assertEquals("value 3", FAST.call(failing(2)));
  }

  @Test
  void theLastFailureIsThrownWithTheOthersSuppressed() {
    IOException e = assertThrows(IOException.class, () -> FAST.call(failing(9)));
    assertEquals("attempt 3", e.getMessage());
    assertEquals(
        List.of("attempt 1", "attempt 2"),
        List.of(e.getSuppressed()).stream().map(Throwable::getMessage).toList());
    assertEquals(3, calls.get());
  }

  @Test
  void theSameFailureAgainIsNoTrouble() {
    IOException always = new IOException("always");
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                FAST.call(
                    () -> {
                      throw always;
                    }));
    assertSame(always, e);
    assertEquals(0, e.getSuppressed().length);
  }

  @Test
  void onlyTheNamedFailuresAreRetried() {
    Retry retry = FAST.on(FileNotFoundException.class);
    assertThrows(IOException.class, () -> retry.call(failing(1)));
    assertEquals(1, calls.get());
    assertThrows(
        IOException.class,
        () -> FAST.when(e -> String.valueOf(e.getMessage()).contains("later")).call(failing(9)));
    assertEquals(2, calls.get());
  }

  @Test
  void theCauseOfAFailedTaskDecides() throws Exception {
    try (Pool pool = Pool.virtual()) {
      Call<String> call = failing(1);
      assertEquals("value 2", FAST.on(IOException.class).call(() -> pool.submit(call).await()));
    }
  }

  @Test
  void errorsAndCancellationsAreNotRetried() {
    for (Throwable thrown :
        List.of(
            new StackOverflowError(), new InterruptedException(), new CancellationException())) {
      calls.set(0);
      assertThrows(
          thrown.getClass(),
          () ->
              FAST.call(
                  () -> {
                    calls.incrementAndGet();
                    if (thrown instanceof Error error) {
                      throw error;
                    }
                    throw (Exception) thrown;
                  }));
      assertEquals(1, calls.get());
    }
  }

  @Test
  void aCancelledTaskIsNotTriedAgainWhateverItThrows() throws Exception {
    try (Pool pool = Pool.virtual()) {
      Event started = Event.create();
      Task<?> task =
          pool.submit(
              FAST.wrap(
                  (Call<String>)
                      () -> {
                        calls.incrementAndGet();
                        started.set();
                        try {
                          Event.create().await();
                        } catch (InterruptedException e) {
                          throw new IOException("closed by interrupt", e);
                        }
                        return "never";
                      }));
      started.await();
      task.cancel("enough");
      task.join();
      assertTrue(task.isCancelled());
      assertEquals(1, calls.get());
    }
  }

  @Test
  void aPauseIsLeftByCancellation() throws Exception {
    try (Pool pool = Pool.virtual()) {
      Event failed = Event.create();
      Task<?> task =
          pool.submit(
              Retry.times(2)
                  .backoff(Duration.ofDays(1))
                  .wrap(
                      (Call<String>)
                          () -> {
                            failed.set();
                            throw new IOException("broken");
                          }));
      failed.await();
      task.cancel("enough");
      assertTrue(task.join(Duration.ofSeconds(20)));
      TaskCancelledException e = assertThrows(TaskCancelledException.class, task::await);
      assertEquals("enough", e.reason().describe());
    }
  }

  @Test
  void noPauseGoesPastTheDeadline() {
    long start = System.nanoTime();
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                Deadline.within(
                    Duration.ofMinutes(10),
                    () -> Retry.times(5).backoff(Duration.ofHours(1)).jitter(0).call(failing(9))));
    assertEquals("attempt 1", e.getMessage());
    assertTrue(System.nanoTime() - start < TimeUnit.MINUTES.toNanos(1));
  }

  @Test
  void anAttemptThatTakesTooLongIsCancelledAndTriedAgain() throws Exception {
    String value =
        FAST.limit(Duration.ofMillis(20))
            .call(
                () -> {
                  if (calls.incrementAndGet() == 1) {
                    Event.create().await();
                  }
                  return "in time";
                });
    assertEquals("in time", value);
    assertEquals(2, calls.get());
    DeadlineExceededException e =
        assertThrows(
            DeadlineExceededException.class,
            () ->
                FAST.attempts(1)
                    .limit(Duration.ofMillis(1))
                    .call(
                        () -> {
                          Event.create().await();
                          return "never";
                        }));
    assertEquals("attempt 1 of 1", e.deadline().scope());
  }

  @Test
  void pausesGrowToTheLongestAndJitterShortensThem() {
    Retry retry = Retry.times(9).backoff(Duration.ofMillis(100), Duration.ofMillis(350));
    assertEquals(Duration.ofMillis(100), retry.pause(1, 0));
    assertEquals(Duration.ofMillis(200), retry.pause(2, 0));
    assertEquals(Duration.ofMillis(350), retry.pause(3, 0));
    assertEquals(Duration.ofMillis(175), retry.pause(500, 1));
    assertEquals(Duration.ofMillis(300), retry.factor(3).jitter(0).pause(2, 1));
  }

  @Test
  void pausesPassOnTheClockOfThePool() throws Exception {
    ManualKernel kernel = new ManualKernel();
    try (Pool pool = new KernelPool(kernel)) {
      Task<String> task =
          pool.submit(Retry.times(2).backoff(Duration.ofHours(1)).jitter(0).wrap(failing(1)));
      kernel.awaitTimers(1);
      kernel.advance(Duration.ofMinutes(61));
      assertEquals("value 2", task.await(Duration.ofSeconds(20)));
    }
  }

  @Test
  void badPartsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Retry.times(0));
    assertThrows(IllegalArgumentException.class, () -> FAST.jitter(2));
    assertThrows(IllegalArgumentException.class, () -> FAST.factor(0.5));
    assertThrows(IllegalArgumentException.class, () -> FAST.limit(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> FAST.backoff(Duration.ofMillis(-1)));
  }

  @Test
  void wrappedWorkTravels() throws Exception {
    Fn<Integer, Integer> twice =
        copy(FAST.on(IOException.class).when(e -> e instanceof IOException).wrap(x -> 2 * x));
    assertEquals(8, twice.apply(4));
    Call<String> call = copy(FAST.wrap((Call<String>) () -> "here"));
    assertEquals("here", call.call());
    assertInstanceOf(Retry.class, copy(FAST));
  }

  @SuppressWarnings({"unchecked", "BanSerializableRead"}) // what was written above
  private static <T> T copy(T value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }
}
