package dev.selvedge.process.internal;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;

/// Records in a worker process what its pool's process records, too: see [WorkerRecordings].
///
/// A recording is there under its final name only when it is complete; before, it has another one,
/// under which it is found if this process calls `System.exit`.
final class WorkerRecorder {
  /// Where the JDK puts the chunks that it writes.
  private static final String REPOSITORY = "jdk.jfr.repository";

  private @Nullable Recording recording; // guarded by this, as the next one
  private @Nullable Path order;

  /// Obeys an order of the pool: a file with the settings of the recording to make, or an empty
  /// text to end the one that runs.
  synchronized void obey(String order) {
    try {
      stop();
      if (!order.isEmpty()) {
        start(Path.of(order));
      }
    } catch (IOException | RuntimeException e) {
      System.getLogger("dev.selvedge.process")
          .log(System.Logger.Level.WARNING, "this worker does not record", e);
    }
  }

  private void start(Path settings) throws IOException {
    Recording next = new Recording(settings(settings));
    next.setName("selvedge");
    next.setToDisk(true);
    next.setDestination(incomplete(settings, ProcessHandle.current().pid()));
    next.start();
    Files.writeString(
        place(settings, ProcessHandle.current().pid()), System.getProperty(REPOSITORY, ""));
    recording = next;
    order = settings;
  }

  private static Map<String, String> settings(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, String> settings = new HashMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> settings.put(name, properties.getProperty(name)));
    return settings;
  }

  /// Ends the recording, if there is one.
  synchronized void stop() {
    if (recording == null || order == null) {
      return;
    }
    long pid = ProcessHandle.current().pid();
    try {
      recording.stop(); // writes and closes it
      Files.move(incomplete(order, pid), complete(order, pid), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      recording = null;
    }
  }

  /// {@return where a worker leaves what it recorded by an order}
  static Path complete(Path order, long pid) {
    return order.resolveSibling(order.getFileName() + "-" + pid + ".jfr");
  }

  /// {@return where a worker says in which folder the JVM has what it records by an order, for the
  /// case that it is killed}
  static Path place(Path order, long pid) {
    return order.resolveSibling(order.getFileName() + "-" + pid + ".place");
  }

  /// {@return where that is before it is complete}
  static Path incomplete(Path order, long pid) {
    return order.resolveSibling(order.getFileName() + "-" + pid + ".part");
  }
}
