package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.process.codec.CannotTravelException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedPipeTest {
  private static final Duration SHORT = Duration.ofMillis(5);
  private static final int MIB = 1 << 20;

  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  record Point(int x, int y) {}

  private static <T extends @Nullable Object> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  @Tag("PIPE-01")
  void bothEndsSendAndReceiveObjectsAndBytes() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    var echo =
        Peer.left()
            .begin(
                () -> {
                  for (int i = 0; i < 4; i++) {
                    there.send(there.receive());
                  }
                  there.sendBytes(there.receiveBytes());
                  return true;
                });
    for (Object object : Arrays.asList(7, List.of("a", new Point(1, 2)), new int[] {3}, null)) {
      pipe.left().send(object);
      Object back = pipe.left().receive();
      if (object instanceof int[] numbers) {
        assertArrayEquals(numbers, (int[]) back);
      } else {
        assertEquals(object, back);
      }
    }
    pipe.left().sendBytes(new byte[] {1, 2, 3});
    assertArrayEquals(new byte[] {1, 2, 3}, pipe.left().receiveBytes());
    assertTrue(get(echo));
  }

  @Test
  void aMessageOfBytesIsAnObjectTooAndAnObjectStaysForWhoAsksForIt() throws Exception {
    SharedPipe pipe = shared.pipe();
    pipe.left().sendBytes(ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2));
    assertArrayEquals(new byte[] {2, 3}, pipe.right().receive(byte[].class));
    pipe.left().send("text");
    assertThrows(IOException.class, pipe.right()::receiveBytes);
    assertEquals("text", pipe.right().receive(String.class));
    pipe.left().sendBytes(new byte[0]);
    assertEquals(0, pipe.right().receiveBytes().length);
    assertThrows(CannotTravelException.class, () -> pipe.left().send(new Thread("no")));
    assertFalse(pipe.right().poll());
  }

  @Test
  @Tag("PIPE-02")
  void aOneWayPipeHasASenderThatCannotReceiveAndAReceiverThatCannotSend() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe();
    PipeSender sender = pipe.sender();
    Peer.left().run(() -> sender.send("one way"));
    assertEquals("one way", pipe.receiver().receive());
    assertFalse((Object) sender instanceof PipeReceiver);
    assertFalse((Object) pipe.receiver() instanceof PipeSender);
  }

  @Test
  @Tag("PIPE-03")
  void pollTellsWhetherAReceiveWouldNotWait() throws Exception {
    SharedPipe pipe = shared.pipe();
    assertFalse(pipe.right().poll());
    assertFalse(pipe.right().poll(Duration.ofSeconds(-1)));
    assertFalse(pipe.right().poll(SHORT));
    var polled = Peer.left().begin(poll(pipe.right(), LONG));
    pipe.left().send(1);
    assertTrue(get(polled));
    assertTrue(pipe.right().poll());
    assertTrue(pipe.right().poll(Duration.ofSeconds(-1)));
  }

  private static Call<Boolean> poll(PipeReceiver receiver, Duration timeout) {
    return () -> receiver.poll(timeout);
  }

  @Test
  @Tag("PIPE-04")
  void pollTakesNoPartOfAMessage() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    PipeSender sender = pipe.sender();
    PipeReceiver receiver = pipe.receiver();
    byte[] large = random(MIB, 1);
    var sent = Peer.left().begin(sends(sender, large, new byte[] {9}));
    assertTrue(receiver.poll(LONG));
    assertTrue(Peer.left().call(poll(receiver, LONG)));

    assertArrayEquals(large, Peer.right().call(() -> receiver.receiveBytes()));
    assertArrayEquals(new byte[] {9}, receiver.receiveBytes());
    assertTrue(get(sent));
  }

  private static Call<Boolean> sends(PipeSender sender, byte[]... messages) {
    return () -> {
      for (byte[] message : messages) {
        sender.sendBytes(message);
      }
      return true;
    };
  }

  @Test
  @Tag("PIPE-05")
  void sixteenMebibytesPassUnharmed() throws Exception {
    SharedPipe pipe = shared.pipe();
    byte[] bytes = random(16 * MIB, 2);
    PipeEnd there = pipe.right();
    var echo =
        Peer.left()
            .begin(
                () -> {
                  there.sendBytes(there.receiveBytes());
                  there.send(there.receive());
                  return true;
                });
    pipe.left().sendBytes(bytes);
    assertArrayEquals(bytes, pipe.left().receiveBytes());
    pipe.left().send(bytes);
    assertArrayEquals(bytes, (byte[]) pipe.left().receive());
    assertTrue(get(echo));
  }

  @Test
  @Tag("PIPE-06")
  void afterTheOtherEndIsClosedComesWhatWasSentAndThenTheEnd() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    Peer.left()
        .run(
            () -> {
              there.send("last");
              there.close();
            });
    assertEquals("last", pipe.left().receive());
    assertTrue(pipe.left().poll());
    assertThrows(EOFException.class, pipe.left()::receive);
    assertThrows(EOFException.class, pipe.left()::receiveBytes);
    assertThrows(PipeClosedException.class, () -> pipe.left().send("nobody is there"));
    assertThrows(PipeClosedException.class, there::receive);
    assertThrows(PipeClosedException.class, () -> there.send("closed"));
    there.close();
  }

  @Test
  @Tag("PIPE-06")
  void closingEndsTheWaitOfTheOtherEnd() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    var ended =
        Peer.left()
            .begin(
                () -> {
                  try {
                    return "received " + there.receive();
                  } catch (EOFException e) {
                    return "the end";
                  }
                });
    pipe.left().close();
    assertEquals("the end", get(ended));
  }

  @Test
  @Tag("PIPE-06")
  void afterTheProcessAtTheOtherEndDiedComesWhatItSentAndThenTheEnd() throws Exception {
    SharedPipe pipe = shared.pipe(4096);
    PipeEnd there = pipe.right();
    try (Peer victim = Peer.start()) {
      victim.run(() -> there.send("last words"));
      victim.begin(sends(there, new byte[MIB])); // fills the pipe, and waits in its middle
      assertEquals("last words", pipe.left().receive());
      assertTrue(pipe.left().poll(LONG));
      victim.kill();
      assertThrows(EOFException.class, pipe.left()::receiveBytes);
      victim.awaitEnd();
    }
    assertTrue(pipe.left().poll());
    assertThrows(EOFException.class, pipe.left()::receive);
    var full = assertThrows(PipeClosedException.class, () -> pipe.left().sendBytes(new byte[MIB]));
    assertTrue(String.valueOf(full.getMessage()).contains("dead"), full.getMessage());
  }

  @Test
  @Tag("PIPE-06")
  void aProcessHasAnEndThatArrivedEvenIfItNeverUsedIt() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    try (Peer victim = Peer.start()) {
      victim.call(() -> there.toString());
      assertFalse(pipe.left().poll());
      victim.kill();
      assertThrows(EOFException.class, pipe.left()::receive);
      victim.awaitEnd();
    }
  }

  @Test
  void afterASenderDiedInTheMiddleOthersGoOn() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    PipeSender sender = pipe.sender();
    PipeReceiver receiver = pipe.receiver();
    Peer.left().run(() -> sender.send("first"));
    assertEquals("first", receiver.receive());
    try (Peer victim = Peer.start()) {
      victim.begin(sends(sender, new byte[MIB]));
      assertTrue(receiver.poll(LONG));
      var next = Peer.left().begin(sends(sender, new byte[] {1}));
      victim.kill();
      assertArrayEquals(new byte[] {1}, receiver.receiveBytes());
      assertTrue(get(next));
      victim.awaitEnd();
    }
  }

  /// The victim does what a sender of a large message has done when it is killed in the middle.
  @Test
  void aReaderDoesNotWaitForTheRestOfAMessageWhoseSenderDied() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    PipeSender sender = pipe.sender();
    Peer.left().run(() -> sender.send("first")); // so that a living process has this end
    assertEquals("first", pipe.receiver().receive());
    var received = new CompletableFuture<@Nullable Object>();
    Thread reader = Thread.ofPlatform().start(() -> receive(pipe.receiver(), received));
    try (Peer victim = Peer.start()) {
      victim.run(
          () -> {
            Ring ring = pipe.ring();
            ring.sending().lock();
            ring.write(Outflow.FIRST, 100_000, MemorySegment.ofArray(new byte[500]));
          });
      Peer.eventually(
          "it is read", () -> Ring.records(pipe.ring().head(), pipe.ring().tail()) == 0);
      victim.kill();
      victim.awaitEnd();
    }
    reader.interrupt(); // which ends no wait within a message
    var failure =
        assertThrows(
            ExecutionException.class, () -> received.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertInstanceOf(InterruptedException.class, failure.getCause());
    reader.join();
    Peer.left().run(() -> sender.send("next"));
    assertEquals("next", pipe.receiver().receive());
  }

  @Test
  void aReceiveThatIsInterruptedInTheMiddleOfAMessageHasItWhole() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    var received = new CompletableFuture<@Nullable Object>();
    Thread reader = Thread.ofPlatform().start(() -> receive(pipe.receiver(), received));
    Ring ring = pipe.ring();
    MemorySegment part = MemorySegment.ofArray(new byte[500]);
    ring.sending().lock();
    try {
      ring.write(Outflow.FIRST, 1000, part);
      Peer.eventually("it is read", () -> Ring.records(ring.head(), ring.tail()) == 0);
      reader.interrupt();
      ring.write(Outflow.LAST, 1000, part);
    } finally {
      ring.sending().unlock();
    }
    assertEquals(1000, assertInstanceOf(byte[].class, get(received)).length);
    reader.join();
  }

  private static void receive(PipeReceiver receiver, CompletableFuture<@Nullable Object> received) {
    try {
      received.complete(receiver.receive());
    } catch (Exception e) {
      received.completeExceptionally(e);
    }
  }

  @Test
  void afterAReaderDiedInTheMiddleTheNextMessageComesWhole() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    var sent = Peer.left().begin(sends(pipe.sender(), new byte[5000], new byte[] {1}));
    try (Peer victim = Peer.start()) {
      victim.run(
          () -> { // takes the first part, as the reader of the whole message would
            Ring ring = pipe.ring();
            ring.receiving().lock();
            Peer.eventually("a part is there", () -> ring.tailNumber() > 0);
            ring.remove(ring.peek());
          });
      victim.kill();
      victim.awaitEnd();
    }
    assertArrayEquals(new byte[] {1}, pipe.receiver().receiveBytes());
    assertTrue(get(sent));
  }

  @Test
  void aSenderThatIsInterruptedInTheMiddleTakesItsMessageBack() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(4096);
    var outcome = new CompletableFuture<Boolean>();
    Thread sender =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    pipe.sender().sendBytes(new byte[MIB]);
                    outcome.complete(false);
                  } catch (InterruptedException e) {
                    outcome.complete(true);
                  } catch (IOException e) {
                    outcome.completeExceptionally(e);
                  }
                });
    assertTrue(pipe.receiver().poll(LONG));
    sender.interrupt();
    assertTrue(get(outcome));

    Peer.left().begin(sends(pipe.sender(), new byte[5000]));
    assertEquals(5000, pipe.receiver().receiveBytes().length);
  }

  @Test
  void aReceiveEndsByAnInterrupt() throws Exception {
    SharedPipe pipe = shared.pipe();
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, pipe.left()::receive);
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> pipe.left().poll(LONG));
    pipe.left().send(1);
    assertEquals(1, pipe.right().receive());
  }

  @Test
  @Tag("PIPE-07")
  void aBufferThatIsTooSmallFailsWithTheWholeMessage() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe();
    pipe.sender().sendBytes(new byte[] {1, 2, 3});
    pipe.sender().sendBytes(new byte[] {4, 5});
    ByteBuffer buffer = ByteBuffer.allocate(2);
    var small =
        assertThrows(PipeBufferTooSmallException.class, () -> pipe.receiver().receiveBytes(buffer));
    assertArrayEquals(new byte[] {1, 2, 3}, small.bytes());
    assertEquals(2, pipe.receiver().receiveBytes(buffer));
    assertArrayEquals(new byte[] {4, 5}, buffer.array());
  }

  @Test
  @Tag("PIPE-08")
  void aMessageLongerThanAllowedFailsAndEndsTheReceiving() throws Exception {
    SharedPipe pipe = shared.pipe();
    pipe.left().sendBytes(new byte[10]);
    pipe.left().sendBytes(new byte[11]);
    assertEquals(10, pipe.right().receiveBytes(10).length);
    var tooLong = assertThrows(IOException.class, () -> pipe.right().receiveBytes(10));
    assertTrue(String.valueOf(tooLong.getMessage()).contains("11 bytes"), tooLong.getMessage());
    assertThrows(PipeClosedException.class, pipe.right()::receiveBytes);
    assertThrows(PipeClosedException.class, () -> pipe.left().send(1));
    pipe.right().send("the other direction goes on");
    assertEquals("the other direction goes on", pipe.left().receive());
  }

  @Test
  @Tag("PIPE-09")
  void waitingForSeveralGivesExactlyThoseThatAreReady() throws Exception {
    List<SharedOneWayPipe> pipes =
        List.of(shared.oneWayPipe(), shared.oneWayPipe(), shared.oneWayPipe());
    List<PipeReceiver> receivers = pipes.stream().map(SharedOneWayPipe::receiver).toList();
    assertEquals(List.of(), PipeReceiver.awaitAny(receivers, SHORT));
    assertEquals(List.of(), PipeReceiver.awaitAny(receivers, Duration.ofSeconds(-1)));

    PipeSender sender = pipes.get(1).sender();
    var sent = Peer.left().begin(sends(sender, new byte[1]));
    assertEquals(List.of(receivers.get(1)), PipeReceiver.awaitAny(receivers, LONG));
    assertTrue(get(sent));
    pipes.get(2).sender().close(); // the end is something to receive, too
    assertEquals(receivers.subList(1, 3), PipeReceiver.awaitAny(receivers, LONG));
  }

  @Test
  @Tag("PIPE-10")
  void anEndTravelsThroughAPipeAndIsTheSameThingThere() throws Exception {
    SharedPipe outer = shared.pipe();
    SharedPipe inner = shared.pipe();
    outer.left().send(inner.right());
    outer.left().send(shared.oneWayPipe().receiver());
    PipeEnd there = outer.right();
    Peer.left()
        .run(
            () -> {
              there.receive(PipeEnd.class).send("by the end that came");
              there.receive(PipeReceiver.class);
            });
    assertEquals("by the end that came", inner.left().receive());
    assertEquals(inner, Shared.attach(SharedPipe.class, inner.name()));
    assertEquals(inner.left(), inner.left());
    assertFalse(inner.left().equals(inner.right()));
  }

  @Test
  void messagesOfAllLengthsKeepTheirOrderAroundTheRing() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(1024);
    PipeSender sender = pipe.sender();
    var sent =
        Peer.left()
            .begin(
                () -> {
                  for (int length = 0; length < 2500; length += 1 + length / 50) {
                    sender.sendBytes(random(length, length));
                  }
                  return true;
                });
    for (int length = 0; length < 2500; length += 1 + length / 50) {
      assertArrayEquals(random(length, length), pipe.receiver().receiveBytes());
    }
    assertTrue(get(sent));
  }

  @Test
  void endsAreSharedByThreadsWithoutMixingMessages() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe(2048);
    PipeSender sender = pipe.sender();
    var left = Peer.left().begin(sendsConstant(sender, 1));
    var right = Peer.right().begin(sendsConstant(sender, 2));
    for (int i = 0; i < 200; i++) {
      byte[] message = pipe.receiver().receiveBytes();
      for (byte each : message) {
        assertEquals(message[0], each);
      }
    }
    assertTrue(get(left) && get(right));
    assertFalse(pipe.receiver().poll());
  }

  private static Call<Boolean> sendsConstant(PipeSender sender, int value) {
    return () -> {
      for (int i = 0; i < 100; i++) {
        byte[] message = new byte[1 + 97 * i];
        Arrays.fill(message, (byte) value);
        sender.sendBytes(message);
      }
      return true;
    };
  }

  @Test
  void nullIsAMessage() throws Exception {
    SharedPipe pipe = shared.pipe();
    pipe.left().send(null);
    assertNull(pipe.right().receive());
  }

  @Test
  void aProcessThatMadeThePipeAndDiedHadBothEnds() throws Exception {
    String name;
    try (Peer maker = Peer.start()) {
      name = maker.call(() -> SharedScope.open().oneWayPipe().name());
      PipeReceiver receiver = Shared.attach(SharedOneWayPipe.class, name).receiver();
      assertFalse(receiver.poll(SHORT));
      maker.kill();
      assertThrows(EOFException.class, receiver::receive);
      maker.awaitEnd();
    }
  }

  @Test
  void aClosedScopeClosesItsPipes() throws Exception {
    PipeEnd end;
    try (var scope = SharedScope.open()) {
      end = scope.pipe().left();
    }
    assertThrows(IllegalStateException.class, end::receive);
  }
}
