package dev.selvedge.loop.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionWriteTest {
  private static final int MEGABYTE = 1 << 20;

  /// Writes until no more is taken, and returns what was.
  private static int fill(Connection connection) throws Exception {
    int filled = 0;
    while (connection.unsent() < 64 * 1024) {
      connection.write(new byte[16 * 1024]);
      filled += 16 * 1024;
    }
    return filled;
  }

  @Test
  void largeAndSmallWritesArriveWholeAndInOrder() throws Exception {
    byte[] large = new byte[5 * MEGABYTE];
    new Random(3).nextBytes(large);
    try (Pair pair = Pair.open()) {
      var receiving = Running.of(pair::receiveAll);
      pair.connection().write("small");
      pair.connection().write(large);
      pair.connection().write(ByteBuffer.wrap(large, 10, 1000));
      pair.connection().closeOutput();
      ByteBuffer expected = ByteBuffer.allocate(5 + large.length + 1000);
      expected.put("small".getBytes(StandardCharsets.UTF_8)).put(large).put(large, 10, 1000);
      assertArrayEquals(expected.array(), receiving.value());
    }
  }

  @Test
  void smallWriteIsSentByFlush() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.connection().write("hello");
      assertEquals(5, pair.connection().unsent());
      pair.connection().flush();
      assertEquals("hello", pair.receive(5));
    }
  }

  @Test
  void readThatWaitsSendsWhatWasWritten() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.connection().write("question\n");
      var reading = Running.parked(() -> pair.connection().readLine());
      assertEquals("question\n", pair.receive(9));
      pair.send("answer\n");
      assertEquals("answer", reading.value());
    }
  }

  @Test
  void bothSidesMayWriteMuchBeforeTheyRead() throws Exception {
    try (Pair pair = Pair.open()) {
      byte[] much = new byte[8 * MEGABYTE];
      pair.connection().write(much); // more than the sockets take
      var reading = Running.parked(() -> pair.connection().readExactly(much.length));
      pair.send(much); // the peer does not read before it has written all
      assertEquals(much.length, reading.value().length);
      pair.connection().abort();
    }
  }

  @Test
  @Tag("WRITE-01")
  void writersWaitAboveTheHighWaterMarkAndAllGoOnWhenThePeerReads() throws Exception {
    try (Pair pair = Pair.open()) {
      int filled = fill(pair.connection());
      List<Running<Boolean>> writers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        writers.add(
            Running.parked(
                () -> {
                  pair.connection().write(new byte[1000]);
                  return true;
                }));
      }
      var receiving = Running.of(pair::receiveAll);
      for (var writer : writers) {
        assertTrue(writer.value());
      }
      pair.connection().closeOutput();
      assertEquals(filled + 10_000, receiving.value().length);
    }
  }

  @Test
  void cancelledWriteLeavesNothingBehind() throws Exception {
    try (Pair pair = Pair.open()) {
      int filled = fill(pair.connection());
      var writing =
          Running.parked(
              () -> {
                pair.connection().write("never");
                return true;
              });
      writing.interrupt();
      assertInstanceOf(InterruptedException.class, writing.failure());
      var receiving = Running.of(pair::receiveAll);
      pair.connection().write("end");
      pair.connection().closeOutput();
      byte[] all = receiving.value();
      assertEquals(filled + 3, all.length);
      assertEquals("end", new String(all, filled, 3, StandardCharsets.UTF_8));
    }
  }

  @Test
  @Tag("WRITE-02")
  void writerInALoopNoticesThatThePeerIsGone() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.peer().close();
      assertThrows(
          IOException.class,
          () -> {
            while (true) {
              pair.connection().write("anybody there?");
              pair.connection().flush();
            }
          });
    }
  }

  @Test
  void resetInMidWriteFailsTheWriterAndLaterWrites() throws Exception {
    try (Pair pair = Pair.open()) {
      fill(pair.connection());
      var writing =
          Running.parked(
              () -> {
                pair.connection().write("more");
                return true;
              });
      pair.reset();
      assertInstanceOf(IOException.class, writing.failure());
      assertThrows(IOException.class, () -> pair.connection().write("again"));
      assertThrows(IOException.class, () -> pair.connection().flush());
      pair.connection().close(); // said already
    }
  }

  @Test
  @Tag("WRITE-03")
  void writingAfterCloseFails() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.connection().close();
      assertThrows(ClosedChannelException.class, () -> pair.connection().write("late"));
      assertThrows(ClosedChannelException.class, () -> pair.connection().flush());
      assertFalse(pair.connection().isOpen());
    }
  }

  @Test
  @Tag("WRITE-04")
  @Tag("TRANS-02")
  void halfCloseSendsEverythingAndLeavesTheInputOpen() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.connection().write("all of it");
      pair.connection().closeOutput();
      pair.connection().closeOutput();
      assertEquals("all of it", new String(pair.receiveAll(), StandardCharsets.UTF_8));
      assertThrows(ClosedChannelException.class, () -> pair.connection().write("late"));
      pair.send("still\n");
      assertEquals("still", pair.connection().readLine());
      pair.end();
      assertEquals(0, pair.connection().readAll().length);
    }
  }

  @Test
  @Tag("TRANS-02")
  void endOfThePeerLeavesTheOutputOpen() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("question");
      pair.end();
      assertEquals("question", pair.connection().readAllText());
      pair.connection().write("answer");
      pair.connection().close();
      assertEquals("answer", new String(pair.receiveAll(), StandardCharsets.UTF_8));
    }
  }

  @Test
  @Tag("TRANS-01")
  void closeSendsWhatWasWrittenAndAbortDropsIt() throws Exception {
    try (Pair pair = Pair.open()) {
      int filled = fill(pair.connection());
      var closing =
          Running.parked(
              () -> {
                pair.connection().close();
                return true;
              });
      assertEquals(filled, pair.receiveAll().length);
      assertTrue(closing.value());
    }
    try (Pair pair = Pair.open()) {
      fill(pair.connection());
      pair.connection().abort();
      assertThrows(IOException.class, pair::receiveAll);
    }
  }

  @Test
  void closeGivesUpAPeerThatDoesNotRead() throws Exception {
    try (Pair pair = Pair.open(options -> options.closeTimeout(Duration.ofMillis(20)))) {
      fill(pair.connection());
      IOException e = assertThrows(IOException.class, () -> pair.connection().close());
      Running.assertSays("20ms", e);
      assertFalse(pair.connection().isOpen());
    }
  }

  @Test
  void closeWakesAWriterThatWaits() throws Exception {
    try (Pair pair = Pair.open()) {
      fill(pair.connection());
      var writing =
          Running.parked(
              () -> {
                pair.connection().write("more");
                return true;
              });
      pair.connection().abort();
      assertInstanceOf(ClosedChannelException.class, writing.failure());
    }
  }

  @Test
  @Tag("WRITE-05")
  @SuppressWarnings("SystemGc") // what is tested
  void forgottenConnectionIsClosedByTheGarbageCollector() throws Exception {
    SocketChannel peer = Pair.open().peer();
    peer.configureBlocking(false);
    Running.until(
        () -> {
          System.gc();
          return isReset(peer);
        });
    peer.close();
  }

  private static boolean isReset(SocketChannel peer) {
    try {
      return peer.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException _) {
      return true;
    }
  }
}
