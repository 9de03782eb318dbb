package dev.selvedge.sync;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a channel keeps between send and receive, in the order in which it gives it out. Guarded by
/// the channel's lock. Slots that are given up are nulled, so nothing is reachable that has left.
///
/// @param <T> the type of the items
abstract class Store<T> {
  private static final int FIRST_SIZE = 16;

  @Nullable Object[] slots;
  int size;

  Store(int capacity) {
    slots = new @Nullable Object[Math.min(capacity, FIRST_SIZE)];
  }

  /// Adds an item; the channel has looked that there is room. If it throws, nothing has changed.
  abstract void add(T item);

  /// Removes the next item; there is one. If it throws, nothing has changed.
  abstract T remove();

  /// Removes everything.
  ///
  /// @return it, in the order of [#remove]
  abstract List<T> drain();

  /// Fails if code of others, called by an operation on this store, is calling the channel: it does
  /// so on the thread that has the lock, which would let it in.
  void refuseReentry() {}

  final int grown() {
    int length = slots.length;
    return length < 1 << 30 ? length * 2 : Integer.MAX_VALUE - 8;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // below size only what add put there
  final T item(int slot) {
    return (T) slots[slot];
  }

  /// First in, first out: a ring.
  static final class Fifo<T> extends Store<T> {
    private int head;

    Fifo(int capacity) {
      super(capacity);
    }

    @Override
    void add(T item) {
      if (size == slots.length) {
        @Nullable Object[] bigger = new @Nullable Object[grown()];
        System.arraycopy(slots, head, bigger, 0, size - head);
        System.arraycopy(slots, 0, bigger, size - head, head);
        slots = bigger;
        head = 0;
      }
      int tail = head + size;
      slots[tail < slots.length && tail >= 0 ? tail : tail - slots.length] = item;
      size++;
    }

    @Override
    T remove() {
      T item = item(head);
      slots[head] = null;
      head = head + 1 == slots.length ? 0 : head + 1;
      size--;
      return item;
    }

    @Override
    List<T> drain() {
      List<T> all = new ArrayList<>(size);
      while (size > 0) {
        all.add(remove());
      }
      return all;
    }
  }

  /// Last in, first out: a stack.
  static final class Lifo<T> extends Store<T> {
    Lifo(int capacity) {
      super(capacity);
    }

    @Override
    void add(T item) {
      if (size == slots.length) {
        slots = Arrays.copyOf(slots, grown());
      }
      slots[size++] = item;
    }

    @Override
    T remove() {
      T item = item(size - 1);
      slots[--size] = null;
      return item;
    }

    @Override
    List<T> drain() {
      List<T> all = new ArrayList<>(size);
      while (size > 0) {
        all.add(remove());
      }
      return all;
    }
  }

  /// Smallest first, and of equal ones the one that came first: a binary heap.
  ///
  /// The comparator is code of others, and may throw. So both operations first find the path along
  /// which elements will move, with all the comparisons, and move them afterwards, when nothing can
  /// fail any more. (`java.util.PriorityQueue` moves while it compares, and after a failure may
  /// hold one element twice and another not at all.) It may also use the very channel, on this
  /// thread and so in spite of its lock; [#refuseReentry] stops it.
  static final class Smallest<T> extends Store<T> {
    private final Comparator<? super T> order;
    private long[] arrivals; // of each slot
    private long arrived;
    private boolean comparing;

    Smallest(int capacity, Comparator<? super T> order) {
      super(capacity);
      this.order = order;
      this.arrivals = new long[slots.length];
    }

    @Override
    void add(T item) {
      comparing = true;
      int place = size;
      try {
        // a newcomer has the last arrival, so it rises only above what is greater
        while (place > 0 && order.compare(item, item(parent(place))) < 0) {
          place = parent(place);
        }
      } finally {
        comparing = false;
      }
      if (size == slots.length) {
        int bigger = grown();
        long[] moreArrivals = Arrays.copyOf(arrivals, bigger);
        slots = Arrays.copyOf(slots, bigger);
        arrivals = moreArrivals;
      }
      int hole = size++;
      for (; hole != place; hole = parent(hole)) {
        move(parent(hole), hole);
      }
      slots[place] = item;
      arrivals[place] = arrived++;
    }

    @Override
    T remove() {
      comparing = true;
      int last = size - 1;
      int place = 0;
      try {
        for (int child = smallerChild(0, last);
            child < last && before(child, last);
            child = smallerChild(child, last)) {
          place = child;
        }
      } finally {
        comparing = false;
      }
      T top = item(0);
      Object displaced = slots[last];
      long arrival = arrivals[last];
      for (int slot = place; slot > 0; slot = parent(slot)) { // the path moves up by one
        Object item = slots[slot];
        long itsArrival = arrivals[slot];
        slots[slot] = displaced;
        arrivals[slot] = arrival;
        displaced = item;
        arrival = itsArrival;
      }
      slots[0] = displaced;
      arrivals[0] = arrival;
      slots[last] = null;
      size = last;
      return top;
    }

    /// {@return the child to be moved up; `end` or more if there is none}
    private int smallerChild(int slot, int end) {
      int left = 2 * slot + 1;
      int right = left + 1;
      return left < 0 ? end : right < end && before(right, left) ? right : left;
    }

    private boolean before(int a, int b) {
      int compared = order.compare(item(a), item(b));
      return compared < 0 || (compared == 0 && arrivals[a] < arrivals[b]);
    }

    private static int parent(int slot) {
      return (slot - 1) >>> 1;
    }

    private void move(int from, int to) {
      slots[to] = slots[from];
      arrivals[to] = arrivals[from];
    }

    @Override
    void refuseReentry() {
      if (comparing) {
        throw new IllegalStateException(
            "the comparator of a priority channel uses the channel itself; compare the items"
                + " alone");
      }
    }

    /// Nothing may be lost here, so if the comparator throws, the rest follows as it came.
    @Override
    List<T> drain() {
      List<T> all = new ArrayList<>(size);
      try {
        while (size > 0) {
          all.add(remove());
        }
      } catch (RuntimeException | Error e) {
        addRest(all);
      }
      return all;
    }

    private void addRest(List<T> all) {
      record Arrived<T>(long number, T item) {}
      List<Arrived<T>> rest = new ArrayList<>(size);
      for (int slot = 0; slot < size; slot++) {
        rest.add(new Arrived<>(arrivals[slot], item(slot)));
      }
      rest.sort(Comparator.comparingLong(Arrived::number));
      rest.forEach(arrivedItem -> all.add(arrivedItem.item()));
      Arrays.fill(slots, 0, size, null);
      size = 0;
    }
  }
}
