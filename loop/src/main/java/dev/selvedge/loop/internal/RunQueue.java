package dev.selvedge.loop.internal;

import org.jspecify.annotations.Nullable;

/// What is ready, in the order in which it became so: a ring that grows. For one thread.
final class RunQueue {
  private static final int SMALLEST = 1 << 6;
  private static final int LARGEST_KEPT = 1 << 16;

  private @Nullable Runnable[] ring = new Runnable[SMALLEST]; // its length is a power of two
  private int head;
  private int size;

  void add(Runnable step) {
    if (size == ring.length) {
      resize(ring.length * 2);
    }
    ring[(head + size) & (ring.length - 1)] = step;
    size++;
  }

  /// {@return the oldest one, which is removed, or null}
  @Nullable Runnable poll() {
    if (size == 0) {
      return null;
    }
    Runnable step = ring[head];
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    size--;
    return step;
  }

  /// {@return the oldest one, or null}
  @Nullable Runnable peek() {
    return ring[head];
  }

  int size() {
    return size;
  }

  /// {@return the newest one, which is removed, or null}
  @Nullable Runnable pollLast() {
    if (size == 0) {
      return null;
    }
    size--;
    int last = (head + size) & (ring.length - 1);
    Runnable step = ring[last];
    ring[last] = null;
    return step;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Gives back the room that a rush has taken; called when there is nothing to do.
  void trim() {
    if (size == 0 && ring.length > LARGEST_KEPT) {
      resize(SMALLEST);
    }
  }

  private void resize(int length) {
    @Nullable Runnable[] other = new Runnable[length];
    int first = Math.min(size, ring.length - head);
    System.arraycopy(ring, head, other, 0, first);
    System.arraycopy(ring, 0, other, first, size - first);
    ring = other;
    head = 0;
  }
}
