package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.process.codec.CannotTravelException;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedQueueTest {
  private static final Duration SHORT = Duration.ofMillis(5);

  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  record Item(int producer, int number, String text) implements Serializable {}

  /// Sends numbered items of different lengths.
  private static Call<Integer> producer(SharedQueue<Item> queue, int producer, int count) {
    return () -> {
      for (int i = 0; i < count; i++) {
        queue.send(new Item(producer, i, "x".repeat(i % 100)));
      }
      return count;
    };
  }

  /// Receives all until the queue is closed and empty.
  private static Call<List<Item>> consumer(SharedQueue<Item> queue) {
    return () -> {
      List<Item> items = new ArrayList<>();
      for (Optional<Item> next = queue.next(); next.isPresent(); next = queue.next()) {
        items.add(next.get());
      }
      return items;
    };
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  @Tag("MPQ-01")
  void severalProcessesSendAndReceiveEachItemOnceInOrder() throws Exception {
    SharedQueue<Item> queue = shared.queue(10);
    var consumers =
        List.of(Peer.left().begin(consumer(queue)), Peer.right().begin(consumer(queue)));
    var producers =
        List.of(
            Peer.left().begin(producer(queue, 0, 2000)),
            Peer.right().begin(producer(queue, 1, 2000)));
    producer(queue, 2, 2000).call();
    for (var producer : producers) {
      get(producer);
    }
    queue.close();

    Map<Integer, Integer> counts = new HashMap<>();
    for (var consumer : consumers) {
      Map<Integer, Integer> last = new HashMap<>();
      for (Item item : get(consumer)) {
        assertEquals("x".repeat(item.number % 100), item.text);
        assertTrue(last.getOrDefault(item.producer, -1) < item.number, "in order");
        last.put(item.producer, item.number);
        counts.merge(item.producer, 1, Integer::sum);
      }
    }
    assertEquals(Map.of(0, 2000, 1, 2000, 2, 2000), counts);
  }

  @Test
  @Tag("MPQ-01")
  void isFullAtItsCapacityAndEmptyAtZero() throws Exception {
    SharedQueue<String> queue = shared.queue(2);
    assertEquals(2, queue.capacity());
    assertTrue(queue.tryReceive().isEmpty());
    assertTrue(queue.tryReceive(SHORT).isEmpty());
    assertThrows(TimeoutException.class, () -> queue.receive(SHORT));

    assertTrue(queue.trySend("a"));
    queue.send("b", SHORT);
    assertEquals(2, queue.size());
    assertFalse(queue.trySend("c"));
    assertFalse(queue.trySend("c", SHORT));
    assertThrows(TimeoutException.class, () -> queue.send("c", SHORT));
    assertEquals(2, queue.size());

    assertEquals("a", Peer.left().call(queue::receive));
    assertEquals(1, queue.size());
    assertEquals(Optional.of("b"), queue.tryReceive());
    assertEquals(0, queue.size());
  }

  @Test
  @Tag("MPQ-01")
  void aSendWaitsForRoomAndAReceiveForAnItem() throws Exception {
    SharedQueue<Integer> queue = shared.queue(1);
    queue.send(1);
    var sender =
        Peer.left()
            .begin(
                () -> {
                  queue.send(2);
                  queue.send(3);
                  return true;
                });
    assertEquals(1, queue.receive());
    assertEquals(2, queue.receive());
    assertEquals(3, queue.receive());
    assertTrue(get(sender));
  }

  @Test
  void roomIsLimitedByBytesToo() throws Exception {
    SharedQueue<byte[]> queue = shared.queue(1000, 4096);
    for (int i = 0; i < 3; i++) {
      assertTrue(queue.trySend(new byte[1100]));
    }
    assertFalse(queue.trySend(new byte[1100]));
    assertEquals(1100, queue.receive().length);
    assertTrue(queue.trySend(new byte[1100])); // around the end of the ring
    for (int i = 0; i < 3; i++) {
      assertEquals(1100, queue.receive().length);
    }
    var refused = assertThrows(IllegalArgumentException.class, () -> queue.send(new byte[5000]));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("with more bytes"), refused.getMessage());
    queue.send(new byte[4000]);
    assertEquals(4000, queue.receive().length);
  }

  @Test
  void goesOnWhenItsPositionsAndNumbersWrapAround() throws Exception {
    SharedQueue<Integer> queue = shared.queue(4, 1024);
    long nearlyAround = -20L << Integer.SIZE | ((1L << 29) - 3) << 3;
    Words.writeLong(queue.data(), Ring.TAIL, nearlyAround);
    Words.writeLong(queue.data(), Ring.HEAD, nearlyAround);
    Words.writeInt(queue.data(), Ring.extra(1), Ring.number(nearlyAround));
    for (int i = 0; i < 20; i++) {
      queue.send(i);
      queue.send(i + 100);
      assertEquals(2, queue.size());
      assertFalse(queue.join(Duration.ZERO));
      assertEquals(i, queue.receive());
      assertEquals(i + 100, queue.receive());
      queue.taskDone();
      queue.taskDone();
      assertEquals(0, queue.size());
      assertTrue(queue.join(Duration.ZERO));
    }
  }

  @Test
  @Tag("MPQ-02")
  void anItemThatCannotTravelFailsInSendAndCostsNothing() throws Exception {
    SharedQueue<Object> queue = shared.queue(1);
    for (int i = 0; i < 3; i++) {
      var refused =
          assertThrows(CannotTravelException.class, () -> queue.send(List.of(new Thread("no"))));
      assertTrue(String.valueOf(refused.getMessage()).contains("java.lang.Thread"));
      assertEquals(0, queue.size());
    }
    queue.send("later");
    assertEquals(1, queue.size());
    assertEquals("later", queue.receive());
  }

  @Test
  @SuppressWarnings("NullAway") // as a program does that nobody checks
  void nullIsRefused() throws Exception {
    SharedQueue<String> queue = shared.queue(1);
    assertThrows(NullPointerException.class, () -> queue.send(null));
    assertEquals(0, queue.size());
  }

  @Test
  @Tag("MPQ-03")
  void onAClosedQueueSendersFailAndReceiversFailOnceItIsEmpty() throws Exception {
    SharedQueue<Integer> queue = shared.queue(2);
    queue.send(1);
    queue.send(2);
    var sender = Peer.left().begin(() -> queue.trySend(3, LONG));
    assertFalse(sender.isDone());
    Peer.right().run(queue::close);

    var failure = assertThrows(ExecutionException.class, () -> get(sender)).getCause();
    assertInstanceOf(SharedClosedException.class, failure);
    assertTrue(queue.isClosed());
    failure = assertThrows(SharedClosedException.class, () -> queue.trySend(3));
    assertTrue(String.valueOf(failure.getMessage()).contains("closed"));
    assertEquals(1, queue.receive());
    assertEquals(Optional.of(2), queue.tryReceive());
    assertThrows(SharedClosedException.class, queue::receive);
    assertThrows(SharedClosedException.class, queue::tryReceive);
    assertEquals(Optional.empty(), queue.next());
  }

  @Test
  @Tag("MPQ-03")
  void closingEndsTheWaitOfReceivers() throws Exception {
    SharedQueue<Item> queue = shared.queue(2);
    var receivers = new ArrayList<CompletableFuture<List<Item>>>();
    for (int i = 0; i < 3; i++) {
      receivers.add(Peer.left().begin(consumer(queue)));
    }
    queue.close();
    for (var receiver : receivers) {
      assertEquals(List.of(), get(receiver));
    }
  }

  @Test
  @Tag("MPQ-04")
  void whatAProcessHasSentIsThereAfterItsEnd() throws Exception {
    SharedQueue<Item> queue = shared.queue(500);
    Call<Integer> producer = producer(queue, 1, 500);
    try (Peer victim = Peer.start()) {
      victim.begin(
          () -> {
            producer.call();
            Runtime.getRuntime().halt(0);
            return 0;
          });
      victim.awaitEnd();
    }
    assertEquals(500, queue.size());
    queue.close();
    List<Item> items = consumer(queue).call();
    assertEquals(IntStream.range(0, 500).boxed().toList(), numbers(items));
  }

  private static List<Integer> numbers(List<Item> items) {
    return items.stream().map(Item::number).toList();
  }

  @Test
  @Tag("MPQ-05")
  void joinReturnsOnceEveryItemIsMarkedAsDoneElsewhere() throws Exception {
    SharedQueue<Integer> queue = shared.queue(10);
    assertTrue(queue.join(Duration.ZERO));
    for (int i = 0; i < 10; i++) {
      queue.send(i);
    }
    SharedSemaphore mayGoOn = shared.semaphore(0);
    var worker =
        Peer.left()
            .begin(
                () -> {
                  for (int i = 0; i < 10; i++) {
                    queue.receive();
                    if (i == 9) {
                      mayGoOn.acquire();
                    }
                    queue.taskDone();
                  }
                  return true;
                });
    Peer.eventually("all are received", () -> queue.size() == 0);
    assertFalse(queue.join(SHORT));
    mayGoOn.release();
    queue.join();
    assertTrue(get(worker));
    var excess = assertThrows(IllegalStateException.class, queue::taskDone);
    assertTrue(String.valueOf(excess.getMessage()).contains("more often"));
  }

  @Test
  void waitsEndByAnInterruptAndNothingIsSentOrReceived() throws Exception {
    SharedQueue<Integer> queue = shared.queue(1);
    assertInterrupted(queue::receive);
    queue.send(1);
    assertInterrupted(() -> queue.trySend(2, LONG));
    assertInterrupted(
        () -> {
          queue.join();
          return true;
        });
    assertEquals(1, queue.size());
    assertEquals(1, queue.receive());
  }

  private static void assertInterrupted(Call<?> waiting) throws Exception {
    var outcome = new CompletableFuture<Boolean>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    waiting.call();
                    outcome.complete(false);
                  } catch (InterruptedException e) {
                    outcome.complete(true);
                  } catch (Exception e) {
                    outcome.completeExceptionally(e);
                  }
                });
    thread.interrupt();
    assertTrue(get(outcome));
  }

  @Test
  void virtualThreadsWaitToo() throws Exception {
    SharedQueue<Integer> queue = shared.queue(1);
    var sum = new CompletableFuture<Integer>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                sum.complete(queue.receive() + queue.receive());
              } catch (Exception e) {
                sum.completeExceptionally(e);
              }
            });
    Peer.left()
        .run(
            () -> {
              queue.send(1);
              queue.send(2);
            });
    assertEquals(3, get(sum));
  }

  /// Half of a record, and the lock, is what a kill in the middle of a send leaves.
  @Test
  void aSenderKilledInTheMiddleOfAnItemTakesNothingAlong() throws Exception {
    SharedQueue<Integer> queue = shared.queue(3);
    queue.send(1);
    try (Peer victim = Peer.start()) {
      victim.run(
          () -> {
            var ring = new Ring(queue.block(), Kind.QUEUE, 0);
            ring.sending().lock();
            MemorySegment data = ring.memory();
            data.asSlice(data.byteSize() - 900).fill((byte) 0x5a); // behind the tail
          });
      victim.kill();
      victim.awaitEnd();
    }
    queue.send(2);
    assertTrue(queue.trySend(3));
    assertEquals(List.of(1, 2, 3), List.of(queue.receive(), queue.receive(), queue.receive()));
  }

  @Test
  void anItemWhoseReceiverIsKilledInTheMiddleIsReceivedByAnother() throws Exception {
    SharedQueue<Integer> queue = shared.queue(3);
    queue.send(1);
    try (Peer victim = Peer.start()) {
      victim.run(() -> new Ring(queue.block(), Kind.QUEUE, 0).receiving().lock());
      victim.kill();
      victim.awaitEnd();
    }
    queue.send(2);
    assertEquals(Optional.of(1), queue.tryReceive());
    assertEquals(Integer.valueOf(2), Peer.left().call(queue::receive));
  }

  /// Nothing is lost, doubled or torn but what a victim held.
  private void killsSendersAndReceivers(int kills) throws Exception {
    SharedQueue<Item> queue = shared.queue(50, 4096);
    var survivor = Peer.left().begin(consumer(queue));
    Random random = new Random(11);
    for (int i = 0; i < kills; i++) {
      try (Peer victim = Peer.start()) {
        victim.begin(producer(queue, i, Integer.MAX_VALUE));
        victim.begin(consumer(queue));
        assertEquals(1, victim.call(() -> 1));
        int before = new Ring(queue.block(), Kind.QUEUE, 0).tailNumber();
        int more = 500 + random.nextInt(3000);
        Peer.eventually(
            "they send", () -> new Ring(queue.block(), Kind.QUEUE, 0).tailNumber() > before + more);
        victim.kill();
        victim.awaitEnd();
      }
      producer(queue, -1 - i, 300).call();
    }
    queue.close();

    List<Item> items = get(survivor);
    for (Item item : items) {
      assertEquals("x".repeat(item.number % 100), item.text);
    }
    Map<Integer, List<Integer>> byProducer = new HashMap<>();
    items.forEach(
        item -> byProducer.computeIfAbsent(item.producer, _ -> new ArrayList<>()).add(item.number));
    byProducer.forEach(
        (producer, numbers) ->
            assertEquals(numbers.stream().sorted().distinct().toList(), numbers));
    for (int i = 0; i < kills; i++) {
      assertEquals(
          IntStream.range(0, 300).boxed().toList(),
          byProducer.get(-1 - i),
          "what is sent after a kill arrives whole");
    }
  }

  @Test
  void killsOfSendersAndReceiversHarmNobodyElse() throws Exception {
    killsSendersAndReceivers(2);
  }

  @Test
  @Tag("long")
  void manyKillsOfSendersAndReceiversHarmNobodyElse() throws Exception {
    killsSendersAndReceivers(100);
  }

  @Test
  void arrivesAsTheSameThing() throws Exception {
    SharedQueue<SharedQueue<String>> queues = shared.queue(1);
    SharedQueue<String> answers = shared.queue(1);
    queues.send(answers);
    Peer.left().run(() -> queues.receive().send("here"));
    assertEquals("here", answers.receive());
    assertEquals(answers, Shared.attach(SharedQueue.class, answers.name()));
  }

  @Test
  void refusesSizesThatMakeNoSense() {
    assertThrows(IllegalArgumentException.class, () -> shared.queue(0));
    assertThrows(IllegalArgumentException.class, () -> shared.queue(1, 0));
    assertThrows(IllegalArgumentException.class, () -> shared.queue(1, 1L << 40));
  }
}
