package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What worker processes record is in the recording of the process that has them.
@Timeout(120)
class WorkerRecordingTest {
  @TempDir private Path folder;
  private final Recording recording = new Recording();
  private Path file = Path.of("");

  @BeforeEach
  void writeToFile() throws IOException {
    file = folder.resolve("whole.jfr");
    recording.setDestination(file);
    recording.enable("jdk.JVMInformation");
  }

  @AfterEach
  void close() {
    recording.close();
  }

  private List<RecordedEvent> events(String type) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(type))
        .toList();
  }

  /// {@return the run of a task in its worker}
  private RecordedEvent inWorker(Task<?> task) throws IOException {
    List<RecordedEvent> found =
        events("selvedge.TaskRun").stream()
            .filter(run -> run.getLong("parent") == task.id())
            .toList();
    assertEquals(1, found.size(), () -> task + " in " + found);
    return found.getFirst();
  }

  private RecordedEvent here(Task<?> task) throws IOException {
    List<RecordedEvent> found =
        events("selvedge.TaskRun").stream()
            .filter(run -> run.getLong("parent") == 0 && run.getLong("task") == task.id())
            .filter(run -> run.getString("name").equals(task.name()))
            .toList();
    assertEquals(1, found.size(), () -> task + " in " + found);
    return found.getFirst();
  }

  @Test
  void hasTheTasksOfAllWorkersAlsoOfOneThatWasKilled() throws Exception {
    recording.start();
    Task<Integer> good;
    Task<Integer> bad;
    Task<Integer> before;
    Task<Integer> doomed;
    try (ProcessPool pool = ProcessPool.of(1)) {
      good = pool.submit("good", () -> 1);
      bad =
          pool.submit(
              "bad",
              () -> {
                throw new IOException("no");
              });
      assertEquals(1, good.await());
      assertThrows(TaskFailedException.class, bad::await);
      before = pool.submit("before", () -> 2);
      assertEquals(2, before.await());
      doomed =
          pool.submit(
              "doomed",
              () -> {
                FlightRecorder.getFlightRecorder().takeSnapshot().close(); // it is on disk now
                Runtime.getRuntime().halt(9);
                return 3;
              });
      assertThrows(TaskFailedException.class, doomed::await);
      assertEquals(4, pool.submit("after", () -> 4).await());
    }
    recording.stop();

    assertEquals("succeeded", inWorker(good).getString("outcome"));
    assertEquals("failed", inWorker(bad).getString("outcome"));
    assertEquals(IOException.class.getName(), inWorker(bad).getString("exception"));
    assertEquals("succeeded", inWorker(before).getString("outcome"));
    assertEquals("failed", here(doomed).getString("outcome"));
    assertEquals(
        WorkerLostException.class.getName(), here(doomed).getString("exception"), "the pool knows");
    for (Task<?> task : List.of(good, bad, before)) {
      assertEquals(task.name(), inWorker(task).getString("name"));
      assertFalse(here(task).getString("worker").isEmpty());
      assertEquals(here(task).getString("worker"), inWorker(task).getString("worker"));
    }
    Set<Long> processes =
        events("jdk.JVMInformation").stream()
            .map(event -> event.getLong("pid"))
            .collect(Collectors.toSet());
    assertTrue(processes.size() >= 3, processes::toString);
  }

  @Test
  void hasWhatWorkersDoThatWereThereBefore() throws Exception {
    try (ProcessPool pool = ProcessPool.of(1)) {
      assertFalse(pool.submit(WorkerRecordingTest::isRecorded).await());
      recording.start();
      while (!pool.submit(WorkerRecordingTest::isRecorded).await()) {
        Thread.onSpinWait(); // the worker will be told
      }
      Task<Integer> late = pool.submit("late", () -> 1);
      assertEquals(1, late.await());
      recording.stop();
      assertEquals("late", inWorker(late).getString("name"));
      while (pool.submit(WorkerRecordingTest::isRecorded).await()) {
        Thread.onSpinWait(); // and that it is over
      }
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  private static boolean isRecorded() {
    return FlightRecorder.isInitialized()
        && FlightRecorder.getFlightRecorder().getRecordings().stream()
            .anyMatch(recording -> recording.getState() == RecordingState.RUNNING);
  }
}
