package dev.selvedge.verify;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// Programs that end in one way or another; [JvmEndTest] runs each in a JVM of its own.
final class JvmEndProgram {
  private JvmEndProgram() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "busy-background" -> busyBackground(Path.of(args[1]));
      case "nobody-waits" -> nobodyWaits();
      case "full-heap" -> fullHeap(args[1].equals("virtual") ? Pool.virtual() : Pool.threads(1));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void say(String what) {
    System.out.println(what);
  }

  /// Forty tasks in the background are writing when the last ordinary one ends the JVM.
  private static void busyBackground(Path folder) throws Exception {
    var busy = new CountDownLatch(40);
    TaskGroup.run(
        group -> {
          for (int i = 0; i < 40; i++) {
            Path file = folder.resolve("file" + i);
            group.background(() -> write(file, busy));
          }
          group.fork(
              () -> {
                busy.await();
                System.exit(3);
              });
        });
  }

  private static void write(Path file, CountDownLatch busy)
      throws IOException, InterruptedException {
    boolean first = true;
    while (true) {
      Files.writeString(file, "busy\n");
      if (first) {
        first = false;
        busy.countDown();
      }
      Tasks.sleep(Duration.ofMillis(1)); // lets the others on
    }
  }

  private static void nobodyWaits() {
    try (Pool pool = Pool.virtual()) {
      pool.execute(
          () -> {
            throw new IllegalArgumentException("nobody asks for this");
          });
    }
    say("closed normally");
  }

  private static @Nullable Object kept;

  /// Two tasks run into a heap that stays full; then there is room again. The first failure of a
  /// program needs memory to load what failures need, so there is one before.
  private static void fullHeap(Pool pool) throws Exception {
    pool.submit(() -> Integer.parseInt("no number")).join();
    for (int i = 0; i < 2; i++) {
      Task<@Nullable Void> full = pool.submit("full", JvmEndProgram::fill);
      full.join();
      kept = null;
      say(full.state() + " " + (full.exceptionNow() instanceof OutOfMemoryError));
    }
    say(pool.submit(() -> "usable").await());
    pool.close();
  }

  private static void fill() {
    for (int size = 1 << 20; ; size = Math.max(16, size / 2)) {
      try {
        while (true) {
          kept = new Object[] {kept, new byte[size]};
        }
      } catch (OutOfMemoryError e) {
        if (size == 16) {
          throw e;
        }
      }
    }
  }
}
