package dev.selvedge.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/// A program that knows nothing of Selvedge, and whose threads `left` and `right` wait for each
/// other in the way that its argument says. It prints `ready` when they do, and goes on until it is
/// killed.
final class Stuck {
  private static final CountDownLatch BOTH_HOLD_ONE = new CountDownLatch(2);

  private Stuck() {}

  public static void main(String[] args) throws InterruptedException {
    var first = new Object();
    var second = new Object();
    var a = new ReentrantLock();
    var b = new ReentrantLock();
    List<Thread> stuck = new ArrayList<>();
    switch (args[0]) {
      case "virtual" -> {
        stuck.add(Thread.ofVirtual().name("left").start(() -> monitors(first, second)));
        stuck.add(Thread.ofVirtual().name("right").start(() -> monitors(second, first)));
      }
      case "mixed" -> {
        stuck.add(Thread.ofVirtual().name("left").start(() -> monitors(first, second)));
        stuck.add(Thread.ofPlatform().name("right").start(() -> monitors(second, first)));
      }
      case "locks" -> {
        stuck.add(Thread.ofPlatform().name("left").start(() -> locks(a, b)));
        stuck.add(Thread.ofPlatform().name("right").start(() -> locks(b, a)));
      }
      case "unknown" -> {
        stuck.add(Thread.ofVirtual().name("left").start(() -> locks(a, b)));
        stuck.add(Thread.ofVirtual().name("right").start(() -> locks(b, a)));
      }
      case "healthy" -> Thread.ofVirtual().name("left").start(() -> notified(first));
      default -> throw new IllegalArgumentException(args[0]);
    }
    while (stuck.stream().anyMatch(Stuck::goesOn)) {
      Thread.onSpinWait();
    }
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static boolean goesOn(Thread thread) {
    var state = thread.getState();
    return BOTH_HOLD_ONE.getCount() > 0
        || (state != Thread.State.BLOCKED && state != Thread.State.WAITING);
  }

  private static void monitors(Object one, Object other) {
    synchronized (one) {
      meet();
      synchronized (other) {
        throw new AssertionError("not stuck");
      }
    }
  }

  private static void locks(ReentrantLock one, ReentrantLock other) {
    one.lock();
    meet();
    other.lock();
  }

  private static void meet() {
    BOTH_HOLD_ONE.countDown();
    while (BOTH_HOLD_ONE.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  /// Waits inside of a monitor that it has left for that.
  private static void notified(Object monitor) {
    synchronized (monitor) {
      try {
        while (true) {
          monitor.wait();
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
