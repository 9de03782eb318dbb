package dev.selvedge.sync;

import static dev.selvedge.sync.Waiting.LONG;
import static dev.selvedge.sync.Waiting.SHORT;
import static dev.selvedge.sync.Waiting.parked;
import static dev.selvedge.sync.Waiting.parkedTask;
import static dev.selvedge.sync.Waiting.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("ThreadPriorityCheck") // yields where waiting is not what is tested
class ChanTest {

  private static List<Integer> received(Chan<Integer> chan, int count) throws InterruptedException {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(chan.receive());
    }
    return all;
  }

  private static Chan<Integer> filled(Chan<Integer> chan, Integer... items)
      throws InterruptedException {
    for (Integer item : items) {
      chan.send(item);
    }
    return chan;
  }

  // ---- orders -----------------------------------------------------------------------------------

  @Test
  @Tag("QUEUE-01")
  void givesOutInItsOrder() throws Exception {
    assertEquals(List.of(2, 3, 1), received(filled(Chan.bounded(3), 2, 3, 1), 3));
    assertEquals(List.of(2, 3, 1), received(filled(Chan.unbounded(), 2, 3, 1), 3));
    assertEquals(List.of(1, 3, 2), received(filled(Chan.lifo(3), 2, 3, 1), 3));
    assertEquals(
        List.of(1, 2, 3),
        received(filled(Chan.priority(3, Comparator.naturalOrder()), 2, 3, 1), 3));
  }

  @Test
  void equalItemsOfAPriorityChannelComeInTheOrderSent() throws Exception {
    Chan<String> chan = Chan.priority(100, Comparator.comparingInt(String::length));
    List<String> sent = new ArrayList<>();
    Random random = new Random(42);
    for (int i = 0; i < 100; i++) {
      String item = "x".repeat(random.nextInt(5)) + (char) ('\u0100' + i);
      sent.add(item);
      chan.send(item);
    }
    List<String> got = new ArrayList<>();
    while (chan.size() > 0) {
      got.add(chan.receive());
    }
    sent.sort(Comparator.comparingInt(String::length)); // stable
    assertEquals(sent, got);
  }

  @Test
  void priorityChannelSortsAnyMixOfSendsAndReceives() throws Exception {
    Random random = new Random(7);
    Chan<Integer> chan = Chan.priority(Integer.MAX_VALUE, Comparator.naturalOrder());
    List<Integer> model = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      if (model.isEmpty() || random.nextInt(5) < 3) {
        int item = random.nextInt(50);
        chan.send(item);
        model.add(item);
        model.sort(null);
      } else {
        assertEquals(model.removeFirst(), chan.receive());
      }
    }
    assertEquals(model, chan.closeNow());
  }

  @Test
  void fifoKeepsItsOrderWhileItGrowsAndWraps() throws Exception {
    Chan<Integer> chan = Chan.unbounded();
    int sent = 0;
    int got = 0;
    for (int round = 1; round < 100; round++) {
      for (int i = 0; i < round; i++) {
        chan.send(sent++);
      }
      for (int i = 0; i < round - 1; i++) {
        assertEquals(got++, chan.receive());
      }
    }
    assertEquals(IntStream.range(got, sent).boxed().toList(), chan.closeNow());
  }

  @Test
  @Tag("QUEUE-09")
  void oneProducerAndOneConsumerKeepTheOrder() throws Exception {
    for (Chan<Integer> chan :
        List.of(Chan.<Integer>rendezvous(), Chan.<Integer>bounded(3), Chan.<Integer>unbounded())) {
      int items = 5_000;
      var producer =
          running(
              () -> {
                for (int i = 0; i < items; i++) {
                  chan.send(i);
                }
              });
      assertEquals(IntStream.range(0, items).boxed().toList(), received(chan, items));
      producer.assertReturned();
    }
  }

  // ---- waiting ----------------------------------------------------------------------------------

  @Test
  @Tag("QUEUE-02")
  void sendToAFullChannelWaitsForRoom() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1, 2);
    var sender = parked(() -> chan.send(3));
    assertEquals(2, chan.size());

    assertEquals(1, chan.receive());

    sender.assertReturned();
    assertEquals(List.of(2, 3), received(chan, 2));
  }

  @Test
  @Tag("QUEUE-03")
  void receiveFromAnEmptyChannelWaitsForAnItem() throws Exception {
    Chan<Integer> chan = Chan.bounded(2);
    AtomicReference<Integer> got = new AtomicReference<>();
    var receiver = parked(() -> got.set(chan.receive()));

    chan.send(7);

    receiver.assertReturned();
    assertEquals(7, got.get());
    assertEquals(0, chan.size());
  }

  @Test
  void waitersAreServedInTheOrderInWhichTheyCame() throws Exception {
    Chan<Integer> chan = Chan.bounded(1);
    List<String> got = new CopyOnWriteArrayList<>();
    List<Waiting.Runner> receivers = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      receivers.add(
          parked(
              () -> {
                int item = chan.receive();
                Waiting.until(() -> got.size() == item);
                got.add(name + item);
              }));
    }
    filled(chan, 0, 1, 2);
    for (var receiver : receivers) {
      receiver.assertReturned();
    }
    assertEquals(List.of("a0", "b1", "c2"), got);

    chan.send(3);
    List<Waiting.Runner> senders = new ArrayList<>();
    for (int i = 4; i < 7; i++) {
      int item = i;
      senders.add(parked(() -> chan.send(item)));
    }
    assertEquals(List.of(3, 4, 5, 6), received(chan, 4));
    for (var sender : senders) {
      sender.assertReturned();
    }
  }

  @Test
  void rendezvousKeepsNothing() throws Exception {
    Chan<Integer> chan = Chan.rendezvous();
    assertFalse(chan.trySend(1));
    assertEquals(Optional.empty(), chan.tryReceive());
    var sender = parked(() -> chan.send(2));
    assertEquals(0, chan.size());
    assertEquals(Optional.of(2), chan.tryReceive());
    sender.assertReturned();

    AtomicReference<Integer> got = new AtomicReference<>();
    var receiver = parked(() -> got.set(chan.receive()));
    assertTrue(chan.trySend(3));
    receiver.assertReturned();
    assertEquals(3, got.get());
  }

  @Test
  @Tag("QUEUE-04")
  void sendToAFullChannelWithoutTimeFailsOrIsRefusedAndChangesNothing() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(1), 1);

    assertFalse(chan.trySend(2));
    assertFalse(chan.trySend(2, Duration.ZERO));
    assertFalse(chan.trySend(2, SHORT));
    var thrown = assertThrows(TimeoutException.class, () -> chan.send(2, Duration.ZERO));
    assertTrue(thrown.toString().contains("full"), thrown.toString());
    assertThrows(TimeoutException.class, () -> chan.send(2, SHORT));

    assertEquals(List.of(1), chan.closeNow());
  }

  @Test
  @Tag("QUEUE-05")
  void receiveFromAnEmptyChannelWithoutTimeFailsOrIsEmpty() throws Exception {
    Chan<Integer> chan = Chan.bounded(1);

    assertEquals(Optional.empty(), chan.tryReceive());
    assertEquals(Optional.empty(), chan.tryReceive(Duration.ZERO));
    assertEquals(Optional.empty(), chan.tryReceive(SHORT));
    var thrown = assertThrows(TimeoutException.class, () -> chan.receive(Duration.ZERO));
    assertTrue(thrown.toString().contains("empty"), thrown.toString());
    assertThrows(TimeoutException.class, () -> chan.receive(SHORT));

    chan.send(1); // nobody is left waiting
    assertEquals(Optional.of(1), chan.tryReceive(Duration.ZERO));
  }

  @Test
  void timedOperationsSucceedWithinTheirTime() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(1), 1);
    var sender = parked(() -> chan.send(2, LONG));
    assertEquals(1, chan.receive(LONG));
    sender.assertReturned();
    assertEquals(Optional.of(2), chan.tryReceive(LONG));
    assertTrue(chan.trySend(3, LONG));
  }

  @Test
  @Tag("QUEUE-06")
  void negativeTimeoutsAreRefusedEvenIfNothingHadToWait() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1);
    Duration negative = Duration.ofNanos(-1);
    assertThrows(IllegalArgumentException.class, () -> chan.send(2, negative));
    assertThrows(IllegalArgumentException.class, () -> chan.trySend(2, negative));
    assertThrows(IllegalArgumentException.class, () -> chan.receive(negative));
    assertThrows(IllegalArgumentException.class, () -> chan.tryReceive(negative));
    assertThrows(IllegalArgumentException.class, () -> chan.join(negative));
    assertEquals(List.of(1), chan.closeNow());
  }

  @Test
  @SuppressWarnings("NullAway") // null is what this is about
  void refusesNullAndCapacitiesThatMakeNoSense() {
    Chan<Integer> chan = Chan.bounded(1);
    Integer nothing = null;
    assertThrows(NullPointerException.class, () -> chan.send(nothing));
    assertThrows(NullPointerException.class, () -> chan.trySend(nothing));
    assertThrows(IllegalArgumentException.class, () -> Chan.bounded(0));
    assertThrows(IllegalArgumentException.class, () -> Chan.lifo(-1));
    assertThrows(
        IllegalArgumentException.class, () -> Chan.priority(0, Comparator.<Integer>naturalOrder()));
  }

  @Test
  void tellsItsSizeAndCapacity() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(3), 1, 2);
    assertEquals(2, chan.size());
    assertEquals(3, chan.capacity());
    assertEquals("Chan 2 of 3", chan.toString());
    chan.close();
    assertEquals("Chan 2 of 3, closed", chan.toString());
    assertEquals(0, Chan.rendezvous().capacity());
    assertEquals(Integer.MAX_VALUE, Chan.unbounded().capacity());
  }

  // ---- counting ---------------------------------------------------------------------------------

  @Test
  @Tag("QUEUE-07")
  void joinWaitsUntilEverythingIsDoneAgainAndAgain() throws Exception {
    Chan<Integer> chan = Chan.bounded(10);
    chan.join();
    for (int round = 0; round < 3; round++) {
      filled(chan, 1, 2);
      var joiner = parked(chan::join);
      received(chan, 2);
      chan.taskDone();
      assertFalse(chan.join(SHORT));
      joiner.awaitParked();
      chan.taskDone();
      joiner.assertReturned();
      assertTrue(chan.join(Duration.ZERO));
    }
    assertThrows(IllegalStateException.class, chan::taskDone);
  }

  @Test
  void joinCountsWhatWasHandedOverDirectly() throws Exception {
    Chan<Integer> chan = Chan.rendezvous();
    var receiver = parked(chan::receive);
    chan.send(1);
    receiver.assertReturned();
    var sender = parked(() -> chan.send(2));
    chan.receive();
    sender.assertReturned();
    chan.taskDone();
    assertFalse(chan.join(Duration.ZERO));
    chan.taskDone();
    assertTrue(chan.join(Duration.ZERO));
  }

  @Test
  void timedOutSendsAreNotCounted() throws Exception {
    Chan<Integer> chan = Chan.rendezvous();
    assertFalse(chan.trySend(1, SHORT));
    assertTrue(chan.join(Duration.ZERO));
  }

  // ---- closing ----------------------------------------------------------------------------------

  @Test
  @Tag("SHUT-01")
  void nothingCanBeSentToAClosedChannel() throws Exception {
    Chan<Integer> chan = Chan.bounded(2);
    chan.close();
    assertTrue(chan.isClosed());
    assertThrows(ChanClosedException.class, () -> chan.send(1));
    assertThrows(ChanClosedException.class, () -> chan.send(1, Duration.ZERO));
    assertThrows(ChanClosedException.class, () -> chan.trySend(1));
    assertThrows(ChanClosedException.class, () -> chan.trySend(1, SHORT));
    assertEquals(0, chan.size());
    assertTrue(chan.join(Duration.ZERO));
  }

  @Test
  @Tag("SHUT-01")
  void sendThatWaitsFailsWhenTheChannelIsClosedAndHasSentNothing() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(1), 1);
    var sender = parked(() -> chan.send(2));
    chan.close();
    assertInstanceOf(ChanClosedException.class, sender.outcome());
    assertEquals(1, chan.receive());
    assertThrows(ChanClosedException.class, chan::receive);
  }

  @Test
  @Tag("SHUT-02")
  void closeWakesAWaitingReceiver() throws Exception {
    Chan<Integer> chan = Chan.bounded(1);
    var receiver = parked(chan::receive);
    var timed = parked(() -> chan.tryReceive(LONG));
    chan.close();
    assertInstanceOf(ChanClosedException.class, receiver.outcome());
    assertInstanceOf(ChanClosedException.class, timed.outcome());
  }

  @Test
  @Tag("SHUT-03")
  void whatIsLeftIsReceivedAndTheRestOfTheReceiversFail() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1, 2);
    chan.close();
    AtomicInteger got = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    List<Waiting.Runner> consumers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      consumers.add(
          running(
              () -> {
                try {
                  chan.receive();
                  got.incrementAndGet();
                } catch (ChanClosedException e) {
                  failed.incrementAndGet();
                }
              }));
    }
    for (var consumer : consumers) {
      consumer.assertReturned();
    }
    assertEquals(2, got.get());
    assertEquals(1, failed.get());
  }

  @Test
  @Tag("SHUT-04")
  void closeNowTakesWhatIsLeftAndEveryReceiveFails() throws Exception {
    Chan<Integer> waitedFor = Chan.bounded(1);
    var receiver = parked(waitedFor::receive);
    assertEquals(List.of(), waitedFor.closeNow());
    assertInstanceOf(ChanClosedException.class, receiver.outcome());

    Chan<Integer> chan = filled(Chan.bounded(3), 1, 2, 3);
    assertEquals(List.of(1, 2, 3), chan.closeNow());
    assertEquals(0, chan.size());
    assertThrows(ChanClosedException.class, chan::receive);
    assertThrows(ChanClosedException.class, chan::tryReceive);
    assertThrows(ChanClosedException.class, () -> chan.receive(Duration.ZERO));
    assertEquals(List.of(), chan.closeNow());
  }

  @Test
  void closeNowReturnsItemsInTheOrderOfTheirReceipt() throws Exception {
    assertEquals(List.of(3, 2, 1), filled(Chan.lifo(3), 1, 2, 3).closeNow());
    assertEquals(
        List.of(1, 2, 3),
        filled(Chan.priority(3, Comparator.<Integer>naturalOrder()), 3, 1, 2).closeNow());
  }

  @Test
  @Tag("SHUT-05")
  void whatCloseNowTakesCountsAsDone() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(3), 1, 2, 3);
    var joiner = parked(chan::join);
    chan.closeNow();
    joiner.assertReturned();

    Chan<Integer> busy = filled(Chan.bounded(3), 1, 2, 3);
    busy.receive();
    busy.closeNow();
    assertFalse(busy.join(SHORT));
    busy.taskDone();
    assertTrue(busy.join(Duration.ZERO));
    assertThrows(IllegalStateException.class, busy::taskDone);
  }

  @Test
  @Tag("SHUT-06")
  void afterCloseJoinWaitsUntilTheRestIsDone() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1, 2);
    var joiner = parked(chan::join);
    chan.close();
    assertEquals(List.of(1, 2), received(chan, 2));
    joiner.awaitParked();
    chan.taskDone();
    assertFalse(chan.join(SHORT));
    chan.taskDone();
    joiner.assertReturned();
    chan.join();
  }

  @Test
  @Tag("SHUT-07")
  void closeMayBeRepeatedAndGoToCloseNowButNotBack() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1, 2);
    chan.close();
    chan.close();
    assertEquals(2, chan.size());
    assertEquals(List.of(1, 2), chan.closeNow());
    chan.close();
    assertTrue(chan.isClosed());
    assertEquals(0, chan.size());
    assertThrows(ChanClosedException.class, () -> chan.send(1));
    assertThrows(ChanClosedException.class, chan::receive);
  }

  @Test
  void forEachReceivesUntilTheChannelIsClosedAndEmpty() throws Exception {
    Chan<Integer> chan = Chan.bounded(2);
    var producer =
        running(
            () -> {
              try (chan) {
                for (int i = 0; i < 10; i++) {
                  chan.send(i);
                }
              }
            });
    List<Integer> got = new ArrayList<>();
    chan.forEach(got::add);
    producer.assertReturned();
    assertEquals(IntStream.range(0, 10).boxed().toList(), got);
  }

  @Test
  void forEachPassesOnWhatItsReceiverThrows() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(2), 1, 2);
    assertThrows(
        IOException.class,
        () ->
            chan.forEach(
                item -> {
                  throw new IOException("broken");
                }));
    assertEquals(List.of(2), chan.closeNow());
  }

  @Test
  void forEachPassesOnTheClosingOfAnotherChannel() throws Exception {
    Chan<Integer> from = filled(Chan.bounded(2), 1, 2);
    Chan<Integer> to = Chan.bounded(2);
    to.close();
    assertThrows(ChanClosedException.class, () -> from.forEach(to::send));
  }

  // ---- comparators that throw
  // ---------------------------------------------------------------------

  /// Fails when told to, and at the comparison told.
  private static final class Moody implements Comparator<Integer> {
    int comparisonsLeft = Integer.MAX_VALUE;

    @Override
    public int compare(Integer a, Integer b) {
      if (comparisonsLeft-- <= 0) {
        throw new ArithmeticException("no mood to compare");
      }
      return a.compareTo(b);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @Tag("QUEUE-10")
  void comparatorThatThrowsInSendLosesNothing(int failsAfter) throws Exception {
    Moody moody = new Moody();
    Chan<Integer> chan = filled(Chan.priority(100, moody), 8, 7, 6, 5, 4, 3, 2, 10, 9, 11);
    moody.comparisonsLeft = failsAfter;
    assertThrows(ArithmeticException.class, () -> chan.send(1));
    assertEquals(10, chan.size());
    moody.comparisonsLeft = Integer.MAX_VALUE;

    chan.send(1);

    assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), received(chan, 11));
    assertEquals(Optional.empty(), chan.tryReceive(SHORT));
    for (int i = 0; i < 11; i++) {
      chan.taskDone();
    }
    chan.join();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  @Tag("QUEUE-10")
  void comparatorThatThrowsInReceiveLosesNothing(int failsAfter) throws Exception {
    Moody moody = new Moody();
    Chan<Integer> chan = filled(Chan.priority(100, moody), 8, 7, 6, 5, 4, 3, 2, 10, 9, 11);
    moody.comparisonsLeft = failsAfter;
    assertThrows(ArithmeticException.class, chan::receive);
    moody.comparisonsLeft = Integer.MAX_VALUE;
    assertEquals(List.of(2, 3, 4, 5, 6, 7, 8, 9, 10, 11), received(chan, 10));
    var receiver = parked(chan::receive);
    chan.send(1);
    receiver.assertReturned();
  }

  @Test
  @Tag("QUEUE-10")
  void comparatorThatThrowsForAWaitingSenderFailsThatSender() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    Chan<Integer> chan =
        filled(
            Chan.priority(
                2,
                (a, b) -> {
                  if (fails.get() && (a == 13 || b == 13)) {
                    throw new ArithmeticException("not this one");
                  }
                  return a.compareTo(b);
                }),
            1,
            2);
    fails.set(true);
    var unlucky = parked(() -> chan.send(13));
    var lucky = parked(() -> chan.send(3));

    assertEquals(1, chan.receive());

    assertInstanceOf(ArithmeticException.class, unlucky.outcome());
    lucky.assertReturned();
    assertEquals(List.of(2, 3), received(chan, 2));
  }

  @Test
  void closeNowLosesNothingIfTheComparatorThrows() throws Exception {
    Moody moody = new Moody();
    Chan<Integer> chan = filled(Chan.priority(100, moody), 5, 4, 3, 2, 1);
    moody.comparisonsLeft = 4;
    List<Integer> left = chan.closeNow();
    assertEquals(1, left.getFirst());
    assertEquals(List.of(1, 2, 3, 4, 5), left.stream().sorted().toList());
    assertEquals(0, chan.size());
  }

  @Test
  void comparatorThatUsesTheChannelIsToldNotTo() throws Exception {
    AtomicReference<Chan<Integer>> itself = new AtomicReference<>();
    AtomicInteger mode = new AtomicInteger();
    Chan<Integer> chan =
        Chan.priority(
            2,
            (a, b) -> {
              try {
                switch (mode.get()) {
                  case 1 -> itself.get().send(5);
                  case 2 -> itself.get().receive();
                  case 3 -> itself.get().closeNow();
                  case 4 -> itself.get().join();
                  default -> {
                    return a.compareTo(b);
                  }
                }
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return 0;
            });
    itself.set(chan);
    chan.send(2);
    for (int i = 1; i <= 4; i++) {
      mode.set(i);
      assertThrows(IllegalStateException.class, () -> chan.send(1));
    }
    mode.set(0);
    chan.send(1);
    assertEquals(List.of(1, 2), received(chan, 2));
  }

  // ---- reachability
  // -------------------------------------------------------------------------------

  enum Kind {
    BOUNDED,
    RENDEZVOUS,
    LIFO,
    PRIORITY;

    Chan<Object> make() {
      return switch (this) {
        case BOUNDED -> Chan.bounded(4);
        case RENDEZVOUS -> Chan.rendezvous();
        case LIFO -> Chan.lifo(4);
        case PRIORITY -> Chan.priority(4, Comparator.comparingInt(System::identityHashCode));
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  @Tag("QUEUE-11")
  void anItemThatHasLeftIsNotReachableThroughTheChannel(Kind kind) throws Exception {
    Chan<Object> chan = kind.make();
    List<WeakReference<Object>> items = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Object item = new Object();
      items.add(new WeakReference<>(item));
      var sender = running(() -> chan.send(item));
      chan.receive();
      sender.assertReturned();
    }
    if (kind != Kind.RENDEZVOUS) {
      for (int i = 0; i < 4; i++) {
        Object item = new Object();
        items.add(new WeakReference<>(item));
        chan.send(item);
      }
      chan.closeNow();
    }
    Waiting.until(
        () -> {
          System.gc();
          return items.stream().allMatch(item -> item.refersTo(null));
        });
    assertEquals(0, chan.size());
  }

  @Test
  @Tag("AQUEUE-07")
  void waitersThatLeftAreForgotten() throws Exception {
    Chan<Object> chan = Chan.rendezvous();
    List<WeakReference<Object>> left = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Object item = new Object();
      left.add(new WeakReference<>(item));
      assertFalse(chan.trySend(item, Duration.ofNanos(1000)));
      Thread receiver =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      assertEquals(Optional.empty(), chan.tryReceive(Duration.ofNanos(1000)));
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
      receiver.join();
      left.add(new WeakReference<>(receiver));
      var interrupted = parked(() -> chan.send(item)).interrupt();
      assertInstanceOf(InterruptedException.class, interrupted.outcome());
    }
    Waiting.until(
        () -> {
          System.gc();
          return left.stream().allMatch(reference -> reference.refersTo(null));
        });
    assertFalse(chan.trySend(new Object()));
    assertEquals(Optional.empty(), chan.tryReceive());
  }

  // ---- tasks, cancellation
  // --------------------------------------------------------------------------

  @Test
  @Tag("AQUEUE-01")
  void receivingSuspendsOnlyItsTask() throws Exception {
    Chan<Integer> chan = Chan.bounded(1);
    try (Pool pool = Pool.virtual()) {
      Task<Integer> receiver = parkedTask(pool, chan::receive);
      assertEquals("other", pool.submit(() -> "other").await(LONG));
      assertFalse(receiver.isDone());
      pool.submit(() -> chan.send(3)).await(LONG);
      assertEquals(3, receiver.await(LONG));
    }
  }

  @Test
  @Tag("AQUEUE-02")
  void sendingSuspendsOnlyItsTask() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(1), 1);
    try (Pool pool = Pool.virtual()) {
      Task<Boolean> sender =
          parkedTask(
              pool,
              () -> {
                chan.send(2);
                return true;
              });
      assertEquals("other", pool.submit(() -> "other").await(LONG));
      assertFalse(sender.isDone());
      assertEquals(1, pool.submit(() -> chan.receive()).await(LONG));
      assertTrue(sender.await(LONG));
      assertEquals(2, chan.receive());
    }
  }

  @Test
  @Tag("AQUEUE-03")
  void receiverCancelledBeforeTheHandOverLeavesTheItemToTheNext() throws Exception {
    Chan<Integer> chan = Chan.bounded(2);
    try (Pool pool = Pool.virtual()) {
      for (int round = 0; round < 100; round++) {
        Task<Integer> first = parkedTask(pool, chan::receive);
        Task<Integer> second = parkedTask(pool, chan::receive);

        first.cancel("not needed");
        chan.send(1);
        chan.send(2);

        assertEquals(1, second.await(LONG));
        first.join();
        assertTrue(first.isCancelled());
        assertEquals(2, chan.receive());
      }
    }
  }

  @Test
  @Tag("AQUEUE-03")
  void receiverInterruptedAfterTheHandOverHasTheItemAndTheInterrupt() throws Exception {
    Chan<Integer> chan = Chan.bounded(2);
    AtomicInteger got = new AtomicInteger();
    int pending = 0;
    for (int round = 0; round < 200; round++) {
      got.set(-1);
      var receiver = parked(() -> got.set(chan.receive()));
      chan.send(round);
      receiver.interrupt();
      assertNull(receiver.outcome());
      assertEquals(round, got.get());
      pending += receiver.isInterruptPending() ? 1 : 0;
    }
    assertEquals(0, chan.size());
    assertTrue(pending <= 200);
  }

  @Test
  @Tag("AQUEUE-04")
  void oneOfManyReceiversIsCancelledAndTheOthersGetEverything() throws Exception {
    for (int cancelled = 0; cancelled < 5; cancelled++) {
      Chan<Integer> chan = Chan.bounded(5);
      List<Integer> got = new CopyOnWriteArrayList<>();
      List<Waiting.Runner> receivers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        receivers.add(parked(() -> got.add(chan.receive())));
      }
      receivers.get(cancelled).interrupt();
      for (int i = 0; i < 4; i++) {
        chan.send(i);
      }
      for (int i = 0; i < 5; i++) {
        if (i == cancelled) {
          assertInstanceOf(InterruptedException.class, receivers.get(i).outcome());
        } else {
          receivers.get(i).assertReturned();
        }
      }
      assertEquals(List.of(0, 1, 2, 3), got.stream().sorted().toList());
      assertEquals(0, chan.size());
    }
  }

  @Test
  @Tag("AQUEUE-05")
  void cancelledSenderInsertsNothingAndKeepsNoRoom() throws Exception {
    for (int round = 0; round < 50; round++) {
      Chan<Integer> chan = filled(Chan.bounded(1), 0);
      var first = parked(() -> chan.send(1));
      var second = parked(() -> chan.send(2));

      first.interrupt();
      assertEquals(0, chan.receive());

      second.assertReturned();
      assertInstanceOf(InterruptedException.class, first.outcome());
      assertEquals(List.of(2), chan.closeNow());
    }
  }

  @Test
  @Tag("AQUEUE-06")
  void sendCancelledAtTheMomentOfRoomInsertsExactlyOnceWhenRetried() throws Exception {
    for (int round = 0; round < 200; round++) {
      Chan<Integer> chan = filled(Chan.bounded(1), 0);
      var sender =
          parked(
              () -> {
                try {
                  chan.send(1);
                } catch (InterruptedException e) {
                  chan.send(1);
                }
              });
      var interrupter = running(sender::interrupt);
      assertEquals(0, chan.receive());
      interrupter.assertReturned();
      sender.assertReturned();
      assertEquals(List.of(1), chan.closeNow());
    }
  }

  @Test
  void operationsThatMayWaitLookAtTheInterruptFirst() throws Exception {
    Chan<Integer> chan = filled(Chan.bounded(3), 1);
    for (Waiting.Work work :
        List.<Waiting.Work>of(() -> chan.send(2), chan::receive, () -> chan.receive(LONG))) {
      var interrupted =
          running(
              () -> {
                Thread.currentThread().interrupt();
                work.run();
              });
      assertInstanceOf(InterruptedException.class, interrupted.outcome());
    }
    assertEquals(List.of(1), chan.closeNow());
  }

  // ---- stress
  // ---------------------------------------------------------------------------------------

  enum Style {
    WAITING,
    NOT_WAITING,
    SHORT_TIMEOUT
  }

  private static boolean send(Chan<Integer> chan, Integer item, Style style)
      throws InterruptedException {
    return switch (style) {
      case WAITING -> {
        chan.send(item);
        yield true;
      }
      case NOT_WAITING -> chan.trySend(item);
      case SHORT_TIMEOUT -> chan.trySend(item, Duration.ofNanos(50_000));
    };
  }

  private static Optional<Integer> receive(Chan<Integer> chan, Style style)
      throws InterruptedException {
    return switch (style) {
      case WAITING -> Optional.of(chan.receive());
      case NOT_WAITING -> chan.tryReceive();
      case SHORT_TIMEOUT -> chan.tryReceive(Duration.ofNanos(50_000));
    };
  }

  @ParameterizedTest
  @EnumSource
  @Tag("QUEUE-08")
  void fiftyProducersAndFiftyConsumersLoseAndDuplicateNothing(Style style) throws Exception {
    List<Chan<Integer>> chans = new ArrayList<>();
    chans.add(Chan.bounded(7));
    if (style != Style.NOT_WAITING) { // two that never wait do not meet
      chans.add(Chan.rendezvous());
    }
    for (Chan<Integer> chan : chans) {
      int items = 10_000;
      AtomicInteger next = new AtomicInteger();
      BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
      List<Waiting.Runner> runners = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        runners.add(
            running(
                () -> {
                  for (int item = next.getAndIncrement();
                      item < items;
                      item = next.getAndIncrement()) {
                    while (!send(chan, item, style)) {
                      Thread.yield();
                    }
                  }
                }));
        runners.add(
            running(
                () -> {
                  try {
                    while (true) {
                      receive(chan, style).ifPresentOrElse(got::add, Thread::yield);
                    }
                  } catch (ChanClosedException e) {
                    // all was received
                  }
                }));
      }
      for (int i = 0; i < runners.size(); i += 2) {
        runners.get(i).assertReturned();
      }
      chan.close();
      for (var runner : runners) {
        runner.assertReturned();
      }
      assertEquals(
          IntStream.range(0, items).boxed().toList(), got.stream().sorted().toList(), chan + "");
      assertEquals(0, chan.size());
    }
  }

  @Test
  void interruptsAtAnyMomentLoseAndDuplicateNothing() throws Exception {
    for (Chan<Integer> chan :
        List.of(
            Chan.<Integer>bounded(2),
            Chan.<Integer>rendezvous(),
            Chan.priority(2, Comparator.<Integer>naturalOrder()))) {
      int each = 400;
      var got = ConcurrentHashMap.<Integer>newKeySet();
      AtomicInteger duplicates = new AtomicInteger();
      List<Waiting.Runner> senders = new ArrayList<>();
      List<Waiting.Runner> receivers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int first = i * each;
        senders.add(
            running(
                () -> {
                  for (int sent = 0; sent < each; ) {
                    try {
                      chan.send(first + sent);
                      sent++;
                    } catch (InterruptedException e) {
                      // it was not sent
                    }
                  }
                }));
        receivers.add(
            running(
                () -> {
                  while (true) {
                    try {
                      if (!got.add(chan.receive())) {
                        duplicates.incrementAndGet();
                      }
                    } catch (InterruptedException e) {
                      // nothing was received
                    } catch (ChanClosedException e) {
                      return;
                    }
                  }
                }));
      }
      for (int i = 0; i < 2_000; i++) {
        senders.get(i % 4).interrupt();
        receivers.get((i + 1) % 4).interrupt();
        Thread.yield();
      }
      for (var sender : senders) {
        sender.assertReturned();
      }
      chan.close();
      for (var receiver : receivers) {
        receiver.assertReturned();
      }
      assertEquals(0, duplicates.get());
      assertEquals(4 * each, got.size());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("SHUT-08")
  void everybodyEndsByThemselvesWhenTheChannelIsClosedInMidStream(boolean now) throws Exception {
    int items = 64 * 1024;
    Chan<Integer> chan = Chan.bounded(50);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger sent = new AtomicInteger();
    AtomicInteger got = new AtomicInteger();
    List<Waiting.Runner> runners = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Style style = Style.values()[i % 3];
      runners.add(
          running(
              () -> {
                try {
                  while (next.getAndIncrement() < items) {
                    while (!send(chan, 1, style)) {
                      Thread.yield();
                    }
                    sent.incrementAndGet();
                  }
                } catch (ChanClosedException e) {
                  // in mid-stream
                }
              }));
    }
    for (int i = 0; i < 6; i++) {
      Style style = Style.values()[i % 3];
      runners.add(
          running(
              () -> {
                try {
                  while (true) {
                    if (receive(chan, style).isPresent()) {
                      got.incrementAndGet();
                      chan.taskDone();
                    }
                  }
                } catch (ChanClosedException e) {
                  // the end
                }
              }));
    }
    Waiting.until(() -> got.get() > items / 2);
    int left = 0;
    if (now) {
      left = chan.closeNow().size();
    } else {
      chan.close();
    }
    for (var runner : runners) {
      runner.assertReturned();
    }
    assertSame(0, chan.size());
    assertEquals(sent.get(), got.get() + left);
    assertTrue(chan.join(Duration.ZERO));
  }
}
