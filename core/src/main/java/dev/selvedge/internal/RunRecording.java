package dev.selvedge.internal;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/// The recording that `selvedge run --record` has begun: says where it is when the JVM ends.
///
/// The JVM ends it and writes it in a hook of its own, in no order with those of others; ours waits
/// for that. (If ours ended the recording, the JVM's could remove its data meanwhile.)
final class RunRecording implements FlightRecorderListener {
  /// The file as the user named it.
  private static final String PROPERTY = "selvedge.record";

  private static final String NAME = "selvedge";
  private static final long LONGEST_SECONDS = 60;

  private final Recording recording;
  private final File file;
  private final CountDownLatch closed = new CountDownLatch(1);

  private RunRecording(Recording recording, Path file) {
    this.recording = recording;
    this.file = file.toFile();
  }

  static void install() {
    String named = System.getProperty(PROPERTY);
    if (named == null) {
      return;
    }
    for (Recording recording : FlightRecorder.getFlightRecorder().getRecordings()) {
      Path file = recording.getDestination();
      if (recording.getName().equals(NAME) && file != null) {
        new RunRecording(recording, file).endWithJvm(named);
      }
    }
  }

  private void endWithJvm(String named) {
    FlightRecorder.addListener(this);
    Runnable end =
        () -> {
          awaitClosed();
          System.err.println(tell(named.matches("[\\w./+-]+") ? named : "\"" + named + "\""));
        };
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(end, "selvedge-recording"));
    } catch (IllegalStateException e) {
      // the JVM ends already
    }
  }

  @Override
  public void recordingStateChanged(Recording changed) {
    if (changed.equals(recording) && changed.getState() == RecordingState.CLOSED) {
      closed.countDown();
    }
  }

  private void awaitClosed() {
    try {
      if (recording.getState() != RecordingState.CLOSED) {
        boolean _ = closed.await(LONGEST_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String tell(String named) {
    return file.length() == 0
        ? "selvedge: the recording could not be written to " + named
        : "selvedge: recorded to "
            + named
            + "; look at it with: selvedge timeline "
            + named
            + ", selvedge report "
            + named;
  }
}
