package dev.selvedge.trace.recording;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/// Has the JDK read a file, on a thread of its own that is left alone when it finds no end.
///
/// On damaged files the JDK's reader may throw whatever it likes, ask for more memory than there
/// is, or go in circles, and it cannot be interrupted. So the thread hands over event by event;
/// when none has come for too long it is given up, and what it finds later is ignored. It is a
/// daemon.
final class BoundedParse {
  private static final int LONGEST = 100;

  private final Path file;
  private final ChunkEvents events;

  /// Guarded by `this`, as are the events; the other fields are written before the thread ends.
  private boolean isGivenUp;

  /// Guarded by `this`.
  private long count;

  private @Nullable String problem;

  private BoundedParse(Path file, ChunkEvents events) {
    this.file = file;
    this.events = events;
  }

  /// Reads a file that holds one chunk.
  ///
  /// @param events gets the events that can be read
  /// @param patience how long one event may take
  /// @return why not all could be read; empty if all were
  static Optional<String> read(Path file, ChunkEvents events, Duration patience)
      throws InterruptedException {
    return new BoundedParse(file, events).read(patience);
  }

  private Optional<String> read(Duration patience) throws InterruptedException {
    var thread = Thread.ofPlatform().daemon().name("selvedge-recording").start(this::parse);
    try {
      long before = -1;
      while (!thread.join(patience)) {
        long now = count();
        if (now == before) {
          return Optional.of("no event could be read for " + patience.toSeconds() + " s");
        }
        before = now;
      }
      return Optional.ofNullable(problem);
    } finally {
      giveUp();
    }
  }

  private void parse() {
    try (var recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents() && take(recording.readEvent())) {}
    } catch (IOException | RuntimeException | Error e) {
      problem = e.getMessage() == null ? e.getClass().getSimpleName() : oneLine(e.getMessage());
    }
  }

  private synchronized boolean take(RecordedEvent event) {
    if (!isGivenUp) {
      count++;
      events.add(event);
    }
    return !isGivenUp;
  }

  private synchronized long count() {
    return count;
  }

  private synchronized void giveUp() {
    isGivenUp = true;
  }

  /// It may quote what is in the file.
  private static String oneLine(String message) {
    return message.replaceAll("\\p{Cntrl}", "?").substring(0, Math.min(message.length(), LONGEST));
  }
}
