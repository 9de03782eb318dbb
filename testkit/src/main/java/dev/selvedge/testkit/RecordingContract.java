package dev.selvedge.testkit;

import static dev.selvedge.testkit.Trial.endless;
import static dev.selvedge.testkit.Trial.eventually;
import static dev.selvedge.testkit.Trial.held;
import static dev.selvedge.testkit.Trial.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Pool;
import dev.selvedge.Retry;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.spi.Capability;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Mutex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordedEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a recording of the JDK's Flight Recorder tells, compared task by task with what happened.
interface RecordingContract extends Trial {

  private static void assertRun(
      RecordedEvent run, String outcome, @Nullable Class<? extends Throwable> thrown) {
    assertEquals(outcome, run.getString("outcome"));
    assertEquals(thrown == null ? null : thrown.getName(), run.getString("exception"));
    assertEquals(1, run.getInt("attempt"));
    assertTrue(run.getDuration("queued").isPositive());
    assertNull(run.getStackTrace());
  }

  @Test
  default void aRecordingTellsHowEachTaskEnded() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      Task<Integer> good;
      Task<Integer> bad;
      Task<String> stopped;
      String name;
      try (Pool pool = open()) {
        name = pool.name();
        good = pool.submit("good", () -> 1);
        bad =
            pool.submit(
                "bad",
                () -> {
                  throw new Planned("no");
                });
        assertEquals(1, good.await());
        assertThrows(TaskFailedException.class, bad::await);
        Signal started = Signal.create();
        stopped = pool.submit("stopped", endless(started));
        started.await();
        stopped.cancel("enough");
        assertThrows(TaskCancelledException.class, stopped::await);
      }
      recorded.end();
      RecordedEvent run = recorded.only("TaskRun", "task", good.id());
      assertRun(run, "succeeded", null);
      assertEquals("good", run.getString("name"));
      assertEquals(name, run.getString("pool"));
      assertEquals(0, run.getLong("group"));
      assertEquals(0, run.getLong("parent"));
      assertTrue(run.getBoolean("started"));
      assertRun(recorded.only("TaskRun", "task", bad.id()), "failed", Planned.class);
      assertEquals(
          "cancelled", recorded.only("TaskRun", "task", stopped.id()).getString("outcome"));
      RecordedEvent cancelled = recorded.only("Cancel", "task", stopped.id());
      assertEquals("stopped", cancelled.getString("name"));
      assertEquals("enough", cancelled.getString("reason"));
      assertEquals(0, cancelled.getLong("by"));
      assertEquals(Thread.currentThread().getName(), cancelled.getString("byName"));
      assertEquals(0, cancelled.getLong("byGroup"));
    }
  }

  @Test
  default void aRecordingTellsOfTasksThatEndedInTheQueue() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      Task<Integer> queued;
      List<Task<String>> holders;
      try (Pool pool = open()) {
        needs(pool, Capability.BOUNDED);
        Signal release = Signal.create();
        holders = Trial.occupy(pool, parallelism(), release);
        queued = pool.submit("queued", () -> 1);
        queued.cancel("not needed");
        release.set();
      }
      recorded.end();
      RecordedEvent run = recorded.only("TaskRun", "task", queued.id());
      assertRun(run, "cancelled", null);
      assertEquals(Duration.ZERO, run.getDuration());
      assertFalse(run.getBoolean("started"));
      assertEquals("not needed", recorded.only("Cancel", "task", queued.id()).getString("reason"));
      for (Task<String> holder : holders) {
        assertRun(recorded.only("TaskRun", "task", holder.id()), "succeeded", null);
      }
    }
  }

  @Test
  default void aRecordingTellsOfGroupsAndWhoseTasksAreWhose() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      List<Task<Integer>> children = new ArrayList<>();
      Task<?>[] body = new Task<?>[1];
      try (Pool pool = open()) {
        TaskGroup.run(
            options -> options.name("crawl").pool(pool).limit(2),
            group -> {
              body[0] = Tasks.current().orElseThrow();
              for (int i = 0; i < 5; i++) {
                children.add(group.fork("child " + i, () -> 1));
              }
            });
      }
      recorded.end();
      RecordedEvent group = recorded.only("Group", "group", body[0].id());
      assertEquals("crawl", group.getString("name"));
      assertEquals(0, group.getLong("owner"));
      assertEquals(2, group.getInt("limit"));
      assertEquals(5, group.getLong("forked"));
      assertEquals("succeeded", group.getString("outcome"));
      for (Task<Integer> child : children) {
        RecordedEvent run = recorded.only("TaskRun", "task", child.id());
        assertRun(run, "succeeded", null);
        assertEquals(child.name(), run.getString("name"));
        assertEquals(body[0].id(), run.getLong("group"));
        assertFalse(run.getStartTime().isBefore(group.getStartTime()));
        assertFalse(run.getEndTime().isAfter(group.getEndTime()));
      }
    }
  }

  @Test
  default void aRecordingTellsOfWhomATaskIsAPart() throws Exception {
    try (Recorded recorded = Recorded.begin();
        Pool pool = open()) {
      needs(pool, Capability.SHARES_HEAP);
      long[] child = new long[2];
      Call<Long> deeper = () -> TaskGroup.call(group -> group.fork(() -> 1).id());
      Task<@Nullable Void> outer =
          pool.submit(
              "outer",
              () ->
                  TaskGroup.run(
                      group -> {
                        Task<Long> inner = group.fork("inner", deeper);
                        child[0] = inner.id();
                        child[1] = inner.await();
                      }));
      outer.await();
      recorded.end();
      assertEquals(outer.id(), recorded.only("TaskRun", "task", child[0]).getLong("parent"));
      assertEquals(child[0], recorded.only("TaskRun", "task", child[1]).getLong("parent"));
      assertEquals(
          outer.id(),
          recorded
              .only("Group", "group", recorded.only("TaskRun", "task", child[0]).getLong("group"))
              .getLong("owner"));
    }
  }

  @Test
  default void aRecordingTellsWhyAGroupsTasksWereCancelled() throws Exception {
    try (Recorded recorded = Recorded.begin();
        Pool pool = open()) {
      List<Task<String>> late = new ArrayList<>();
      assertThrows(
          DeadlineExceededException.class,
          () ->
              TaskGroup.run(
                  options -> options.name("short").pool(pool).deadline(Duration.ofMillis(1)),
                  group -> late.add(group.fork("late", endless(Signal.create())))));
      recorded.end();
      RecordedEvent run = recorded.only("TaskRun", "task", late.getFirst().id());
      assertEquals("cancelled", run.getString("outcome"));
      RecordedEvent cancel = recorded.only("Cancel", "task", late.getFirst().id());
      assertTrue(cancel.getString("reason").contains("short"), cancel::toString);
      RecordedEvent group = recorded.only("Group", "group", run.getLong("group"));
      assertEquals("cancelled", group.getString("outcome"));
      assertEquals(
          group.getLong("group"), recorded.only("Cancel", "name", "short").getLong("task"));
    }
  }

  @Test
  default void aRecordingTellsOfEachAttempt() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      Task<Integer> task;
      try (Pool pool = open()) {
        needs(pool, Capability.SHARES_HEAP);
        AtomicInteger calls = new AtomicInteger();
        Call<Integer> call =
            () -> {
              if (calls.incrementAndGet() < 3) {
                throw new Planned("not yet");
              }
              return calls.get();
            };
        task = pool.submit("again", Retry.times(5).backoff(Duration.ZERO).wrap(call));
        assertEquals(3, task.await());
      }
      recorded.end();
      List<RecordedEvent> runs = recorded.of("TaskRun", "task", task.id());
      assertEquals(List.of(1, 2, 3), runs.stream().map(run -> run.getInt("attempt")).toList());
      assertEquals(
          List.of("failed", "failed", "succeeded"),
          runs.stream().map(run -> run.getString("outcome")).toList());
      assertEquals(Planned.class.getName(), runs.getFirst().getString("exception"));
      for (int i = 0; i < 2; i++) {
        assertFalse(runs.get(i).getEndTime().isAfter(runs.get(i + 1).getStartTime()));
      }
    }
  }

  @Test
  default void aRecordingThatBeginsLaterTellsOnlyWhatItKnows() throws Exception {
    Recorded recorded;
    Task<String> before;
    Task<Integer> after;
    try (Pool pool = open()) {
      Signal started = Signal.create();
      before = pool.submit(held(started, Signal.create()));
      started.await();
      recorded = Recorded.begin();
      before.cancel("too late to know when it began");
      assertThrows(TaskCancelledException.class, before::await);
      after = pool.submit(() -> 1);
    }
    try (recorded) {
      recorded.end();
      assertEquals(List.of(), recorded.of("TaskRun", "task", before.id()));
      assertEquals(1, recorded.of("Cancel", "task", before.id()).size());
      assertRun(recorded.only("TaskRun", "task", after.id()), "succeeded", null);
    }
  }

  @Test
  default void aRecordingTellsWhatATaskWaitedFor() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      Mutex mutex = Mutex.create();
      Event ready = Event.create();
      Task<Integer> holder;
      Task<@Nullable Void> waiter;
      try (Pool pool = open()) {
        needs(pool, Capability.SHARES_HEAP);
        needsParallelism(2);
        Event held = Event.create();
        holder =
            pool.submit(
                "holder",
                () -> {
                  try (var _ = mutex.hold()) {
                    held.set();
                    ready.await();
                  }
                  return 1;
                });
        held.await();
        waiter =
            pool.submit(
                "waiter",
                () -> {
                  try (var _ = mutex.hold()) {
                    holder.await();
                  }
                });
        eventually("the waiter to wait", () -> waits(waiter) && waits(holder));
        ready.set();
        waiter.await();
      }
      recorded.end();
      RecordedEvent lock =
          recorded.of("TaskWait", "task", waiter.id()).stream()
              .filter(wait -> wait.getString("kind").equals("lock"))
              .findFirst()
              .orElseThrow();
      assertEquals("waiter", lock.getString("name"));
      assertEquals(holder.id(), lock.getLong("holder"));
      assertTrue(lock.getString("on").startsWith("Mutex@"), lock::toString);
      assertTrue(
          recorded.of("TaskWait", "task", holder.id()).stream()
              .anyMatch(wait -> wait.getString("kind").equals("event")));
      for (Task<?> task : List.of(holder, waiter)) {
        RecordedEvent run = recorded.only("TaskRun", "task", task.id());
        Duration waited =
            recorded.of("TaskWait", "task", task.id()).stream()
                .map(RecordedEvent::getDuration)
                .reduce(Duration.ZERO, Duration::plus);
        Duration blocked = run.getDuration("blocked");
        assertTrue(blocked.isPositive(), run::toString);
        assertTrue(blocked.compareTo(run.getDuration()) <= 0, run::toString);
        assertTrue(waited.minus(blocked).abs().toMillis() < 50, () -> waited + " in " + run);
      }
    }
  }

  @Test
  default void aRecordingTellsHowMuchThePoolHasToDo() throws Exception {
    try (Recorded recorded = Recorded.begin()) {
      String name;
      try (Pool pool = open()) {
        name = pool.name();
        TaskGroup.run(options -> options.pool(pool), group -> group.fork(() -> 1));
        Signal started = Signal.create();
        Signal release = Signal.create();
        Task<String> running = pool.submit(held(started, release));
        started.await();
        recorded.end();
        release.set();
        assertEquals("released", running.await());
      }
      List<RecordedEvent> samples = recorded.of("PoolSample", "pool", name);
      assertTrue(
          samples.stream()
              .anyMatch(
                  sample ->
                      sample.getLong("running") == 1
                          && sample.getLong("queued") == 0
                          && sample.getLong("done") == 1),
          samples::toString);
    }
  }

  private static boolean waits(Task<?> task) {
    return task.toString().endsWith("waiting");
  }
}
