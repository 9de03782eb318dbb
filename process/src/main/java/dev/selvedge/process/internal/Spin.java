package dev.selvedge.process.internal;

import java.util.function.BooleanSupplier;

/// Looking again and again for a moment, before one sleeps: to be woken takes the kernel, and a
/// processor that has fallen asleep, ten times as long as a short task takes.
///
/// How long is learnt: a moment that was long enough is doubled, one that was not is halved, down
/// to nothing; so a thread that has long to wait, or whose processor others need, soon stops it. At
/// times it tries again. Used by one thread at a time.
final class Spin {
  private static final long LONGEST_NANOS = 200_000;
  private static final long SHORTEST_NANOS = 1_000;
  private static final int LOOKS = 16; // between two at the clock
  private static final int TRIES_EVERY = 64;
  private static final boolean SEVERAL_PROCESSORS = Runtime.getRuntime().availableProcessors() > 1;

  private long budget = LONGEST_NANOS;
  private int given; // up, in a row

  /// {@return whether it has come true}
  boolean until(BooleanSupplier condition) {
    if (condition.getAsBoolean()) {
      return true;
    }
    if (!SEVERAL_PROCESSORS || (budget < SHORTEST_NANOS && ++given % TRIES_EVERY != 0)) {
      return false;
    }
    long time = budget < SHORTEST_NANOS ? LONGEST_NANOS : budget;
    boolean came = look(condition, System.nanoTime() + time);
    budget = came ? Math.min(2 * time, LONGEST_NANOS) : budget / 2;
    return came;
  }

  private static boolean look(BooleanSupplier condition, long end) {
    do {
      for (int i = 0; i < LOOKS; i++) {
        if (condition.getAsBoolean()) {
          return true;
        }
        Thread.onSpinWait();
      }
    } while (System.nanoTime() - end < 0);
    return false;
  }
}
