package dev.selvedge.process.internal;

import dev.selvedge.internal.recording.Recorder;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.jspecify.annotations.Nullable;

/// Has the workers record while this process is recorded, and adds what they have recorded to its
/// recording.
///
/// ```
///   a recording of this process begins  ──► each worker gets an *order*: a file with its settings
///   a worker ends, or the order does    ──► it leaves a recording beside the order
///   a worker is killed                  ──► its chunks are where the JVM had put them, as it has told
///   the recording of this process ends  ──► when it is written, all of that is appended to it
/// ```
///
/// A recording is a sequence of chunks, and each chunk says which process it is of. So they are
/// only put one behind the other ([RecordedChunks]). That happens on the thread that ends the
/// recording, which may be the JVM's own hook for its end; the folder with the data is removed
/// after that ([#awaitEnd]). A recording that is dumped but not ended, or has no file, has this
/// process only.
///
/// All workers end and begin a recording when one of several recordings of this process ends, and
/// each of these gets what was recorded since it began: too much rather than too little.
final class WorkerRecordings implements FlightRecorderListener {
  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");
  private static final long PATIENCE_MILLIS = 3_000;
  private static final long LONGEST_END_SECONDS = 10;
  private static final long POLL_MILLIS = 5;

  private static @Nullable WorkerRecordings own; // guarded by the class

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  // guarded by lock
  private final Map<Worker, String> workers = new LinkedHashMap<>(); // with their orders
  private final List<Path> left = new ArrayList<>(); // by workers that have ended, or by orders
  private String order = ""; // of now, or empty
  private int orders;

  private WorkerRecordings() {}

  /// {@return that of this process}
  static synchronized WorkerRecordings own() {
    if (own == null) {
      own = new WorkerRecordings();
      FlightRecorder.addListener(own);
      own.adjust();
    }
    return own;
  }

  /// {@return what a worker shall record that starts now: an order, or an empty text}
  String order() {
    lock.lock();
    try {
      return order;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a worker whose process has started.
  void started(Worker worker, String ordered) {
    lock.lock();
    try {
      workers.put(worker, ordered);
    } finally {
      lock.unlock();
    }
  }

  /// Tells a worker that can be told now what it shall record, if that has changed.
  void connected(Worker worker) {
    lock.lock();
    try {
      String known = workers.get(worker);
      if (known != null && !known.equals(order)) {
        tell(worker);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes what a worker has left whose process has ended.
  void ended(Worker worker) {
    lock.lock();
    try {
      String by = workers.remove(worker);
      if (by != null) {
        collect(worker, by);
      }
    } finally {
      lock.unlock();
    }
  }

  /// With the lock held.
  private void tell(Worker worker) {
    if (worker.record(order)) {
      workers.put(worker, order);
    }
  }

  // ---- the recordings of this process ---------------------------------------------------------

  @Override
  public void recordingStateChanged(Recording recording) {
    switch (recording.getState()) {
      case RUNNING -> adjust();
      case STOPPED -> stopped(recording);
      default -> signalEnd();
    }
  }

  /// Gives an order if this process is recorded, and none was given.
  private void adjust() {
    lock.lock();
    try {
      List<Recording> running = running();
      if (order.isEmpty() && !running.isEmpty()) {
        give(running);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the workers do not record", e);
    } finally {
      lock.unlock();
    }
  }

  private static List<Recording> running() {
    return !FlightRecorder.isInitialized()
        ? List.of()
        : FlightRecorder.getFlightRecorder().getRecordings().stream()
            .filter(recording -> recording.getState() == RecordingState.RUNNING)
            .toList();
  }

  private void give(List<Recording> running) throws IOException {
    Properties settings = new Properties();
    running.forEach(recording -> settings.putAll(recording.getSettings()));
    Path next = ProcessFolder.own().path().resolve("order-" + ++orders);
    try (Writer writer = Files.newBufferedWriter(next)) {
      settings.store(writer, null);
    }
    order = next.toString();
    workers.keySet().forEach(this::tell);
  }

  private void stopped(Recording recording) {
    Path file = recording.getDestination();
    lock.lock();
    try {
      List<Recording> running = running();
      Map<Worker, String> before = new HashMap<>(workers);
      order = "";
      if (running.isEmpty()) {
        workers.keySet().forEach(this::tell);
      } else {
        give(running);
      }
      awaitComplete(before);
      before.forEach(this::collect);
      if (file != null) {
        append(recording, file);
      }
      if (running.isEmpty()) {
        forget();
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "what workers recorded is missing in " + file, e);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the workers have written what they recorded by an order that has ended; with the
  /// lock held, as nothing else may happen.
  private static void awaitComplete(Map<Worker, String> asked) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    try {
      for (Map.Entry<Worker, String> one : asked.entrySet()) {
        Path by = Path.of(one.getValue());
        while (!one.getValue().isEmpty()
            && one.getKey().isAlive()
            && !Files.exists(WorkerRecorder.complete(by, one.getKey().pid()))
            && end - System.nanoTime() > 0) {
          Thread.sleep(POLL_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what is there by now has to do
    }
  }

  private void append(Recording recording, Path file) throws IOException {
    long begun = recording.getStartTime().toEpochMilli();
    for (Path part : left) {
      if (Files.getLastModifiedTime(part).toMillis() >= begun) {
        RecordedChunks.append(part, file);
      }
    }
  }

  private void forget() throws IOException {
    Path mine = ProcessFolder.own().path();
    for (Path part : left) {
      Files.deleteIfExists(part);
      Path folder = part.getParent();
      if (folder != null && !folder.equals(mine) && isEmpty(folder)) { // of a JVM that was killed
        Files.deleteIfExists(folder);
      }
    }
    left.clear();
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  private void signalEnd() {
    lock.lock();
    try {
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits, when the JVM ends, until the JVM has written the recordings that it writes then, and
  /// the workers' were added to them.
  static void awaitEnd() {
    WorkerRecordings those;
    synchronized (WorkerRecordings.class) {
      those = own;
    }
    if (those == null) {
      return;
    }
    those.lock.lock();
    try {
      long left = TimeUnit.SECONDS.toNanos(LONGEST_END_SECONDS);
      while (left > 0 && isAnyToBeWritten()) {
        left = those.ended.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      those.lock.unlock();
    }
  }

  /// {@return whether the JVM has still to write a recording} One that has stopped and has a file
  /// is being written; it is closed when that is done.
  private static boolean isAnyToBeWritten() {
    return FlightRecorder.isInitialized()
        && FlightRecorder.getFlightRecorder().getRecordings().stream()
            .anyMatch(
                recording ->
                    switch (recording.getState()) {
                      case RUNNING ->
                          recording.getDumpOnExit() || recording.getDestination() != null;
                      case STOPPED -> recording.getDestination() != null;
                      default -> false;
                    });
  }

  // ---- what workers leave ---------------------------------------------------------------------

  /// Takes what a worker has recorded by an order. With the lock held.
  private void collect(Worker worker, String by) {
    if (by.isEmpty()) {
      return;
    }
    try {
      List<Path> found = parts(worker.pid(), Path.of(by));
      left.addAll(found);
      if (found.isEmpty()) {
        Recorder.dropped("the recording of worker process " + worker.pid(), 1);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the recording of " + worker + " is lost", e);
    }
  }

  private static List<Path> parts(long pid, Path by) throws IOException {
    for (Path whole :
        List.of(WorkerRecorder.complete(by, pid), WorkerRecorder.incomplete(by, pid))) {
      if (Files.exists(whole) && Files.size(whole) > 0) {
        return List.of(whole);
      }
    }
    return chunks(WorkerRecorder.place(by, pid));
  }

  /// {@return the chunks of a process that did not live to put them together, in their order}
  private static List<Path> chunks(Path place) throws IOException {
    Path folder = Path.of(Files.exists(place) ? Files.readString(place) : "");
    if (folder.toString().isEmpty() || !Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".jfr"))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }
}
