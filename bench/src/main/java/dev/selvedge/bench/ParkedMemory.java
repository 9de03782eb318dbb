package dev.selvedge.bench;

import dev.selvedge.TaskGroup;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/// Measures the heap that a parked task takes above a parked virtual thread.
///
/// `java -Xms2g -Xmx2g -XX:+UseSerialGC -cp … dev.selvedge.bench.ParkedMemory`
public final class ParkedMemory {
  private static final int THREADS = 200_000;

  private static volatile boolean go;

  private ParkedMemory() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    double raw = 0;
    double task = 0;
    for (int round = 0;
        round < 8;
        round++) { // the first ones warm up: frames of compiled code are smaller
      raw = raw();
      task = task();
      System.out.printf(
          "raw parked thread %.0f B, parked task %.0f B, above %.0f B%n", raw, task, task - raw);
    }
  }

  private static double raw() throws InterruptedException {
    go = false;
    CountDownLatch parked = new CountDownLatch(THREADS);
    CountDownLatch ended = new CountDownLatch(THREADS);
    Thread[] threads = new Thread[THREADS];
    long before = used();
    for (int i = 0; i < THREADS; i++) {
      threads[i] =
          Thread.startVirtualThread(
              () -> {
                await(parked);
                ended.countDown();
              });
    }
    parked.await();
    double each = (used() - before) / (double) THREADS;
    go = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    ended.await();
    return each;
  }

  private static double task() throws Exception {
    go = false;
    CountDownLatch parked = new CountDownLatch(THREADS);
    Thread[] threads = new Thread[THREADS];
    return TaskGroup.call(
        group -> {
          long before = used();
          for (int i = 0; i < THREADS; i++) {
            int index = i;
            group.fork(
                () -> {
                  threads[index] = Thread.currentThread();
                  await(parked);
                });
          }
          parked.await();
          double each = (used() - before) / (double) THREADS;
          go = true;
          for (Thread thread : threads) {
            LockSupport.unpark(thread);
          }
          return each;
        });
  }

  private static void await(CountDownLatch parked) {
    parked.countDown();
    while (!go) {
      LockSupport.park();
    }
  }

  private static long used() throws InterruptedException {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
