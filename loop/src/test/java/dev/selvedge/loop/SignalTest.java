package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Signals of the operating system; of one that does no harm where it has no handler.
@Timeout(30)
class SignalTest {
  private static final String NAME = "WINCH";

  private static void send() throws Exception {
    long pid = ProcessHandle.current().pid();
    assertEquals(0, new ProcessBuilder("kill", "-" + NAME, "" + pid).start().waitFor());
  }

  @Test
  void aHandlerRunsOnItsLoopEachTimeUntilItIsCancelled() throws Exception {
    try (EventLoop loop = EventLoop.open();
        EventLoop other = EventLoop.open()) {
      var seen = new Semaphore(0);
      var seenByOther = new Semaphore(0);
      EventLoop.Handle handle =
          loop.onSignal(
              NAME,
              () -> {
                assertTrue(loop.isCurrent());
                seen.release();
              });
      other.onSignal(NAME, seenByOther::release);
      for (int i = 0; i < 2; i++) {
        send();
        seen.acquire();
        seenByOther.acquire();
      }
      assertFalse(handle.isCancelled());
      assertTrue(handle.cancel());
      assertFalse(handle.cancel());
      assertTrue(handle.isCancelled());
      send();
      seenByOther.acquire();
      assertEquals(0, seen.availablePermits());
    }
  }

  @Test
  void theEndOfALoopEndsItsHandlers() throws Exception {
    EventLoop loop = EventLoop.open();
    EventLoop.Handle handle = loop.onSignal(NAME, () -> {});
    loop.close();
    assertTrue(handle.isCancelled());
    assertFalse(handle.cancel());
    assertThrows(RejectedExecutionException.class, () -> loop.onSignal(NAME, () -> {}));
  }

  @Test
  void signalsThatCannotBeHadAreRefusedWithTheirName() throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      for (String name : new String[] {"KILL", "NONSENSE"}) {
        var refused =
            assertThrows(IllegalArgumentException.class, () -> loop.onSignal(name, () -> {}));
        assertTrue(String.valueOf(refused.getMessage()).contains(name), refused.getMessage());
      }
    }
  }
}
