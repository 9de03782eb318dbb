package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.Mutex;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What waits parks its coroutine only: each test would hang if it held the loop.
@Timeout(30)
class CoroutineTest {

  /// Runs two actions as coroutines of one loop, the first one first.
  private static void both(Action first, Action second) throws Exception {
    EventLoop.run(
        () ->
            TaskGroup.run(
                group -> {
                  group.fork(first);
                  group.fork(second);
                }));
  }

  @Test
  void oneRunsAtATimeSoACounterNeedsNoLock() throws Exception {
    int[] count = {0};
    EventLoop.run(
        () ->
            TaskGroup.run(
                group -> {
                  for (int i = 0; i < 100; i++) {
                    group.fork(
                        () -> {
                          for (int k = 0; k < 1000; k++) {
                            count[0]++;
                            if (k % 100 == 0) {
                              EventLoop.yieldNow();
                            }
                          }
                        });
                  }
                }));
    assertEquals(100_000, count[0]);
  }

  @Test
  void oneThreadRunsShortTasksOneAfterTheOther() throws Exception {
    assertEquals(1, EventLoop.run(() -> threadsOf(Thread::currentThread)));
  }

  @SuppressWarnings("ThreadLocalUsage") // never removed: that is what is tested
  @Test
  void noTaskFindsWhatAnotherOneHasLeftOnItsThread() throws Exception {
    var local = new ThreadLocal<String>();
    var inheritable = new InheritableThreadLocal<String>();
    var loader = new ClassLoader() {};
    List<Action> marks =
        List.of(
            () -> local.set("left"),
            () -> inheritable.set("left"),
            () -> Thread.currentThread().setName("left"),
            () -> Thread.currentThread().setContextClassLoader(loader));
    for (Action mark : marks) {
      assertEquals(
          2,
          EventLoop.run(
              () ->
                  threadsOf(
                      () -> {
                        Thread thread = Thread.currentThread();
                        assertEquals(null, local.get());
                        assertEquals(null, inheritable.get());
                        assertEquals("", thread.getName());
                        assertEquals(
                            ClassLoader.getSystemClassLoader(), thread.getContextClassLoader());
                        local.remove(); // get() leaves an entry
                        inheritable.remove();
                        mark.perform();
                        return thread;
                      })));
    }
  }

  /// {@return how many threads run two tasks that never wait}
  private static long threadsOf(Call<Thread> call) throws Exception {
    EventLoop loop = EventLoop.current().orElseThrow();
    List<Task<Thread>> tasks = List.of(loop.submit(call), loop.submit(call));
    var threads = new HashSet<Thread>();
    for (Task<Thread> task : tasks) {
      threads.add(task.await());
    }
    return threads.size();
  }

  @Test
  void yieldingLetsEverybodyElseMakeAStepInTurn() throws Exception {
    List<String> steps = new ArrayList<>();
    Action a = () -> threeSteps("a", steps);
    Action b = () -> threeSteps("b", steps);
    both(a, b);
    assertEquals(List.of("a", "b", "a", "b", "a", "b"), steps);
  }

  private static void threeSteps(String name, List<String> steps) throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      steps.add(name);
      EventLoop.yieldNow();
    }
  }

  @Test
  void yieldingIsAPlaceWhereACancellationArrives() throws Exception {
    try (EventLoop loop = EventLoop.open()) {
      Task<?> task =
          loop.submit(
              () -> {
                while (true) {
                  EventLoop.yieldNow();
                }
              });
      task.cancel(true);
      task.join();
      assertTrue(task.isCancelled());
    }
  }

  @Test
  void aChannelParksItsCoroutineOnly() throws Exception {
    Chan<Integer> numbers = Chan.bounded(1);
    both(
        () -> {
          for (int i = 0; i < 100; i++) {
            assertEquals(i, numbers.receive());
          }
        },
        () -> {
          for (int i = 0; i < 100; i++) {
            numbers.send(i);
          }
        });
  }

  @Test
  @Tag("ASYNC-01")
  void aMutexParksItsCoroutineOnly() throws Exception {
    Mutex mutex = Mutex.create();
    var held = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    both(
        () -> {
          mutex.lock();
          held.countDown();
          release.await();
          mutex.unlock();
        },
        () -> {
          held.await();
          assertFalse(mutex.tryLock());
          release.countDown();
          mutex.lock();
          mutex.unlock();
        });
  }

  @Test
  void locksAndConditionsOfTheJdkParkTheirCoroutineOnly() throws Exception {
    var lock = new ReentrantLock();
    var changed = lock.newCondition();
    boolean[] flag = {false};
    both(
        () -> {
          lock.lock();
          try {
            while (!flag[0]) {
              changed.await();
            }
          } finally {
            lock.unlock();
          }
        },
        () -> {
          lock.lock();
          try {
            Thread.sleep(1); // while holding it
            flag[0] = true;
            changed.signal();
          } finally {
            lock.unlock();
          }
        });
  }

  @Test
  void monitorsParkTheirCoroutineOnly() throws Exception {
    Object monitor = new Object();
    boolean[] flag = {false};
    both(
        () -> {
          synchronized (monitor) {
            while (!flag[0]) {
              monitor.wait();
            }
          }
        },
        () -> {
          synchronized (monitor) {
            Thread.sleep(1); // while holding it
            flag[0] = true;
            monitor.notifyAll();
          }
        });
  }

  @Test
  void queuesOfTheJdkParkTheirCoroutineOnly() throws Exception {
    var there = new LinkedBlockingQueue<Integer>();
    var back = new SynchronousQueue<Integer>();
    both(
        () -> {
          for (int i = 0; i < 100; i++) {
            back.put(there.take() + 1);
          }
        },
        () -> {
          for (int i = 0; i < 100; i++) {
            there.put(i);
            assertEquals(i + 1, back.take());
          }
        });
  }

  @Test
  @Tag("SLEEP-01")
  void sleepsOverlap() throws Exception {
    long start = System.nanoTime();
    EventLoop.run(
        () ->
            TaskGroup.run(
                group -> {
                  for (int i = 0; i < 500; i++) {
                    group.fork(() -> Thread.sleep(20));
                    group.fork(() -> Tasks.sleep(Duration.ofMillis(20)));
                  }
                }));
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis >= 20, millis + " ms");
    assertTrue(millis < 10_000, "one after the other they would take 20 s");
  }

  @Test
  void socketsParkTheirCoroutineOnly() throws Exception {
    exchangeOnALoop();
  }

  private static void exchangeOnALoop() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      both(
          () -> {
            try (Socket socket = server.accept()) {
              assertEquals(7, socket.getInputStream().read());
            }
          },
          () -> {
            try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
              Thread.sleep(5);
              socket.getOutputStream().write(7);
            }
          });
    }
  }

  @Test
  void socketsOfOtherThreadsWorkWhenTheLoopHasEnded() throws Exception {
    exchangeOnALoop();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var read =
          new FutureTask<>(
              () -> {
                try (Socket socket = server.accept()) {
                  return socket.getInputStream().read();
                }
              });
      Thread.startVirtualThread(read);
      try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
        socket.getOutputStream().write(9);
        assertEquals(9, read.get());
      }
    }
  }

  @Test
  void aDeadlineEndsAWaitAndAlsoACoroutineThatNeverWaits() throws Exception {
    EventLoop.run(
        () -> {
          assertThrows(
              DeadlineExceededException.class,
              () ->
                  Deadline.within(
                      Duration.ofMillis(5),
                      () -> {
                        Thread.sleep(Duration.ofDays(1));
                        return 0;
                      }));
          assertThrows(
              DeadlineExceededException.class,
              () ->
                  Deadline.within(
                      Duration.ofMillis(5),
                      () -> {
                        while (!Thread.interrupted()) {
                          Thread.onSpinWait();
                        }
                        throw new InterruptedException();
                      }));
        });
  }

  @Test
  @Tag("GROUP-02")
  void aFailureCancelsItsSiblingsOnTheLoop() throws Exception {
    List<String> events = new ArrayList<>();
    EventLoop.run(
        () -> {
          var failed =
              assertThrows(
                  TaskFailedException.class,
                  () ->
                      TaskGroup.run(
                          group -> {
                            group.fork(
                                () -> {
                                  try {
                                    Thread.sleep(Duration.ofDays(1));
                                  } catch (InterruptedException e) {
                                    events.add("cancelled");
                                    throw e;
                                  }
                                });
                            group.fork(
                                () -> {
                                  throw new IllegalArgumentException("first");
                                });
                          }));
          assertEquals("first", failed.getCause().getMessage());
        });
    assertEquals(List.of("cancelled"), events);
  }

  @Test
  void whatACoroutineHasStartedByHandGoesOnWhenTheLoopHasEnded() throws Exception {
    var go = new CountDownLatch(1);
    var done = new CountDownLatch(1);
    EventLoop.run(
        () ->
            Thread.startVirtualThread(
                () -> {
                  try {
                    go.await();
                    Thread.sleep(1);
                    done.countDown();
                  } catch (InterruptedException e) {
                    // then the test hangs
                  }
                }));
    go.countDown();
    done.await();
  }
}
