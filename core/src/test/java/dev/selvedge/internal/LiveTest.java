package dev.selvedge.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.management.Live;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Mutex;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// What [Live] tells of tasks that are held where they are.
final class LiveTest {
  private final Live live = new Live();

  private static void awaitParked(Task<?> task) {
    while (!Doing.of((TaskImpl<?>) task).state().equals("waiting")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theTreeShowsGroupsTasksAndWhoHoldsWhatTheyWaitFor() throws Exception {
    var mutex = Mutex.create();
    var go = Event.create();
    String tree =
        TaskGroup.call(
            options -> options.name("shop"),
            group -> {
              var holder =
                  group.fork(
                      "holder",
                      () -> {
                        try (var _ = mutex.hold()) {
                          go.await();
                        }
                      });
              awaitParked(holder);
              var waiting = group.fork("waiting", mutex::lock);
              awaitParked(waiting);
              try {
                return live.tree(1000);
              } finally {
                go.set();
              }
            });
    assertTrue(tree.contains("{\"kind\":\"group\",\"name\":\"shop\""), tree);
    assertTrue(tree.contains("\"owner\":\"" + Thread.currentThread().getName()), tree);
    assertTrue(
        tree.matches(
            ".*\"name\":\"waiting\",\"id\":\\d+,\"count\":1,\"state\":\"waiting\","
                + "\"on\":\"dev.selvedge.sync.Mutex@\\p{XDigit}+\","
                + "\"heldBy\":\"'shop/holder'\".*"),
        tree);
  }

  @Test
  void manyTasksBecomeOneRow() throws Exception {
    var go = Event.create();
    var parked = new CountDownLatch(1000);
    String tree =
        TaskGroup.call(
            options -> options.name("many"),
            group -> {
              List<Task<?>> tasks = new ArrayList<>();
              for (int i = 0; i < 1000; i++) {
                tasks.add(
                    group.fork(
                        "job-" + i,
                        () -> {
                          parked.countDown();
                          go.await();
                        }));
              }
              parked.await();
              tasks.forEach(LiveTest::awaitParked);
              try {
                return live.tree(1000);
              } finally {
                go.set();
              }
            });
    assertTrue(
        tree.contains("\"name\":\"job-#\",\"count\":1000,\"state\":\"waiting\",\"on\":\"dev.selv"),
        tree);
    assertTrue(tree.length() < 10_000, tree);
  }

  @Test
  void whyFollowsFromTheJoinToTheLockAndItsHolder() throws Exception {
    var mutex = Mutex.create();
    var go = Event.create();
    String why =
        TaskGroup.call(
            options -> options.name("shop"),
            group -> {
              var holder =
                  group.fork(
                      "holder",
                      () -> {
                        try (var _ = mutex.hold()) {
                          go.await();
                        }
                      });
              awaitParked(holder);
              var locking = group.fork("locking", mutex::lock);
              awaitParked(locking);
              var joining = group.fork("joining", () -> locking.join());
              awaitParked(joining);
              try {
                return live.why("joining");
              } finally {
                go.set();
              }
            });
    assertTrue(
        why.matches(
            ".*\"who\":\"the task 'shop/joining'\".*\"on\":\"the task 'shop/locking'\".*"
                + "\"who\":\"the task 'shop/locking'\".*\"heldBy\":\"'shop/holder'\".*"
                + "\"who\":\"the task 'shop/holder'\".*\"on\":\"dev.selvedge.sync.Event@.*"),
        why);
    assertTrue(why.contains("\"circle\":false"), why);
  }

  @Test
  void whyTellsTheNearestNamesIfThereIsNoSuchTask() throws Exception {
    var go = Event.create();
    try (var pool = Pool.virtual()) {
      awaitParked(pool.submit("warehouse", () -> go.await()));
      String why = live.why("warehose");
      go.set();
      assertTrue(why.startsWith("{\"version\":1,\"matches\":0,\"near\":[\"warehouse\""), why);
    }
  }

  @Test
  void whyTellsTheChainOfCancellations() throws Exception {
    var go = Event.create();
    try (var pool = Pool.virtual()) {
      var started = new CountDownLatch(1);
      var stubborn =
          pool.submit(
              "stubborn",
              () -> {
                started.countDown();
                boolean interrupted = false;
                while (!go.isSet()) {
                  interrupted |= Thread.interrupted();
                }
                return interrupted;
              });
      started.await();
      stubborn.cancel(new dev.selvedge.CancelReason.Requested("the shop closes"));
      String why = live.why("stubborn");
      String problems = live.problems();
      go.set();
      assertTrue(why.endsWith("\"cancelled\":[\"the shop closes\"]}"), why);
      assertTrue(problems.contains("\"task\":\"stubborn\",\"why\":\"the shop closes\""), problems);
    }
  }

  @Test
  void aGroupWhoseThreadHasEndedIsAProblem() throws Exception {
    var go = Event.create();
    var opened = new ArrayList<TaskGroup>();
    var thread =
        Thread.ofPlatform()
            .name("forgetful")
            .start(
                () -> {
                  var group = TaskGroup.open(options -> options.name("forgotten"));
                  opened.add(group);
                  group.fork(() -> go.await());
                });
    thread.join();
    String problems = live.problems();
    opened.getFirst().cancel("the test ends");
    assertTrue(
        problems.contains("{\"group\":\"forgotten\",\"owner\":\"forgetful\",\"tasks\":1}"),
        problems);
  }

  @Test
  void tellsWhoHoldsWhatByTheNamesOfADump() throws Exception {
    var mutex = Mutex.create();
    mutex.lock();
    try (var pool = Pool.virtual()) {
      var waiting = pool.submit("waiting", mutex::lock);
      awaitParked(waiting);
      String holders = live.holders();
      long thread = Objects.requireNonNull(((TaskImpl<?>) waiting).thread()).threadId();
      String tasks = live.tasksOn(new long[] {thread});
      mutex.unlock();
      assertTrue(
          holders.contains(
              "{\"object\":\""
                  + Doing.identity(mutex)
                  + "\",\"what\":\""
                  + Doing.identity(mutex)
                  + "\",\"tasks\":false,\"any\":false,\"holders\":["
                  + Thread.currentThread().threadId()
                  + "]}"),
          holders);
      assertEquals("{\"version\":1,\"tasks\":{\"" + thread + "\":\"waiting\"}}", tasks);
    }
  }

  @Test
  void hostileNamesAreCutAndEscaped() throws Exception {
    var go = Event.create();
    try (var pool = Pool.virtual()) {
      awaitParked(pool.submit("\"\\\u0001\ud800" + "x".repeat(1_000_000), () -> go.await()));
      String tree = live.tree(1000);
      go.set();
      assertTrue(tree.contains("\"name\":\"\\\"\\\\\\u0001\\ud800xxx"), tree);
      assertTrue(tree.contains("xxx… (1000004 characters)\""), tree);
      assertTrue(tree.length() < 10_000, "it has " + tree.length() + " characters");
    }
  }
}
