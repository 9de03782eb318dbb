package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.io.TcpClient;
import dev.selvedge.loop.io.TcpServer;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Loops that need no flag: the baton goes on at the waits of Selvedge, and only there.
@Timeout(30)
class PortableLoopTest {
  private int inside; // of what only one task at a time may do

  private static EventLoopOptions portable(EventLoopOptions options) {
    return options.portable(true);
  }

  @Test
  void tasksBeginInTheirOrderAndRunOneAtATime() throws Exception {
    List<Integer> order = new ArrayList<>();
    EventLoop.run(
        PortableLoopTest::portable,
        () ->
            TaskGroup.run(
                group -> {
                  for (int i = 0; i < 1_000; i++) {
                    int number = i;
                    group.fork(
                        () -> {
                          assertEquals(1, ++inside);
                          order.add(number);
                          inside--;
                          EventLoop.yieldNow();
                          assertEquals(1, ++inside);
                          inside--;
                        });
                  }
                }));
    assertEquals(IntStream.range(0, 1_000).boxed().toList(), order);
  }

  @RepeatedTest(50) // it was a race that was lost now and then
  void yieldingTasksTakeTurns() throws Exception {
    List<String> turns = new ArrayList<>();
    EventLoop.run(
        PortableLoopTest::portable,
        () ->
            TaskGroup.run(
                group -> {
                  for (String name : List.of("a", "b", "c")) {
                    group.fork(
                        () -> {
                          for (int i = 0; i < 3; i++) {
                            turns.add(name);
                            EventLoop.yieldNow();
                          }
                        });
                  }
                }));
    assertEquals(List.of("a", "b", "c", "a", "b", "c", "a", "b", "c"), turns);
  }

  @Test
  void aWaitOfSelvedgeLetsOthersGoOnAndOneOfTheJdkDoesNot() throws Exception {
    try (EventLoop loop = EventLoop.open(PortableLoopTest::portable)) {
      Event waiting = Event.create();
      var goOn = new CountDownLatch(1);
      Event never = Event.create();
      Task<?> waits = loop.submit(() -> never.await());
      loop.submit(() -> waiting.set()).await();
      var counted = new CountDownLatch(1);
      Task<?> holds =
          loop.submit(
              () -> {
                counted.countDown();
                goOn.await();
              });
      counted.await();
      Task<Integer> behind = loop.submit(() -> 1);
      assertFalse(behind.join(Duration.ofMillis(20)));
      goOn.countDown();
      assertEquals(1, behind.await());
      holds.await();
      waits.cancel("done");
      assertThrows(TaskCancelledException.class, waits::await);
    }
  }

  @Test
  void whoIsCancelledWhileItWaitsForItsTurnLearnsOfItThen() throws Exception {
    try (EventLoop loop = EventLoop.open(PortableLoopTest::portable)) {
      Event started = Event.create();
      Event woken = Event.create();
      Task<Boolean> task =
          loop.submit(
              () -> {
                started.set();
                woken.await();
                Thread.sleep(Duration.ofDays(1));
                return true;
              });
      started.await();
      var goOn = new CountDownLatch(1);
      var holding = new CountDownLatch(1);
      loop.submit(
          () -> {
            holding.countDown();
            goOn.await();
          });
      holding.await();
      woken.set(); // now the task waits for its turn
      task.cancel("enough");
      goOn.countDown();
      assertThrows(TaskCancelledException.class, task::await);
    }
  }

  @Test
  void channelsConnectionsAndCallbacksWork() throws Exception {
    var ticks = new AtomicInteger();
    String answer =
        EventLoop.run(
            PortableLoopTest::portable,
            () -> {
              EventLoop loop = EventLoop.current().orElseThrow();
              Chan<String> answers = Chan.bounded(1);
              loop.callSoon(ticks::incrementAndGet);
              EventLoop.Handle never =
                  loop.callLater(Duration.ofDays(1), () -> ticks.addAndGet(1_000));
              loop.callLater(Duration.ofMillis(1), () -> answers.send("ticked"));
              assertEquals("ticked", answers.receive());
              assertTrue(never.cancel());
              try (TcpServer server =
                      TcpServer.open(
                          0,
                          (connection, _) ->
                              connection.write("got " + connection.readLine() + "\n"));
                  var connection = TcpClient.connect("127.0.0.1", server.port())) {
                connection.write("it\n");
                return String.valueOf(connection.readLine());
              }
            });
    assertEquals("got it", answer);
    assertEquals(1, ticks.get());
  }

  @Test
  void offloadedWorkHoldsNothing() throws Exception {
    EventLoop.run(
        PortableLoopTest::portable,
        () -> {
          var goOn = new CountDownLatch(1);
          TaskGroup.run(
              group -> {
                group.fork(
                    () -> {
                      EventLoop.offload(
                          () -> {
                            goOn.await();
                            return true;
                          });
                    });
                group.fork(goOn::countDown);
              });
        });
  }

  @Test
  void theDebugModeNamesAWaitThatHoldsTheLoop() throws Exception {
    try (Warnings warnings = new Warnings();
        EventLoop loop =
            EventLoop.open(
                options -> portable(options).debug(true).slowStep(Duration.ofMillis(20)))) {
      var goOn = new CountDownLatch(1);
      Task<?> hog = loop.submit("hog", () -> goOn.await());
      warnings.await(text -> text.contains("hog' has held") && text.contains("CountDownLatch"));
      goOn.countDown();
      hog.await();
    }
  }
}
