package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedEventTest {
  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  @Test
  void isSeenByAllProcesses() throws Exception {
    SharedEvent event = shared.event();
    assertFalse(event.isSet());
    assertFalse(event.await(Duration.ofMillis(5)));
    Peer.left().run(event::set);
    assertTrue(event.isSet());
    assertTrue(Peer.right().call(() -> event.await(Duration.ZERO)));
    Peer.right().run(event::clear);
    assertFalse(event.isSet());
    event.clear();
    assertFalse(Peer.left().call(() -> event.await(Duration.ZERO)));
  }

  @Test
  void setReleasesAllWhoWaitEvenIfItIsClearedAtOnce() throws Exception {
    SharedEvent event = shared.event();
    SharedSemaphore arrived = shared.semaphore(0);
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (Peer peer : List.of(Peer.left(), Peer.right(), Peer.left(), Peer.right())) {
      all.add(
          peer.begin(
              () -> {
                var waiter = new CompletableFuture<Boolean>();
                Thread thread =
                    Thread.ofPlatform()
                        .daemon()
                        .start(
                            () -> {
                              try {
                                waiter.complete(event.await(LONG));
                              } catch (InterruptedException e) {
                                waiter.completeExceptionally(e);
                              }
                            });
                Peer.eventually(
                    "it waits",
                    () ->
                        thread.getState() == Thread.State.TIMED_WAITING
                            || isInPause(thread.getStackTrace()));
                arrived.release();
                return waiter.get();
              }));
    }
    for (int i = 0; i < all.size(); i++) {
      arrived.acquire();
    }

    event.set();
    event.clear();

    for (var each : all) {
      assertTrue(each.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }
    assertFalse(event.isSet());
  }

  private static boolean isInPause(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getMethodName().equals("pause")) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aWaitEndsByAnInterrupt() throws Exception {
    SharedEvent event = shared.event();
    for (boolean virtual : new boolean[] {false, true}) {
      var outcome = new CompletableFuture<Class<?>>();
      Runnable waiter =
          () -> {
            try {
              event.await();
            } catch (InterruptedException e) {
              outcome.complete(e.getClass());
            }
          };
      Thread thread =
          virtual ? Thread.ofVirtual().start(waiter) : Thread.ofPlatform().start(waiter);
      thread.interrupt();
      assertEquals(InterruptedException.class, outcome.get(LONG.toSeconds(), TimeUnit.SECONDS));
    }
    assertThrows(IllegalArgumentException.class, () -> event.await(Duration.ofMillis(-1)));
  }
}
