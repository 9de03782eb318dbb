package dev.selvedge.internal;

import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// A program for [InterruptSignalTest], which interrupts it.
final class InterruptedProgram {
  private InterruptedProgram() {}

  private static void say(String what) {
    System.out.println(what);
    System.out.flush();
  }

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "group" -> group();
      case "body" -> body();
      case "pool" -> pool();
      case "exit" -> exitInOrder();
      default -> stubborn();
    }
  }

  private static void sleepAndClean(String who, CountDownLatch started)
      throws InterruptedException {
    try {
      started.countDown();
      Tasks.sleep(Duration.ofMinutes(5));
    } finally {
      Tasks.sleep(Duration.ofMillis(20)); // cleanup can wait
      say(who + " cleaned");
    }
  }

  private static void group() throws Exception {
    CountDownLatch started = new CountDownLatch(3);
    try {
      TaskGroup.run(
          group -> {
            group.fork(() -> sleepAndClean("child", started));
            group.background(() -> sleepAndClean("background", started));
            started.countDown();
            started.await();
            say("ready");
            try {
              Thread.sleep(Duration.ofMinutes(5));
            } finally {
              Tasks.sleep(Duration.ofMillis(20));
              say("body cleaned");
            }
          });
    } finally {
      say("main cleaned");
    }
  }

  private static void body() throws Exception {
    TaskGroup.run(
        outer ->
            TaskGroup.run(
                inner -> {
                  say("ready");
                  sleepAndClean("body", new CountDownLatch(1));
                }));
  }

  private static void pool() throws Exception {
    CountDownLatch started = new CountDownLatch(2);
    try (Pool pool = Pool.threads(2)) {
      pool.submit(() -> sleepAndClean("first", started));
      pool.submit(() -> sleepAndClean("second", started));
      started.await();
      say("ready");
    } finally {
      say("main cleaned");
    }
  }

  private static void stubborn() {
    Pool.virtual().submit(() -> {});
    say("ready");
    while (true) {
      Thread.onSpinWait();
    }
  }

  private static void exitInOrder() {
    Pool pool = Pool.virtual();
    pool.submit(
        () -> {
          Tasks.sleep(Duration.ofMillis(50));
          pool.submit(
              () -> {
                Tasks.sleep(Duration.ofMillis(50));
                say("finished");
              });
        });
    Tasks.exit(7);
  }
}
