package dev.selvedge.testkit;

import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;

/// Small programs that [ExitTest] runs in a JVM of their own, and whose end it observes.
@SuppressWarnings("SystemOut") // it is what the test reads
public final class ExitPrograms {
  private ExitPrograms() {}

  /// Runs the program that the first argument names.
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "accepted" -> accepted(Pool.named(args[1]));
      case "fromTask" -> fromTask(Pool.named(args[1]));
      case "renamed" -> renamed();
      case "group" -> group();
      case "daemons" -> daemons();
      case "hook" -> hook(Pool.named(args[1]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void say(String what) {
    System.out.println(what);
    System.out.flush();
  }

  /// Waits until `main` has returned and the JVM looks for what still keeps it up: that is what its
  /// thread of this name does. Then it has a while to end too early.
  private static void awaitEndOfMain() {
    while (!isEnding()) {
      Thread.onSpinWait();
    }
    for (int looks = 0; looks < 100; looks++) {
      isEnding();
    }
  }

  private static boolean isEnding() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("DestroyJavaVM"));
  }

  private static void accepted(Pool pool) {
    pool.submit(
        () -> {
          awaitEndOfMain();
          say("done");
        });
    pool.shutdown();
    say("main returns");
  }

  /// Each task starts the next when `main` has returned.
  private static void fromTask(Pool pool) {
    chain(pool, 5);
    say("main returns");
  }

  private static void chain(Pool pool, int left) {
    pool.submit(
        () -> {
          awaitEndOfMain();
          if (left == 0) {
            say("done");
          } else {
            chain(pool, left - 1);
          }
        });
  }

  /// The thread of `main` may have any name; it is waited for, and once.
  private static void renamed() throws Exception {
    Thread.currentThread().setName("renamed");
    Pool pool = Pool.named("threads:1");
    Set<Long> watching = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      pool.submit(() -> {}).get();
      Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().equals("selvedge-keep-alive"))
          .forEach(thread -> watching.add(thread.threadId()));
    }
    say(watching.size() + " watched");
    accepted(pool);
  }

  private static void group() {
    Thread owner =
        new Thread(
            () -> {
              try {
                TaskGroup.run(
                    group ->
                        group.fork(
                            () -> {
                              awaitEndOfMain();
                              say("done");
                            }));
              } catch (Exception e) {
                say("failed: " + e);
              }
            });
    owner.setDaemon(true);
    owner.start();
    while (owner.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    say("main returns");
  }

  private static void daemons() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(40);
    Thread owner =
        new Thread(
            () -> {
              try {
                TaskGroup.run(
                    group -> {
                      for (int i = 0; i < 40; i++) {
                        group.background(() -> readForEver(running));
                      }
                      Event.create().await();
                    });
              } catch (Exception e) {
                say("failed: " + e);
              }
            });
    owner.setDaemon(true);
    owner.start();
    running.await();
    say("main returns");
  }

  private static void readForEver(CountDownLatch running) throws IOException {
    Path file = Path.of(System.getProperty("java.home"), "release");
    running.countDown();
    while (true) {
      Files.readAllBytes(file);
    }
  }

  private static void hook(Pool pool) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    pool.submit(() -> say("ran"));
                    say("accepted");
                  } catch (RejectedExecutionException e) {
                    say("refused: " + e.getMessage());
                  }
                }));
    say("main returns");
  }
}
