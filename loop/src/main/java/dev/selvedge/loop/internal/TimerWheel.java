package dev.selvedge.loop.internal;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Timers by the time when they are due: adding and removing one takes constant time, however many
/// there are. For one thread.
///
/// ## How it works
///
/// Time is counted in ticks of 65 µs since the wheel was made. A tick is a number of 48 bits, read
/// as eight digits of six bits. The wheel has eight levels of 64 slots each. A timer lies on the
/// level of the highest digit in which its tick differs from the current one, in the slot of that
/// digit. So on each level only slots behind the current digit are occupied, everything on a level
/// is due before everything on the next, and what is due next lies in the lowest occupied slot of
/// the lowest occupied level: two looks at bit sets find it.
///
/// When the time reaches a slot of level 0 its timers fire. When it reaches one of a higher level
/// its timers are spread over the levels below. So a timer moves seven times at most, and one that
/// is cancelled before, as most time limits are, never.
///
/// The scheme is that of hashed and hierarchical timing wheels (Varghese and Lauck, 1987).
///
/// **Order.** Timers fire by due time, and in the order in which they were added if that is equal.
/// A slot keeps the order of adding; those of one tick are sorted before they fire. None fires
/// early: its tick is rounded up, the current one down.
final class TimerWheel {
  /// Means that no timer is there.
  static final long NEVER = Long.MAX_VALUE;

  private static final int TICK_BITS = 16; // a tick has so many bits of nanoseconds
  private static final int DIGIT_BITS = 6;
  private static final int SLOTS = 1 << DIGIT_BITS;
  private static final int DIGIT = SLOTS - 1;
  private static final int LEVELS = 8;

  private final long origin;
  private final @Nullable Timer[] first = new Timer[LEVELS * SLOTS];
  private final @Nullable Timer[] last = new Timer[LEVELS * SLOTS];
  private final long[] occupied = new long[LEVELS];
  private long current;
  private int size;

  TimerWheel(long now) {
    this.origin = now;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /// Adds a timer.
  void add(Timer timer, long now) {
    if (size == 0) {
      current = tick(now);
    }
    put(timer);
    size++;
  }

  /// Removes a timer, if it is here.
  void remove(Timer timer) {
    if (timer.slot >= 0) {
      unlink(timer);
      size--;
    }
  }

  /// Fires what is due.
  ///
  /// @return how many timers that were
  int advance(long now) {
    int fired = 0;
    long tick = tick(now);
    while (size > 0) {
      int level = lowestLevel();
      int digit = Long.numberOfTrailingZeros(occupied[level]);
      long start = start(level, digit);
      if (start > tick) {
        break;
      }
      current = start;
      Timer timers = take(level, digit);
      if (level == 0) {
        fired += fire(timers);
      } else {
        spread(timers);
      }
    }
    current = Math.max(current, tick);
    return fired;
  }

  /// {@return when to call [#advance] next, in terms of the clock, or [#NEVER]} There may be
  /// nothing to fire then, but no timer is due earlier.
  long next() {
    if (size == 0) {
      return NEVER;
    }
    int level = lowestLevel();
    return origin + (start(level, Long.numberOfTrailingZeros(occupied[level])) << TICK_BITS);
  }

  /// Calls an action for each timer; it may remove that one.
  void forEach(Consumer<Timer> action) {
    for (Timer head : first) {
      for (Timer timer = head; timer != null; ) {
        Timer next = timer.next;
        action.accept(timer);
        timer = next;
      }
    }
  }

  private long tick(long time) {
    return (time - origin) >> TICK_BITS;
  }

  private long start(int level, int digit) {
    int above = DIGIT_BITS * (level + 1);
    return (current >> above << above) | ((long) digit << (DIGIT_BITS * level));
  }

  private int lowestLevel() {
    int level = 0;
    while (occupied[level] == 0) {
      level++;
    }
    return level;
  }

  private void put(Timer timer) {
    long tick = Math.max(tick(timer.due + (1L << TICK_BITS) - 1), current);
    int level = (63 - Long.numberOfLeadingZeros((tick ^ current) | DIGIT)) / DIGIT_BITS;
    int digit = (int) (tick >> (DIGIT_BITS * level)) & DIGIT;
    int slot = level * SLOTS + digit;
    Timer before = last[slot];
    timer.slot = slot;
    timer.previous = before;
    if (before == null) {
      first[slot] = timer;
      occupied[level] |= 1L << digit;
    } else {
      before.next = timer;
    }
    last[slot] = timer;
  }

  private void unlink(Timer timer) {
    int slot = timer.slot;
    Timer before = timer.previous;
    Timer behind = timer.next;
    if (before == null) {
      first[slot] = behind;
    } else {
      before.next = behind;
    }
    if (behind == null) {
      last[slot] = before;
    } else {
      behind.previous = before;
    }
    if (before == null && behind == null) {
      occupied[slot / SLOTS] &= ~(1L << (slot & DIGIT));
    }
    forget(timer);
  }

  private static void forget(Timer timer) {
    timer.slot = -1;
    timer.next = null;
    timer.previous = null;
  }

  /// {@return the timers of a slot, linked, which is empty then}
  private @Nullable Timer take(int level, int digit) {
    int slot = level * SLOTS + digit;
    Timer timers = first[slot];
    first[slot] = null;
    last[slot] = null;
    occupied[level] &= ~(1L << digit);
    return timers;
  }

  private void spread(@Nullable Timer timers) {
    for (Timer timer = timers; timer != null; ) {
      Timer next = timer.next;
      forget(timer);
      put(timer);
      timer = next;
    }
  }

  private int fire(@Nullable Timer timers) {
    int count = 0;
    boolean sorted = true;
    for (Timer timer = timers; timer != null; timer = timer.next) {
      sorted &= timer.next == null || timer.due - timer.next.due <= 0;
      count++;
    }
    size -= count;
    Timer[] due = new Timer[count];
    int i = 0;
    for (Timer timer = timers; timer != null; ) {
      Timer next = timer.next;
      forget(timer); // all of them first: what fires may cancel others
      due[i++] = timer;
      timer = next;
    }
    if (!sorted) {
      Arrays.sort(due, Comparator.naturalOrder());
    }
    for (Timer timer : due) {
      timer.fire();
    }
    return count;
  }
}
