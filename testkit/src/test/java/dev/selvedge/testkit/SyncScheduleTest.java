package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.ChanClosedException;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Limit;
import dev.selvedge.sync.Mutex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Races of synchronizers and tasks, each under a thousand schedules.
@Timeout(60)
class SyncScheduleTest {
  private static final int SEEDS = 1_000;

  private static void steps(int count) {
    for (int i = 0; i < count; i++) {
      Kernel.current().step();
    }
  }

  /// {@return what is left in a channel that nobody uses any more}
  private static List<Integer> rest(Chan<Integer> chan) {
    return chan.closeNow();
  }

  // ---- channel --------------------------------------------------------------------------------

  @Test
  @Tag("AQUEUE-03")
  void aCancelledReceiverSwallowsNoItem() throws Exception {
    boolean[] outcomes = new boolean[2];
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(2);
              List<Integer> got = new ArrayList<>();
              Task<Boolean> first = pool.submit(() -> got.add(chan.receive()));
              Task<Boolean> second = pool.submit(() -> got.add(chan.receive()));
              Task<Boolean> cancels = pool.submit(() -> first.cancel("no longer"));
              Task<@Nullable Void> sends =
                  pool.submit(
                      () -> {
                        chan.send(1);
                        chan.send(2);
                      });
              sends.await();
              cancels.await();
              first.join();
              second.await(); // there is an item for it, whatever became of the first
              outcomes[first.isCancelled() ? 1 : 0] = true;
              List<Integer> all = new ArrayList<>(got);
              all.addAll(rest(chan));
              all.sort(null);
              assertEquals(List.of(1, 2), all);
              if (first.isCancelled()) {
                assertEquals(List.of(1), got, "in order");
              }
            });
    assertTrue(outcomes[0] && outcomes[1], "both happened");
  }

  @Test
  @Tag("AQUEUE-04")
  void theOthersReceiveEverythingIfOneOfManyIsCancelled() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              List<Integer> got = new ArrayList<>();
              List<Task<Boolean>> receivers = new ArrayList<>();
              for (int i = 0; i < 4; i++) {
                receivers.add(pool.submit(() -> got.add(chan.receive())));
              }
              Task<Boolean> victim = receivers.get(1);
              Task<Boolean> cancels = pool.submit(() -> victim.cancel("one of them"));
              for (int i = 0; i < 4; i++) {
                chan.send(i);
                if (i == 2) {
                  cancels.await();
                  victim.join();
                }
              }
              for (Task<Boolean> receiver : receivers) {
                receiver.join();
              }
              int left = rest(chan).size();
              assertEquals(4, got.size() + left);
              assertEquals(victim.isCancelled() ? 1 : 0, left);
            });
  }

  @Test
  @Tag("AQUEUE-05")
  void aCancelledSenderNeitherInsertsNorBlocksTheOnesBehind() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              chan.send(0);
              Task<@Nullable Void> first = pool.submit(() -> chan.send(1));
              Task<@Nullable Void> second = pool.submit(() -> chan.send(2));
              Task<Boolean> cancels = pool.submit(() -> first.cancel("not needed"));
              List<Integer> got = new ArrayList<>();
              got.add(chan.receive());
              cancels.await();
              first.join();
              if (!first.isCancelled()) {
                got.add(chan.receive());
              }
              second.await(); // would hang behind a dead sender: the explorer sees a deadlock
              got.addAll(rest(chan));
              assertEquals(!first.isCancelled(), got.contains(1));
              assertTrue(got.contains(2));
              assertEquals(first.isCancelled() ? 2 : 3, got.size());
            });
  }

  @Test
  @Tag("AQUEUE-06")
  void aSendThatIsCancelledWhenRoomAppearsCanBeRepeatedAndInsertsOnce() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              chan.send(0);
              Event begun = Event.create();
              Task<@Nullable Void> sender =
                  pool.submit(
                      () -> {
                        begun.set();
                        try {
                          chan.send(1);
                        } catch (InterruptedException e) {
                          chan.send(1);
                        }
                      });
              Task<Boolean> cancels =
                  pool.submit(
                      () -> {
                        begun.await();
                        return sender.cancel("try again");
                      });
              assertEquals(0, chan.receive());
              assertEquals(1, chan.receive());
              cancels.await();
              sender.join();
              assertEquals(List.of(), rest(chan));
            });
  }

  @Test
  @Tag("AQUEUE-07")
  void waitersThatGaveUpLeaveNothingBehind() throws Exception {
    Explorer.seeds(20)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.rendezvous();
              List<Task<Boolean>> tasks = new ArrayList<>();
              for (int i = 0; i < 50; i++) {
                tasks.add(pool.submit(() -> chan.tryReceive(Duration.ofMillis(5)).isPresent()));
              }
              for (Task<Boolean> task : tasks) {
                assertFalse(task.await());
              }
              assertFalse(chan.trySend(1), "no receiver is left in line");
              tasks.clear();
              for (int i = 0; i < 50; i++) {
                tasks.add(pool.submit(() -> chan.trySend(1, Duration.ofMillis(5))));
              }
              for (Task<Boolean> task : tasks) {
                assertFalse(task.await());
              }
              assertTrue(chan.tryReceive().isEmpty(), "no sender is left in line");
            });
  }

  @Test
  void closingAgainstSendingLosesNothing() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              List<Task<Boolean>> senders = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                int number = i;
                senders.add(
                    pool.submit(
                        () -> {
                          try {
                            chan.send(number);
                            return true;
                          } catch (ChanClosedException e) {
                            return false;
                          }
                        }));
              }
              Task<@Nullable Void> closer = pool.submit(() -> chan.close());
              List<Integer> got = new ArrayList<>();
              chan.forEach(got::add);
              closer.await();
              for (int i = 0; i < 3; i++) {
                assertEquals(senders.get(i).await(), got.contains(i), "sent or refused: " + i);
              }
            });
  }

  /// A stream of items through a channel that is closed in its middle, and what became of them.
  private static final class Stream {
    private static final int SENDERS = 3;
    private static final int EACH = 4;

    final Chan<Integer> chan;
    final boolean now;
    final Event midway = Event.create();
    final List<Integer> sent = new ArrayList<>();
    final List<Integer> got = new ArrayList<>();
    List<Integer> left = List.of();
    boolean closed; // the close has returned

    Stream(Chan<Integer> chan, boolean now) {
      this.chan = chan;
      this.now = now;
    }

    void send(int number) throws InterruptedException {
      for (int i = 0; i < EACH; i++) {
        int item = number * EACH + i;
        boolean late = closed;
        try {
          if (number == 0) {
            assertTrue(chan.trySend(item, Duration.ofHours(1)));
          } else {
            chan.send(item);
          }
        } catch (ChanClosedException e) {
          return;
        }
        assertFalse(late, "sent after the close");
        sent.add(item);
      }
    }

    void receive(int number) throws InterruptedException {
      while (true) {
        boolean late = closed && now;
        int item;
        try {
          item = number == 0 ? chan.tryReceive(Duration.ofHours(1)).orElseThrow() : chan.receive();
        } catch (ChanClosedException e) {
          return;
        }
        assertFalse(late, "received after nothing was left");
        got.add(item);
        if (got.size() == EACH) {
          midway.set();
        }
        chan.taskDone();
      }
    }

    void close() throws InterruptedException {
      midway.await();
      steps(2);
      if (now) {
        left = chan.closeNow();
      } else {
        chan.close();
      }
      closed = true;
    }

    void run(Pool pool) throws Exception {
      List<Task<@Nullable Void>> tasks = new ArrayList<>();
      for (int i = 0; i < SENDERS; i++) {
        int number = i;
        tasks.add(pool.submit(() -> receive(number)));
        tasks.add(pool.submit(() -> send(number)));
      }
      tasks.add(pool.submit(this::close));
      for (Task<@Nullable Void> task : tasks) {
        task.await(); // somebody who does not end is a deadlock
      }
      List<Integer> arrived = new ArrayList<>(got);
      arrived.addAll(left);
      arrived.sort(null);
      sent.sort(null);
      assertEquals(sent, arrived, "what was sent arrived once, and nothing else did");
      assertEquals(0, chan.size());
      assertTrue(chan.join(Duration.ZERO));
    }

    boolean wasCut() {
      return sent.size() < SENDERS * EACH;
    }
  }

  @Test
  @Tag("SHUT-08")
  void everybodyEndsAndNothingIsLostWhenABoundedChannelIsClosedInMidStream() throws Exception {
    closeInMidStream(() -> Chan.bounded(1), false);
    closeInMidStream(() -> Chan.bounded(3), false);
  }

  @Test
  @Tag("SHUT-08")
  void everybodyEndsAndNothingIsLostWhenABoundedChannelIsClosedAtOnce() throws Exception {
    closeInMidStream(() -> Chan.bounded(1), true);
    closeInMidStream(() -> Chan.bounded(3), true);
  }

  @Test
  @Tag("SHUT-08")
  void everybodyEndsAndNothingIsLostWhenARendezvousIsClosedInMidStream() throws Exception {
    closeInMidStream(Chan::rendezvous, false);
    closeInMidStream(Chan::rendezvous, true);
  }

  private static void closeInMidStream(Supplier<Chan<Integer>> open, boolean now)
      throws InterruptedException {
    int[] cut = {0};
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Stream stream = new Stream(open.get(), now);
              stream.run(pool);
              cut[0] += stream.wasCut() ? 1 : 0;
            });
    assertTrue(cut[0] > SEEDS / 2, () -> "closed in mid-stream only " + cut[0] + " times");
  }

  @Test
  @Tag("AQUEUE-01")
  void aReceiverThatWaitsHoldsUpNobodyElse() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              Task<Integer> receiver = pool.submit(() -> chan.receive());
              othersGoOn(pool);
              assertFalse(receiver.isDone());
              pool.submit(() -> chan.send(3)).await();
              assertEquals(3, receiver.await());
            });
  }

  @Test
  @Tag("AQUEUE-02")
  void aSenderThatWaitsHoldsUpNobodyElse() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Chan<Integer> chan = Chan.bounded(1);
              chan.send(1);
              Task<@Nullable Void> sender = pool.submit(() -> chan.send(2));
              othersGoOn(pool);
              assertFalse(sender.isDone());
              assertEquals(1, pool.submit(() -> chan.receive()).await());
              sender.await();
              assertEquals(List.of(2), rest(chan));
            });
  }

  /// Tasks run to their end while somebody waits: one that meets it there, and one that comes after
  /// it. As only one task runs at a time, a waiter that kept its turn would keep everybody's.
  private static void othersGoOn(Pool pool) throws Exception {
    Task<String> meets = pool.submit(() -> talk());
    Event.create().await(Duration.ofMillis(1)); // time goes on only when all wait
    assertTrue(meets.isDone());
    assertEquals("through", pool.submit(() -> talk()).await());
  }

  private static String talk() throws InterruptedException {
    Chan<String> own = Chan.bounded(1);
    own.send("through");
    steps(2);
    return own.receive();
  }

  // ---- mutex, limit, event --------------------------------------------------------------------

  @Test
  @Tag("ASYNC-03")
  void aMutexExcludesAndPassesOverTheCancelled() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Mutex mutex = Mutex.create();
              int[] inside = {0};
              List<Task<@Nullable Void>> tasks = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                tasks.add(
                    pool.submit(
                        () -> {
                          try (Mutex.Hold hold = mutex.hold()) {
                            assertEquals(1, ++inside[0], hold::toString);
                            steps(2);
                            inside[0]--;
                          }
                        }));
              }
              Task<Boolean> cancels = pool.submit(() -> tasks.get(1).cancel("go away"));
              for (Task<@Nullable Void> task : tasks) {
                task.join();
                assertTrue(task.state() != Future.State.FAILED, task::toString);
              }
              cancels.await();
              assertFalse(mutex.isLocked());
            });
  }

  @Test
  void theExplorerFindsTheDeadlockOfTwoMutexesInOppositeOrder() {
    Explorer.Body opposite =
        pool -> {
          Mutex left = Mutex.create();
          Mutex right = Mutex.create();
          TaskGroup.run(
              group -> {
                group.fork("left first", () -> both(left, right));
                group.fork("right first", () -> both(right, left));
              });
        };
    var found = assertThrows(AssertionError.class, () -> Explorer.seeds(SEEDS).run(opposite));
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("deadlock"), message);
    assertTrue(message.contains("left first' waits for Mutex"), message);
    assertTrue(message.contains("right first' waits for Mutex"), message);
  }

  private static void both(Mutex one, Mutex two) throws InterruptedException {
    one.lock();
    try {
      two.lock();
      two.unlock();
    } finally {
      one.unlock();
    }
  }

  @Test
  @Tag("ASYNC-05")
  void aLimitKeepsItsPermitsThroughCancellations() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Limit limit = Limit.of(2);
              List<Task<@Nullable Void>> tasks = new ArrayList<>();
              for (int i = 0; i < 4; i++) {
                tasks.add(
                    pool.submit(
                        () ->
                            limit.run(
                                () -> {
                                  assertTrue(limit.available() >= 0);
                                  steps(2);
                                })));
              }
              Task<Boolean> cancels =
                  pool.submit(
                      () -> {
                        boolean asked = tasks.get(2).cancel("a");
                        return tasks.get(3).cancel("b") || asked;
                      });
              for (Task<@Nullable Void> task : tasks) {
                task.join();
                assertTrue(task.state() != Future.State.FAILED, task::toString);
              }
              cancels.await();
              assertEquals(2, limit.available());
            });
  }

  @Test
  @Tag("EVENT-03")
  void anEventReleasesWhoWaitsAlsoIfItIsClearedAtOnce() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Event event = Event.create();
              List<Task<Boolean>> waiters = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                waiters.add(pool.submit(() -> event.await(Duration.ofHours(1))));
              }
              Task<Boolean> cancels = pool.submit(() -> waiters.get(0).cancel("one"));
              Event.create().await(Duration.ofMillis(1)); // until all wait
              event.set();
              event.clear();
              cancels.await();
              for (Task<Boolean> waiter : waiters) {
                waiter.join();
                assertTrue(waiter.isCancelled() || waiter.await());
              }
            });
  }

  // ---- tasks ----------------------------------------------------------------------------------

  @Test
  void cancellationAgainstCompletionEndsATaskOnce() throws Exception {
    boolean[] seen = new boolean[2];
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              Event gate = Event.create();
              int[] told = {0};
              Task<Integer> task =
                  pool.submit(
                      () -> {
                        steps(1);
                        gate.await();
                        steps(1);
                        return 1;
                      });
              task.onDone(done -> told[0]++);
              Task<Boolean> cancels = pool.submit(() -> task.cancel("race"));
              Task<Integer> waits =
                  pool.submit(
                      () -> {
                        try {
                          return task.await();
                        } catch (TaskCancelledException e) {
                          return -1;
                        }
                      });
              gate.set();
              boolean requested = cancels.await();
              int value = waits.await();
              assertEquals(task.isCancelled() ? -1 : 1, value);
              assertTrue(requested || !task.isCancelled());
              assertEquals(1, told[0]);
              seen[task.isCancelled() ? 1 : 0] = true;
            });
    assertTrue(seen[0] && seen[1], "both happened");
  }

  @Test
  void aGroupEndsUnderEverySchedule() throws Exception {
    Explorer.seeds(SEEDS)
        .run(
            pool -> {
              try {
                TaskGroup.run(
                    options -> options.limit(2).deadline(Duration.ofSeconds(1)),
                    group -> {
                      Chan<Integer> chan = Chan.rendezvous();
                      group.background(() -> Event.create().await());
                      group.fork(() -> group.fork(() -> chan.send(1)).await());
                      group.fork(() -> steps(3));
                      assertEquals(1, chan.receive());
                      group.cancel("enough");
                    });
              } finally {
                assertTrue(poolIsQuiet(pool));
              }
            });
  }

  private static boolean poolIsQuiet(Pool pool) {
    return pool.toString().contains("1 pending"); // the body itself
  }
}
