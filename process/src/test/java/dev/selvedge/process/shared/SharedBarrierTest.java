package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedBarrierTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  /// What a wait at the barrier comes to.
  private static Call<String> outcome(SharedBarrier barrier) {
    return () -> {
      try {
        return "passed " + barrier.await(LONG);
      } catch (BrokenBarrierException e) {
        return "broken";
      } catch (TimeoutException e) {
        return "timeout";
      }
    };
  }

  private static Call<Long> rounds(SharedBarrier barrier, SharedArray.OfLong counts, int own) {
    return () -> {
      for (int round = 1; round <= 1_000; round++) {
        counts.set(own, round);
        barrier.await(LONG);
        long other = counts.get(1 - own);
        if (other != round) {
          return other; // the other's plain write of this very round is to be seen
        }
        barrier.await(LONG);
      }
      return 0L;
    };
  }

  @Test
  @Tag("MPSYNC-03")
  void passesAThousandRoundsInLockstep() throws Exception {
    SharedBarrier barrier = shared.barrier(2);
    SharedArray.OfLong counts = shared.longs(2);

    var left = Peer.left().begin(rounds(barrier, counts, 0));
    var right = Peer.right().begin(rounds(barrier, counts, 1));

    assertEquals(0L, left.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0L, right.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, barrier.waiting());
    assertFalse(barrier.isBroken());
  }

  @Test
  @Tag("MPSYNC-03")
  void abortBreaksItForAllUntilItIsReset() throws Exception {
    SharedBarrier barrier = shared.barrier(3);
    var left = Peer.left().begin(outcome(barrier));
    var right = Peer.right().begin(outcome(barrier));
    Peer.eventually("two wait", () -> barrier.waiting() == 2);

    barrier.abort();

    assertEquals("broken", left.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals("broken", right.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals("broken", Peer.left().call(outcome(barrier)));
    assertTrue(Peer.right().call(() -> barrier.isBroken()));
    assertThrows(BrokenBarrierException.class, barrier::await);

    Peer.left().run(barrier::reset);
    assertFalse(barrier.isBroken());
    passesAll(barrier);
  }

  private static void passesAll(SharedBarrier barrier) throws Exception {
    var left = Peer.left().begin(outcome(barrier));
    Peer.eventually("one waits", () -> barrier.waiting() == 1);
    var right = Peer.right().begin(outcome(barrier));
    Peer.eventually("two wait", () -> barrier.waiting() == 2);
    assertEquals(0, barrier.await(LONG));
    assertEquals("passed 2", left.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals("passed 1", right.get(LONG.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  @Tag("MPSYNC-03")
  void resetFailsThoseWhoWaitOnly() throws Exception {
    SharedBarrier barrier = shared.barrier(3);
    var left = Peer.left().begin(outcome(barrier));
    var right = Peer.right().begin(outcome(barrier));
    Peer.eventually("two wait", () -> barrier.waiting() == 2);

    barrier.reset();

    assertEquals("broken", left.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals("broken", right.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertFalse(barrier.isBroken());
    passesAll(barrier);
  }

  @Test
  @Tag("MPSYNC-03")
  void aTimeoutBreaksItForAll() throws Exception {
    SharedBarrier barrier = shared.barrier(3);
    var left = Peer.left().begin(outcome(barrier));
    Peer.eventually("one waits", () -> barrier.waiting() == 1);

    assertThrows(TimeoutException.class, () -> barrier.await(SHORT));

    assertEquals("broken", left.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertEquals("broken", Peer.right().call(outcome(barrier)));
  }

  @Test
  void anInterruptBreaksIt() throws Exception {
    SharedBarrier barrier = shared.barrier(2);
    Thread test = Thread.currentThread();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              Peer.eventually("one waits", () -> barrier.waiting() == 1);
              test.interrupt();
            });

    assertThrows(InterruptedException.class, barrier::await);
    assertEquals("broken", Peer.left().call(outcome(barrier)));
  }

  @Test
  void oneWhoIsKilledWhileItWaitsHasCome() throws Exception {
    SharedBarrier barrier = shared.barrier(2);
    try (Peer victim = Peer.start()) {
      victim.begin(outcome(barrier));
      Peer.eventually("one waits", () -> barrier.waiting() == 1);
      victim.kill();
      victim.awaitEnd();
    }
    assertEquals(0, barrier.await(LONG));
  }

  @Test
  void onePartyNeverWaits() throws Exception {
    SharedBarrier barrier = shared.barrier(1);
    for (int i = 0; i < 40; i++) {
      assertEquals(0, barrier.await());
    }
    assertThrows(IllegalArgumentException.class, () -> shared.barrier(0));
    assertThrows(IllegalArgumentException.class, () -> shared.barrier(SharedBarrier.MOST + 1));
  }
}
