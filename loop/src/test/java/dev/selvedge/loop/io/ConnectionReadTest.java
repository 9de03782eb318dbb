package dev.selvedge.loop.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.TaskGroup;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionReadTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  @Tag("READ-01")
  void readWaitsForOneByteAndReturnsWhatIsThere() throws Exception {
    try (Pair pair = Pair.open()) {
      assertEquals(0, pair.connection().read(0).length);
      var reading = Running.parked(() -> pair.connection().read(100));
      pair.send("abc");
      assertEquals("abc", text(reading.value()));
      pair.send("defgh");
      assertEquals("def", text(pair.connection().read(3)));
      assertEquals("gh", text(pair.connection().read(3)));
      assertThrows(IllegalArgumentException.class, () -> pair.connection().read(-1));
    }
  }

  @Test
  @Tag("READ-02")
  void readAllReturnsEverythingUntilTheEndAndThenNothing() throws Exception {
    byte[] sent = new byte[1_000_000];
    new Random(7).nextBytes(sent);
    try (Pair pair = Pair.open()) {
      var reading = Running.parked(() -> pair.connection().readAll());
      pair.send(sent);
      pair.end();
      assertArrayEquals(sent, reading.value());
      assertEquals(0, pair.connection().readAll().length);
      assertEquals("", pair.connection().readAllText());
      assertEquals(0, pair.connection().read(10).length);
    }
  }

  @Test
  @Tag("READ-03")
  void lineIsPutTogetherFromPiecesAndLeavesTheRest() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("one");
      var reading = Running.parked(() -> pair.connection().readLineBytes());
      pair.send(" line\nnext\r\nré");
      assertEquals("one line\n", text(reading.value()));
      assertEquals("next", pair.connection().readLine());
      pair.send("st\n");
      assertEquals("rést", pair.connection().readLine());
    }
  }

  @Test
  @Tag("READ-04")
  void lastLineMayLackItsEnd() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("\nlast");
      pair.end();
      assertEquals("", pair.connection().readLine());
      assertEquals("last", text(pair.connection().readLineBytes()));
      assertEquals(0, pair.connection().readLineBytes().length);
      assertNull(pair.connection().readLine());
    }
  }

  @Test
  @Tag("READ-05")
  void lineOfTheLimitPassesAndALongerOneIsDiscarded() throws Exception {
    try (Pair pair = Pair.open(options -> options.limit(5))) {
      pair.send("12345\n123456\nnext\n");
      assertEquals("12345", pair.connection().readLine());
      var e = assertThrows(InputLimitException.class, () -> pair.connection().readLine());
      assertEquals(5, e.limit());
      assertEquals("next", pair.connection().readLine());
    }
  }

  @Test
  @Tag("READ-05")
  void restOfATooLongLineIsDiscardedAsItComes() throws Exception {
    try (Pair pair = Pair.open(options -> options.limit(5))) {
      pair.send("1234567");
      assertThrows(InputLimitException.class, () -> pair.connection().readLine());
      var reading = Running.parked(() -> pair.connection().readExactly(4));
      pair.send("89");
      reading.interrupt();
      assertInstanceOf(InterruptedException.class, reading.failure());
      pair.send("0\nnext\n");
      assertEquals("next", text(pair.connection().readExactly(4)));
    }
  }

  @Test
  void lineOfAGigabyteCostsNoMoreThanItsLimit() throws Exception {
    byte[] piece = new byte[1 << 20];
    try (Pair pair = Pair.open()) {
      var sending =
          Running.of(
              () -> {
                for (int i = 0; i < 1024; i++) {
                  pair.send(piece);
                }
                pair.send("\nnext\n");
                return true;
              });
      var e = assertThrows(InputLimitException.class, () -> pair.connection().readLine());
      assertTrue(e.seen() <= 2 * e.limit(), e.getMessage());
      assertEquals("next", pair.connection().readLine());
      assertTrue(pair.connection().inputCapacity() <= 1 << 18, "a quarter of a megabyte is enough");
      assertTrue(sending.value());
    }
  }

  @Test
  @Tag("READ-06")
  void separatorIsFoundAcrossPieces() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("head-");
      var reading = Running.parked(() -> pair.connection().readUntil(bytes("-END-")));
      pair.send("EN");
      pair.send("D-rest");
      assertEquals("head-END-", text(reading.value()));
      assertEquals("rest", text(pair.connection().readExactly(4)));
      assertThrows(IllegalArgumentException.class, () -> pair.connection().readUntil());
    }
  }

  @Test
  @Tag("READ-07")
  void bytesBeyondTheLimitBeforeASeparatorStayReadable() throws Exception {
    try (Pair pair = Pair.open(options -> options.limit(5))) {
      pair.send("12345;123456;");
      assertEquals("12345;", text(pair.connection().readUntil((byte) ';')));
      var e =
          assertThrows(InputLimitException.class, () -> pair.connection().readUntil((byte) ';'));
      assertEquals(6, e.seen());
      assertEquals("123456;", text(pair.connection().readExactly(7)));
      pair.send("1234567");
      assertThrows(InputLimitException.class, () -> pair.connection().readUntil((byte) ';'));
      assertEquals("1234567", text(pair.connection().readExactly(7)));
    }
  }

  @Test
  @Tag("READ-08")
  void endBeforeTheSeparatorFailsWithWhatCame() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("part");
      pair.end();
      var e =
          assertThrows(
              IncompleteReadException.class, () -> pair.connection().readUntil((byte) ';'));
      assertEquals("part", text(e.partial()));
      assertTrue(pair.connection().atEnd());
    }
  }

  @Test
  @Tag("READ-09")
  void readExactlyWaitsForAllAndFailsAtAnEarlyEnd() throws Exception {
    try (Pair pair = Pair.open(options -> options.limit(2))) {
      assertEquals(0, pair.connection().readExactly(0).length);
      assertThrows(IllegalArgumentException.class, () -> pair.connection().readExactly(-1));
      pair.send("123");
      var reading = Running.parked(() -> pair.connection().readExactly(6));
      pair.send("456");
      assertEquals("123456", text(reading.value()));
      pair.send("78");
      pair.end();
      var e =
          assertThrows(IncompleteReadException.class, () -> pair.connection().readExactly(1 << 30));
      assertEquals("78", text(e.partial()));
      Running.assertSays("" + (1 << 30), e);
    }
  }

  @Test
  @Tag("READ-10")
  void isAtEndWhenTheEndWasSeenAndNothingIsLeft() throws Exception {
    try (Pair pair = Pair.open()) {
      assertFalse(pair.connection().atEnd());
      pair.send("a\nb\n");
      pair.end();
      assertEquals("a", pair.connection().readLine());
      assertFalse(pair.connection().atEnd());
      assertEquals("b", pair.connection().readLine());
      assertNull(pair.connection().readLine());
      assertTrue(pair.connection().atEnd());
    }
  }

  @Test
  @Tag("READ-11")
  void resetWakesAWaitingReadAndFailsLaterOnes() throws Exception {
    try (Pair pair = Pair.open()) {
      var reading = Running.parked(() -> pair.connection().readLine());
      pair.reset();
      assertInstanceOf(IOException.class, reading.failure());
      assertThrows(IOException.class, () -> pair.connection().readLine());
      assertThrows(IOException.class, () -> pair.connection().readAll());
    }
  }

  @Test
  @Tag("SOCK-01")
  void cancelledReadLeavesEveryByteToTheNext() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("be");
      var reading = Running.parked(() -> pair.connection().readLine());
      reading.interrupt();
      assertInstanceOf(InterruptedException.class, reading.failure());
      assertTrue(pair.connection().isOpen());
      pair.send("gun\n");
      assertEquals("begun", pair.connection().readLine());
    }
  }

  @Test
  @Tag("SOCK-01")
  void readThatMissesItsDeadlineLeavesTheConnectionUsable() throws Exception {
    try (Pair pair = Pair.open()) {
      pair.send("be");
      assertThrows(
          DeadlineExceededException.class,
          () -> Deadline.within(Duration.ofMillis(50), () -> pair.connection().readLine()));
      pair.send("gun\n");
      assertEquals("begun", pair.connection().readLine());
    }
  }

  @Test
  void cancelledTaskLeavesItsReadWithoutAnInterrupt() throws Exception {
    try (Pair pair = Pair.open()) {
      var leftover =
          TaskGroup.call(
              group -> {
                var reading = group.fork(() -> pair.connection().readLine());
                Running.until(pair.connection()::isBeingRead);
                reading.cancel(true);
                return reading;
              });
      assertTrue(leftover.isCancelled());
      pair.send("line\n");
      assertEquals("line", pair.connection().readLine());
    }
  }

  /// Readers are cancelled at random while bytes come: each byte is read once, in order.
  @Test
  void noByteIsLostOrDoubledByCancelledReads() throws Exception {
    int lines = 3_000;
    try (Pair pair = Pair.open()) {
      var sending =
          Running.of(
              () -> {
                for (int i = 0; i < lines; i++) {
                  pair.send("line " + i + "\n");
                }
                pair.end();
                return true;
              });
      List<String> got = new ArrayList<>();
      int cancelled = 0;
      boolean ended = false;
      Random random = new Random(1);
      while (!ended) {
        var reading = Running.of(() -> readInto(pair.connection(), got));
        Running.letOthersRun(random.nextInt(300));
        reading.interrupt();
        try {
          ended = reading.value();
        } catch (java.util.concurrent.ExecutionException e) {
          assertInstanceOf(InterruptedException.class, e.getCause());
          cancelled++;
        }
      }
      assertTrue(sending.value());
      assertTrue(cancelled > 0);
      assertEquals(lines, got.size());
      for (int i = 0; i < lines; i++) {
        assertEquals("line " + i, got.get(i));
      }
    }
  }

  private static boolean readInto(Connection connection, List<String> lines) throws Exception {
    for (String line = connection.readLine(); line != null; line = connection.readLine()) {
      lines.add(line);
    }
    return true;
  }

  @Test
  void closeWakesAWaitingRead() throws Exception {
    try (Pair pair = Pair.open()) {
      var reading = Running.parked(() -> pair.connection().readLine());
      pair.connection().close();
      assertInstanceOf(ClosedChannelException.class, reading.failure());
      assertThrows(ClosedChannelException.class, () -> pair.connection().read(1));
    }
  }

  @Test
  void readersTakeTurns() throws Exception {
    try (Pair pair = Pair.open()) {
      var first = Running.parked(() -> pair.connection().readLine());
      var second = Running.parked(() -> pair.connection().readLine());
      pair.send("one\ntwo\n");
      assertEquals("one", first.value());
      assertEquals("two", second.value());
    }
  }

  @Test
  void platformThreadsReadToo() throws Exception {
    try (Pair pair = Pair.open()) {
      var sending =
          Running.of(
              () -> {
                pair.send("hello\n");
                return true;
              });
      assertEquals("hello", pair.connection().readLine());
      assertTrue(sending.value());
    }
  }
}
