package dev.selvedge.bench;

import com.softwaremill.jox.Channel;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.EventLoop;
import dev.selvedge.sync.Chan;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

/// What [LoopPeers] measures, in a JVM of its own: tasks, switches, queues and sleeps.
///
/// The argument says on what: `selvedge` (an event loop, tasks that are submitted and awaited),
/// `group` (the same, tasks that a group owns), `bare` (virtual threads on an event loop that park
/// and unpark each other, which is what no queue can be faster than), `virtual` (plain virtual
/// threads), `jox` (its channels on virtual threads). Then each line of the standard input names a
/// work and a number, and is answered by the seconds that it took.
public final class LoopWorks {
  static final double SLEEP_NANOS = 2e9;

  private static final int CAPACITY = 16;

  /// Something to be done so many times.
  @FunctionalInterface
  private interface Work {
    void run(int count) throws Exception;
  }

  private static final Map<String, Map<String, Work>> ALL =
      Map.of(
          "selvedge",
              Map.of(
                  "spawn", onALoop(LoopWorks::spawn),
                  "switch", onALoop(LoopWorks::switches),
                  "queue", onALoop(LoopWorks::queue),
                  "sleep", onALoop(LoopWorks::sleep)),
          "group", Map.of("spawn", onALoop(LoopWorks::fork)),
          "bare", Map.of("queue", onALoop(count -> new HandOver().run(count))),
          "virtual",
              Map.of(
                  "spawn", inAVirtualThread(LoopWorks::spawnVirtual),
                  "switch", inAVirtualThread(LoopWorks::switchVirtual),
                  "sleep", inAVirtualThread(LoopWorks::sleepVirtual)),
          "jox", Map.of("queue", inAVirtualThread(LoopWorks::queueJox)));

  private LoopWorks() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    Map<String, Work> works = Objects.requireNonNull(ALL.get(args[0]), args[0]);
    System.out.println("ready");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 2);
      System.gc();
      long start = System.nanoTime();
      Objects.requireNonNull(works.get(words[0]), line).run(Integer.parseInt(words[1]));
      System.out.println((System.nanoTime() - start) / 1e9);
    }
  }

  // ---- on an event loop -----------------------------------------------------------------------

  private static Work onALoop(Work work) {
    return count -> EventLoop.run(() -> work.run(count));
  }

  private static EventLoop loop() {
    return EventLoop.current().orElseThrow();
  }

  private static void awaitAll(Task<?>... tasks) throws Exception {
    for (Task<?> task : tasks) {
      task.await();
    }
  }

  private static void spawn(int count) throws Exception {
    EventLoop loop = loop();
    Task<?>[] tasks = new Task<?>[count];
    for (int i = 0; i < count; i++) {
      tasks[i] = loop.submit(() -> 1);
    }
    awaitAll(tasks);
  }

  private static void fork(int count) throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 0; i < count; i++) {
            group.fork(() -> 1);
          }
        });
  }

  private static void switches(int count) throws Exception {
    EventLoop loop = loop();
    awaitAll(loop.submit(() -> turns(count / 2)), loop.submit(() -> turns(count / 2)));
  }

  private static void turns(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      EventLoop.yieldNow();
    }
  }

  private static void queue(int count) throws Exception {
    EventLoop loop = loop();
    Chan<Integer> questions = Chan.bounded(CAPACITY);
    Chan<Integer> answers = Chan.bounded(CAPACITY);
    awaitAll(
        loop.submit(
            () -> {
              for (int i = 0; i < count; i++) {
                questions.send(i);
                answers.receive();
              }
            }),
        loop.submit(
            () -> {
              for (int i = 0; i < count; i++) {
                answers.send(questions.receive());
              }
            }));
  }

  /// Two threads that take turns, with nothing but the JDK's parking between them.
  private static final class HandOver {
    private volatile boolean asked;

    void run(int count) throws Exception {
      Thread[] threads = new Thread[2];
      threads[0] =
          start(
              () -> {
                for (int i = 0; i < count; i++) {
                  asked = true;
                  LockSupport.unpark(threads[1]);
                  while (asked) {
                    LockSupport.park();
                  }
                }
              });
      threads[1] =
          start(
              () -> {
                for (int i = 0; i < count; i++) {
                  while (!asked) {
                    LockSupport.park();
                  }
                  asked = false;
                  LockSupport.unpark(threads[0]);
                }
              });
      joinAll(threads);
    }
  }

  private static void sleep(int count) throws Exception {
    EventLoop loop = loop();
    Task<?>[] tasks = new Task<?>[count];
    for (int i = 0; i < count; i++) {
      long nanos = (long) (SLEEP_NANOS * i / count);
      tasks[i] = loop.submit(() -> Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000)));
    }
    awaitAll(tasks);
  }

  // ---- plain virtual threads ------------------------------------------------------------------

  /// A thread that fails ends the measurement.
  private static Work inAVirtualThread(Work work) {
    return count -> start(() -> work.run(count)).join();
  }

  /// What a thread does.
  @FunctionalInterface
  private interface Step {
    void perform() throws Exception;
  }

  private static Thread start(Step step) {
    return Thread.startVirtualThread(
        () -> {
          try {
            step.perform();
          } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
          }
        });
  }

  private static void joinAll(Thread... threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void spawnVirtual(int count) throws Exception {
    Thread[] threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      threads[i] = Thread.startVirtualThread(() -> {});
    }
    joinAll(threads);
  }

  @SuppressWarnings("ThreadPriorityCheck") // to be compared
  private static void switchVirtual(int count) throws Exception {
    Step turns =
        () -> {
          for (int i = 0; i < count / 2; i++) {
            Thread.yield();
          }
        };
    joinAll(start(turns), start(turns));
  }

  private static void sleepVirtual(int count) throws Exception {
    Thread[] threads = new Thread[count];
    for (int i = 0; i < count; i++) {
      long nanos = (long) (SLEEP_NANOS * i / count);
      threads[i] = start(() -> Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000)));
    }
    joinAll(threads);
  }

  private static void queueJox(int count) throws Exception {
    Channel<Integer> questions = Channel.newBufferedChannel(CAPACITY);
    Channel<Integer> answers = Channel.newBufferedChannel(CAPACITY);
    joinAll(
        start(
            () -> {
              for (int i = 0; i < count; i++) {
                questions.send(i);
                answers.receive();
              }
            }),
        start(
            () -> {
              for (int i = 0; i < count; i++) {
                answers.send(questions.receive());
              }
            }));
  }
}
