package dev.selvedge.loop.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimerWheelTest {
  private static final long TICK = 1 << 16;
  private static final long START = 12_345;

  private final CoroutineScheduler scheduler = new CoroutineScheduler("wheel", this, null);
  private final TimerWheel wheel = new TimerWheel(START);
  private final List<Long> fired = new ArrayList<>();

  private Timer add(long due, long now) {
    Timer timer = new Timer(scheduler, () -> fired.add(due), due);
    wheel.add(timer, now);
    return timer;
  }

  @Test
  void firesNothingEarlyAndEverythingWithinATick() {
    long due = START + 1_000_000;
    add(due, START);
    assertEquals(0, wheel.advance(due - 1));
    assertEquals(1, wheel.advance(due + TICK));
    assertTrue(wheel.isEmpty());
  }

  @Test
  void firesByDueTimeWhereverTheTimersLie() {
    var random = new Random(7);
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      long due = START + (random.nextLong() >>> (22 + random.nextInt(40)));
      expected.add(due);
      add(due, START);
    }
    expected.sort(Comparator.naturalOrder());
    wheel.advance(START + (1L << 43));
    assertEquals(expected, fired);
  }

  @Test
  void agreesWithASortedListUnderAddingRemovingAndTheTimeGoingOn() {
    var random = new Random(11);
    List<Timer> model = new ArrayList<>();
    long now = START;
    for (int round = 0; round < 20_000; round++) {
      for (int i = random.nextInt(3); i > 0; i--) {
        model.add(add(now + (random.nextLong() >>> (28 + random.nextInt(30))), now));
      }
      if (!model.isEmpty() && random.nextInt(4) == 0) {
        wheel.remove(model.remove(random.nextInt(model.size())));
      }
      now += random.nextLong() >>> (34 + random.nextInt(20));
      fired.clear();
      wheel.advance(now);
      long reached = now;
      List<Long> due = model.stream().filter(t -> t.slot < 0).map(t -> t.due).sorted().toList();
      assertEquals(due, fired);
      assertTrue(due.stream().allMatch(time -> time <= reached));
      model.removeIf(t -> t.slot < 0);
      assertTrue(model.stream().allMatch(t -> t.due > reached - TICK), "something was left behind");
      assertEquals(model.size(), wheel.size());
    }
  }

  @Test
  void theNextLookIsNeverBehindTheNextTimerAndAlwaysAhead() {
    var random = new Random(13);
    long now = START;
    for (int i = 0; i < 1000; i++) {
      add(START + (random.nextLong() >>> (24 + random.nextInt(30))), START);
    }
    int looks = 0;
    while (!wheel.isEmpty()) {
      long next = wheel.next();
      assertTrue(next >= now, "time goes on");
      now = next;
      wheel.advance(now);
      looks++;
    }
    assertEquals(1000, fired.size());
    assertTrue(looks < 9 * 1000, looks + " looks");
    assertEquals(TimerWheel.NEVER, wheel.next());
  }

  @Test
  void equalTimesFireInTheOrderOfAdding() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      wheel.add(new Timer(scheduler, () -> order.add(number), START + 5_000_000), START);
    }
    wheel.advance(START + 10_000_000);
    assertEquals(java.util.stream.IntStream.range(0, 100).boxed().toList(), order);
  }

  @Test
  void aTimerThatAnotherOneCancelsWhileBothAreDueDoesNotFire() {
    Timer[] second = new Timer[1];
    wheel.add(new Timer(scheduler, () -> assertTrue(second[0].cancel(false)), START + 1), START);
    second[0] = add(START + 2, START);
    wheel.advance(START + 2 * TICK);
    assertTrue(fired.isEmpty());
    assertTrue(second[0].isCancelled());
    assertFalse(second[0].cancel(false));
  }
}
