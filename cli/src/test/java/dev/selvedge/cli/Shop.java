package dev.selvedge.cli;

import dev.selvedge.CancelReason;
import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Mutex;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/// A program with Selvedge in which nothing goes on, in the way that its argument says. It prints
/// `ready` when that is so, and goes on until it is killed.
final class Shop {
  private static final CountDownLatch FOREVER = new CountDownLatch(1);
  private static final Queue<Thread> WAITING = new ConcurrentLinkedQueue<>();

  private Shop() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "mixed" -> mixed();
      case "locks" -> locks();
      case "many" -> many(Integer.parseInt(args[1]));
      case "leaks" -> leaks();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /// `clerk` has a mutex and joins `packer`; `packer`, on a platform thread, waits for a monitor,
  /// in which `porter` waits for the mutex.
  private static void mixed() throws Exception {
    var key = Mutex.create();
    var shelf = new Object();
    var allHave = new CountDownLatch(2);
    try (var threads = Pool.threads(2)) {
      TaskGroup.run(
          options -> options.name("shop"),
          shop -> {
            shop.fork(
                "porter",
                () -> {
                  synchronized (shelf) {
                    meet(allHave);
                    aboutToWait();
                    key.lock();
                  }
                });
            shop.fork(
                "clerk",
                () -> {
                  key.lock();
                  meet(allHave);
                  var packer =
                      threads.submit(
                          "packer",
                          () -> {
                            aboutToWait();
                            synchronized (shelf) {
                              throw new AssertionError("not stuck");
                            }
                          });
                  aboutToWait();
                  packer.join();
                });
            readyWhenAllWait(3);
          });
    }
  }

  /// Two tasks on virtual threads with locks of the JDK.
  private static void locks() throws Exception {
    var a = new ReentrantLock();
    var b = new ReentrantLock();
    var allHave = new CountDownLatch(2);
    TaskGroup.run(
        options -> options.name("shop"),
        shop -> {
          shop.fork("left", () -> both(a, b, allHave));
          shop.fork("right", () -> both(b, a, allHave));
          readyWhenAllWait(2);
        });
  }

  private static void both(ReentrantLock one, ReentrantLock other, CountDownLatch allHave) {
    one.lock();
    meet(allHave);
    aboutToWait();
    other.lock();
  }

  private static void many(int count) throws Exception {
    var go = Event.create();
    TaskGroup.run(
        options -> options.name("shop"),
        shop -> {
          for (int i = 0; i < count; i++) {
            shop.fork(
                "customer " + i,
                () -> {
                  aboutToWait();
                  go.await();
                });
          }
          readyWhenAllWait(count);
        });
  }

  /// A group whose thread has ended, and a task that does not care about its cancellation.
  private static void leaks() throws Exception {
    var opener =
        Thread.ofPlatform()
            .name("opener")
            .start(
                () -> {
                  var group = TaskGroup.open(options -> options.name("forgotten"));
                  group.fork(
                      "lonely",
                      () -> {
                        aboutToWait();
                        FOREVER.await();
                      });
                });
    opener.join();
    var stubborn =
        Pool.named("virtual")
            .submit(
                "stubborn",
                () -> {
                  aboutToWait();
                  while (FOREVER.getCount() > 0) {
                    try {
                      FOREVER.await();
                    } catch (InterruptedException e) {
                      // the point of this program
                    }
                  }
                });
    awaitAllWaiting(2); // a task that has not begun would only be taken out of the queue
    stubborn.cancel(new CancelReason.Requested("the shop closes"));
    readyWhenAllWait(2);
    FOREVER.await();
  }

  private static void meet(CountDownLatch allHave) {
    allHave.countDown();
    while (allHave.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  /// Called by a thread right before its last wait.
  private static void aboutToWait() {
    WAITING.add(Thread.currentThread());
  }

  private static void readyWhenAllWait(int count) {
    awaitAllWaiting(count);
    System.out.println("ready");
  }

  private static void awaitAllWaiting(int count) {
    while (WAITING.size() < count || WAITING.stream().anyMatch(thread -> !isWaiting(thread))) {
      Thread.onSpinWait();
    }
  }

  private static boolean isWaiting(Thread thread) {
    return switch (thread.getState()) {
      case BLOCKED, WAITING -> true;
      default -> false;
    };
  }
}
