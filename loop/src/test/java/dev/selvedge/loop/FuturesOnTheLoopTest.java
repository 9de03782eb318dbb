package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Completions;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.TaskLocals;
import dev.selvedge.Tasks;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Callbacks, futures of other code, and waits for several tasks, on a loop.
@Timeout(30)
class FuturesOnTheLoopTest {
  private static final ScopedValue<String> USER = ScopedValue.newInstance();

  static {
    TaskLocals.register(USER);
  }

  private final List<String> events = new ArrayList<>(); // only one loop at a time touches it

  /// {@return a task that ends when the event is set}
  private static Task<String> gated(String name, Event gate) {
    return EventLoop.current()
        .orElseThrow()
        .submit(
            name,
            () -> {
              gate.await();
              return name;
            });
  }

  @Test
  @Tag("AFUT-02")
  void callbacksRunInOrderWhereTheirTaskEndsOrAsStepsOfTheirOwn() throws Exception {
    EventLoop.run(
        () -> {
          EventLoop loop = EventLoop.current().orElseThrow();
          Task<?> task = loop.submit(() -> {});
          ScopedValue.where(USER, "ada")
              .run(
                  () -> {
                    String user = USER.get();
                    task.onDone(done -> events.add("first sees " + USER.orElse("nobody")));
                    task.onDone(done -> loop.callSoon(() -> events.add("step for " + user)));
                    task.onDone(done -> events.add("third"));
                  });
          task.cancel("at once"); // it has not started, so it ends here
          events.add("cancelled");
          EventLoop.yieldNow();
        });
    assertEquals(List.of("first sees nobody", "third", "cancelled", "step for ada"), events);
  }

  @Test
  @Tag("AFUT-03")
  void aFutureOfAnotherThreadIsAwaitedByItsCoroutineAlone() throws Exception {
    EventLoop.run(
        () -> {
          var go = new CountDownLatch(1);
          var value = new CompletableFuture<Integer>();
          var failure = new CompletableFuture<Integer>();
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      go.await();
                    } catch (InterruptedException e) {
                      return; // then the test hangs
                    }
                    value.complete(7);
                    failure.completeExceptionally(new IOException("there"));
                  });
          TaskGroup.run(
              group -> {
                group.fork(() -> assertEquals(7, Tasks.from(value).await()));
                group.fork(
                    () -> {
                      var failed =
                          assertThrows(TaskFailedException.class, Tasks.from(failure)::await);
                      assertEquals("there", failed.getCause().getMessage());
                    });
                group.fork(go::countDown); // with the loop held this would never begin
              });
        });
  }

  @Test
  @Tag("AFUT-03")
  void cancellingTheTaskCancelsTheFutureAndWhatComesThenIsIgnored() throws Exception {
    EventLoop.run(
        () -> {
          var future = new CompletableFuture<Integer>();
          Task<Integer> task = Tasks.from(future);
          assertTrue(task.cancel("not needed"));
          assertTrue(future.isCancelled());
          var done = new CompletableFuture<Integer>();
          Task<Integer> loose = Tasks.from(done.minimalCompletionStage()); // done is not reached
          loose.cancel("not needed");
          assertTrue(done.complete(7));
          EventLoop.yieldNow();
          assertTrue(task.isCancelled());
          assertTrue(loose.isCancelled());
        });
  }

  // ---- waiting for several --------------------------------------------------------------------

  @Test
  @Tag("AWAITALL-02")
  void allThatAreDoneWhenAWaitReturnsAreAmongTheDone() throws Exception {
    EventLoop.run(
        () -> {
          Event gate = Event.create();
          Task<String> first = gated("first", gate);
          Task<String> second = gated("second", gate);
          Task<String> third = gated("third", Event.create());
          Task<Tasks.Awaited<String>> wait =
              EventLoop.current()
                  .orElseThrow()
                  .submit(() -> Tasks.awaitFirst(List.of(third, second, first)));
          EventLoop.yieldNow(); // all wait now
          gate.set(); // the first one ends the wait, and the second one ends before it goes on
          assertEquals(List.of(second, first), wait.await().done());
          assertEquals(List.of(third), wait.await().pending());
          third.cancel("not needed");
        });
  }

  @Test
  @Tag("AWAITALL-05")
  void anIterationWhoseTimeIsOverGoesOnWhereItWas() throws Exception {
    EventLoop.run(
        () -> {
          Event early = Event.create();
          Event late = Event.create();
          Task<String> first = gated("first", early);
          Task<String> second = gated("second", late);
          Task<String> third = gated("third", late);
          early.set();
          first.join();
          Completions<String> completions =
              Tasks.asCompleted(List.of(third, first, second), Duration.ofMillis(5));
          assertSame(first, completions.next());
          assertThrows(TimeoutException.class, completions::next);
          late.set();
          Tasks.awaitAll(List.of(second, third));
          assertSame(second, completions.next());
          assertSame(third, completions.next());
          assertFalse(completions.hasNext());
        });
  }

  @Test
  @Tag("AWAITALL-05")
  void anIterationThatWasLeftByCancellationLosesNothing() throws Exception {
    EventLoop.run(
        () -> {
          Event gate = Event.create();
          Task<String> first = gated("first", gate);
          Task<String> second = gated("second", gate);
          Completions<String> completions = Tasks.asCompleted(List.of(first, second));
          Task<?> reader = EventLoop.current().orElseThrow().submit(completions::next);
          EventLoop.yieldNow(); // it waits now
          reader.cancel("no more");
          reader.join();
          assertTrue(reader.isCancelled());
          gate.set();
          assertSame(first, completions.next());
          assertSame(second, completions.next());
          assertFalse(completions.hasNext());
        });
  }
}
