package dev.selvedge.loop.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.loop.internal.Poller;
import dev.selvedge.sync.Chan;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is different where an event loop watches the channels.
@Timeout(60)
class LoopChannelsTest {

  /// Writes on a loop, then does something else, and expects the bytes on the other side.
  private static void assertSentBefore(Action next) throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      try (Pair pair = loop.submit(() -> Pair.open()).await()) {
        Task<?> writing =
            loop.submit(
                () -> {
                  pair.connection().write("hel");
                  pair.connection().write("lo");
                  assertEquals(5, pair.connection().unsent());
                  next.perform();
                });
        assertEquals("hello", pair.receive(5));
        writing.cancel(true);
      }
    }
  }

  @Test
  void whatWasWrittenIsSentWhenItsTaskWaitsForAnything() throws Exception {
    assertSentBefore(() -> Thread.sleep(Duration.ofDays(1)));
    assertSentBefore(() -> Chan.<Integer>bounded(1).receive());
    assertSentBefore(() -> new CountDownLatch(1).await());
    assertSentBefore(
        () -> {
          Object monitor = new Object();
          synchronized (monitor) {
            while (true) {
              monitor.wait();
            }
          }
        });
  }

  @Test
  void whatWasWrittenIsSentWhenItsTaskYieldsOrEnds() throws Exception {
    assertSentBefore(
        () -> {
          while (true) {
            EventLoop.yieldNow();
          }
        });
    assertSentBefore(() -> {});
  }

  @Test
  void connectionOfALoopIsUsedByOtherThreads() throws Exception {
    try (EventLoop loop = EventLoop.open();
        Pair pair = loop.submit(() -> Pair.open()).await()) {
      pair.send("first\n");
      Connection connection = pair.connection();
      assertEquals("first", loop.submit(() -> connection.readLine()).await());
      var outside = Running.parked(connection::readLine);
      pair.send("second\n");
      assertEquals("second", outside.value());
      byte[] much = new byte[4 << 20];
      var receiving = Running.of(pair::receiveAll);
      connection.write(much); // the loop pumps most of it
      connection.flush();
      connection.closeOutput();
      assertEquals(much.length, receiving.value().length);
    }
  }

  @Test
  void connectionOfOtherThreadsIsUsedOnALoop() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("first\n");
      assertEquals("first", pair.connection().readLine());
      EventLoop.run(
          () ->
              TaskGroup.run(
                  group -> {
                    var reading = group.fork(() -> pair.connection().readLine());
                    group.fork(
                        () -> {
                          Running.until(pair.connection()::isBeingRead);
                          pair.connection().write("here\n");
                          pair.send("second\n");
                        });
                    assertEquals("second", reading.await());
                  }));
      assertEquals("here\n", pair.receive(5));
    }
  }

  @Test
  void connectionOutlivesItsLoop() throws Exception {
    Pair pair;
    try (EventLoop loop = EventLoop.open()) {
      pair = loop.submit(() -> Pair.open()).await();
      pair.send("first\n");
      assertEquals("first", loop.submit(pair.connection()::readLine).await());
    }
    try (pair) {
      var reading = Running.parked(pair.connection()::readLine);
      pair.send("second\n");
      assertEquals("second", reading.value());
    }
  }

  @Test
  void loopThatHasEndedLeavesNoDescriptor() throws Exception {
    EventLoop.run(() -> Pair.open().close()); // whatever is opened once
    int before = TcpClientTest.descriptors();
    for (int i = 0; i < 10; i++) {
      EventLoop.run(() -> Pair.open().close());
    }
    Running.until(() -> TcpClientTest.descriptors() <= before);
  }

  @Test
  void connectionsAreServedThoughTheLoopIsNeverIdle() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair pair = Pair.open()) {
            TaskGroup.run(
                group -> {
                  for (int i = 0; i < 2; i++) {
                    group.background(
                        () -> {
                          while (true) {
                            EventLoop.yieldNow();
                          }
                        });
                  }
                  for (int i = 0; i < 100; i++) {
                    String line = "line " + i;
                    var reading = group.fork(() -> pair.connection().readLine());
                    Running.until(pair.connection()::isBeingRead);
                    pair.send(line + "\n");
                    assertEquals(line, reading.await());
                  }
                });
          }
        });
  }

  @Test
  void inputThatNobodyReadsKeepsNoLoopBusy() throws Exception {
    AtomicInteger told = new AtomicInteger();
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          Poller poller = Poller.current();
          try (var source = pipe.source();
              var sink = pipe.sink()) {
            source.configureBlocking(false);
            SelectionKey key =
                poller.watch(
                    source,
                    _ -> {
                      told.incrementAndGet();
                      return false;
                    });
            poller.arm(key, SelectionKey.OP_READ);
            sink.write(ByteBuffer.allocate(1));
            Thread.sleep(20); // selects all the time, or once
          }
          poller.release(pipe.source());
        });
    assertEquals(2, told.get()); // the second time in case that somebody came meanwhile
  }

  @Test
  void outsiderIsToldOfWhatComesAfterTheLoopHasLostInterest() throws Exception {
    try (EventLoop loop = EventLoop.open();
        Pair pair = loop.submit(() -> Pair.open()).await()) {
      pair.send("first\n");
      assertEquals("first", loop.submit(() -> pair.connection().readLine()).await());
      pair.send("second\n");
      loop.submit(() -> {}).await();
      loop.submit(() -> {}).await(); // between the two it has selected, and nobody waited
      assertEquals("second", pair.connection().readLine());
      var reading = Running.parked(pair.connection()::readLine);
      pair.send("third\n");
      assertEquals("third", reading.value());
    }
  }

  @Test
  void closingFromOutsideWaitsForTheLoopToLetGo() throws Exception {
    try (EventLoop loop = EventLoop.open();
        Pair pair = loop.submit(() -> Pair.open()).await()) {
      pair.send("first\n");
      assertEquals("first", loop.submit(() -> pair.connection().readLine()).await());
      CountDownLatch held = new CountDownLatch(1);
      AtomicBoolean release = new AtomicBoolean();
      loop.execute(
          () -> {
            held.countDown();
            while (!release.get()) {
              Thread.onSpinWait();
            }
          });
      held.await();
      int open = TcpClientTest.descriptors();
      var closing =
          Running.parked(
              () -> {
                pair.connection().close();
                return TcpClientTest.descriptors();
              });
      release.set(true);
      assertTrue(closing.value() < open, "still open");
    }
  }

  @Test
  void pollersAreThoseOfTheThread() throws Exception {
    Poller shared = Poller.current();
    assertSame(Poller.shared(), shared);
    try (EventLoop loop = EventLoop.open();
        Pool other = EventLoop.open()) {
      Poller ofLoop = loop.submit(() -> Poller.current()).await();
      assertNotSame(shared, ofLoop);
      assertNotSame(ofLoop, other.submit(() -> Poller.current()).await());
      assertSame(ofLoop, loop.submit(() -> Poller.current()).await());
    }
  }
}
