package dev.selvedge.trace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.selvedge.trace.live.DumpedThread.OwnedMonitor;
import dev.selvedge.trace.live.ThreadDump.ThreadContainer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DeadlocksTest {
  private static final String LOCK = "java.util.concurrent.locks.ReentrantLock$NonfairSync@";

  private static DumpedThread thread(
      long id,
      String state,
      @Nullable String blockedOn,
      @Nullable String waitingOn,
      @Nullable String parkedOn,
      String... owned) {
    return new DumpedThread(
        id,
        "",
        true,
        state,
        blockedOn,
        waitingOn,
        parkedOn,
        0,
        Stream.of(owned).map(object -> new OwnedMonitor(object, 0)).toList(),
        List.of("D.run(D.java:" + id + ")"));
  }

  private static DumpedThread blocked(long id, String on, String... owned) {
    return thread(id, "BLOCKED", on, null, null, owned);
  }

  private static Deadlocks in(Map<String, Long> owners, DumpedThread... threads) {
    return Deadlocks.in(
        new ThreadDump("25", List.of(new ThreadContainer("", null, 0, List.of(threads)))), owners);
  }

  private static List<List<Long>> circles(Deadlocks deadlocks) {
    return deadlocks.found().stream()
        .map(one -> one.links().stream().map(link -> link.thread().id()).toList())
        .toList();
  }

  @Test
  void findsACircleOfMonitorsAndWhoIsBehindIt() {
    var deadlocks =
        in(Map.of(), blocked(1, "B@2", "A@1"), blocked(2, "A@1", "B@2"), blocked(3, "A@1"));
    assertEquals(List.of(List.of(1L, 2L)), circles(deadlocks));
    assertEquals(1, deadlocks.blockedBehind());
    var link = deadlocks.found().getFirst().links().getFirst();
    assertEquals("B@2", link.object());
    assertEquals("D.run(D.java:1)", link.waitsAt());
    assertEquals("D.run(D.java:2)", link.heldAt());
    assertEquals(2, link.holder().id());
  }

  @Test
  void aMonitorLeftToWaitForANotificationIsNotHeld() {
    var waiting = thread(1, "WAITING", null, "A@1", null, "A@1", "B@2");
    assertEquals(List.of(), circles(in(Map.of(), waiting, blocked(2, "A@1"))));
    assertEquals(List.of(), circles(in(Map.of(), blocked(1, "A@1", "A@1"))));
  }

  @Test
  void mixesLocksWhoseOwnersAreKnownWithMonitors() {
    var parked = thread(1, "WAITING", null, null, LOCK + 1, "A@1");
    var deadlocks = in(Map.of(LOCK + 1, 2L), parked, blocked(2, "A@1"));
    assertEquals(List.of(List.of(1L, 2L)), circles(deadlocks));
    assertEquals(Deadlock.Kind.LOCK, deadlocks.found().getFirst().links().getFirst().kind());
    assertEquals(Deadlock.Kind.MONITOR, deadlocks.found().getFirst().links().getLast().kind());
  }

  @Test
  void aWaitWithATimeLimitEndsByItself() {
    var parked = thread(1, "TIMED_WAITING", null, null, LOCK + 1, "A@1");
    assertEquals(List.of(), circles(in(Map.of(LOCK + 1, 2L), parked, blocked(2, "A@1"))));
  }

  @Test
  void onlyLocksThatOneThreadOwnsAreOfAnUnknownOwner() {
    var lock = thread(1, "WAITING", null, null, LOCK + 1);
    var queue = thread(2, "WAITING", null, null, "java.util.concurrent.Phaser@1");
    var unknown = in(Map.of(), lock, queue).unknown();
    assertEquals(List.of(new Deadlocks.UnownedLock(LOCK + 1, List.of(lock))), unknown);
  }

  @Test
  void aCircleCountsOnlyIfItIsThereTwice() {
    var both = in(Map.of(), blocked(1, "B@2", "A@1"), blocked(2, "A@1", "B@2"));
    var other = in(Map.of(), blocked(1, "C@3", "A@1"), blocked(2, "A@1", "C@3"));
    assertEquals(List.of(List.of(1L, 2L)), circles(both.confirmedBy(both)));
    assertEquals(List.of(), circles(both.confirmedBy(other)));
  }
}
