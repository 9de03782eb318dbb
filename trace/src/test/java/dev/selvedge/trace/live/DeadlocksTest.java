package dev.selvedge.trace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.selvedge.trace.live.DumpedThread.OwnedMonitor;
import dev.selvedge.trace.live.SelvedgeBean.Holders;
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
        List.of("D.run(D.java:" + id + ")"),
        "");
  }

  private static DumpedThread blocked(long id, String on, String... owned) {
    return thread(id, "BLOCKED", on, null, null, owned);
  }

  private static Deadlocks in(Map<String, Long> owners, DumpedThread... threads) {
    return Deadlocks.in(dump(threads), owners, Holders.NONE);
  }

  private static ThreadDump dump(DumpedThread... threads) {
    return new ThreadDump("25", List.of(new ThreadContainer("", null, 0, List.of(threads))));
  }

  private static DumpedThread parked(long id, String on, String... owned) {
    return thread(id, "WAITING", null, null, on, owned);
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
  void mixesWhatOnlySelvedgeKnowsWithMonitors() {
    var holders =
        new Holders(
            Map.of(
                "Mutex@1", new Held("Mutex@1", false, false, List.of(2L)),
                "Task@2", new Held("the task 'a'", true, false, List.of(1L))),
            Map.of(),
            true);
    var deadlocks =
        Deadlocks.in(
            dump(parked(1, "Mutex@1"), blocked(2, "A@1"), parked(3, "Task@2", "A@1")),
            Map.of(),
            holders);
    assertEquals(List.of(List.of(1L, 2L, 3L)), circles(deadlocks));
    assertEquals(
        List.of(Deadlock.Kind.HELD, Deadlock.Kind.MONITOR, Deadlock.Kind.TASKS),
        deadlocks.found().getFirst().links().stream().map(Deadlock.Link::kind).toList());
    assertEquals("the task 'a'", deadlocks.found().getFirst().links().getLast().what());
  }

  @Test
  void whoeverOfTheHoldersOfALimitGoesOnEndsTheWait() {
    var limit = new Held("Limit@1", false, true, List.of(2L, 3L));
    var holders = new Holders(Map.of("Limit@1", limit), Map.of(), true);
    var first = parked(1, "Limit@1", "A@1");
    assertEquals(
        List.of(),
        circles(
            Deadlocks.in(dump(first, blocked(2, "A@1"), parked(3, "Event@1")), Map.of(), holders)));
    assertEquals(
        List.of(List.of(1L, 2L)),
        circles(
            Deadlocks.in(dump(first, blocked(2, "A@1"), blocked(3, "A@1")), Map.of(), holders)));
  }

  @Test
  void aTaskThatHasNotStartedWaitsForAllThreadsOfItsPool() {
    var holders =
        new Holders(
            Map.of("Task@5", new Held("the task 'b'", true, false, List.of(-5L))),
            Map.of(-5L, new Held("b", false, true, List.of(1L, 2L))),
            true);
    var one = parked(1, "Task@5");
    var deadlocks = Deadlocks.in(dump(one, parked(2, "Task@5")), Map.of(), holders);
    assertEquals(List.of(List.of(1L, -5L)), circles(deadlocks));
    var queued = deadlocks.found().getFirst().links().getLast();
    assertEquals("task 'b', which has not started", queued.thread().title());
    assertEquals(Deadlock.Kind.THREAD, queued.kind());
  }

  @Test
  void aCircleCountsOnlyIfItIsThereTwice() {
    var both = in(Map.of(), blocked(1, "B@2", "A@1"), blocked(2, "A@1", "B@2"));
    var other = in(Map.of(), blocked(1, "C@3", "A@1"), blocked(2, "A@1", "C@3"));
    assertEquals(List.of(List.of(1L, 2L)), circles(both.confirmedBy(both)));
    assertEquals(List.of(), circles(both.confirmedBy(other)));
  }
}
