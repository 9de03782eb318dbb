package dev.selvedge.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// A recording of what Selvedge does in this process.
final class Recorded implements AutoCloseable {
  private final Recording recording = new Recording();
  private List<RecordedEvent> events = List.of();

  private Recorded() {}

  /// Begins to record.
  static Recorded begin() {
    Recorded recorded = new Recorded();
    recorded.recording.enable("selvedge.TaskWait").withThreshold(Duration.ZERO); // others are on
    recorded
        .recording
        .enable("selvedge.PoolSample")
        .with("period", "everyChunk"); // at the end, too
    recorded.recording.start();
    return recorded;
  }

  /// Ends it; until then nothing is known.
  void end() throws IOException {
    recording.stop();
    Path file = Files.createTempFile("selvedge-", ".jfr");
    try {
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    } finally {
      Files.delete(file);
    }
  }

  /// {@return the events of one type of which a field has a certain value, in the order of their
  /// begins}
  List<RecordedEvent> of(String type, String field, Object value) {
    return events(type).filter(event -> value.equals(event.getValue(field))).toList();
  }

  /// {@return the only one of these}
  RecordedEvent only(String type, String field, Object value) {
    List<RecordedEvent> found = of(type, field, value);
    if (found.size() != 1) {
      throw new AssertionError(
          found.size() + " events " + type + " with " + field + " " + value + " among " + events);
    }
    return found.getFirst();
  }

  private Stream<RecordedEvent> events(String type) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("selvedge." + type))
        .sorted((a, b) -> a.getStartTime().compareTo(b.getStartTime()));
  }

  @Override
  public void close() {
    recording.close();
  }
}
