package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import jdk.management.jfr.FlightRecorderMXBean;

/// A recording that another JVM makes on our behalf; see [RunningJvm#record]. Not thread-safe, save
/// that [#stop()] may be called by any thread.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class JvmRecording {
  private final RunningJvm jvm;
  private final FlightRecorderMXBean recorder;
  private final long id;
  private boolean stopped; // guarded by this

  private JvmRecording(RunningJvm jvm, FlightRecorderMXBean recorder, long id) {
    this.jvm = jvm;
    this.recorder = recorder;
    this.id = id;
  }

  static JvmRecording start(
      RunningJvm jvm, FlightRecorderMXBean recorder, String settings, Path file)
      throws IOException {
    long id = recorder.newRecording();
    boolean started = false;
    try {
      recorder.setConfiguration(id, settings);
      recorder.setRecordingOptions(
          id, Map.of("name", "selvedge", "destination", file.toAbsolutePath().toString()));
      recorder.startRecording(id);
      started = true;
      return new JvmRecording(jvm, recorder, id);
    } finally {
      if (!started) {
        recorder.closeRecording(id);
      }
    }
  }

  /// Ends the recording; when this returns, the JVM has written its file. Without effect if it was
  /// called before.
  ///
  /// @throws CannotAttachException if the process is gone, or could not write the file
  public synchronized void stop() throws CannotAttachException {
    if (stopped) {
      return;
    }
    stopped = true;
    try {
      recorder.stopRecording(id); // writes it, and closes it
    } catch (RuntimeException e) {
      throw jvm.gone(e);
    }
  }

  /// {@return whether the JVM still records}
  ///
  /// @throws CannotAttachException if the process is gone
  public boolean isRunning() throws CannotAttachException {
    try {
      return recorder.getRecordings().stream()
          .anyMatch(known -> known.getId() == id && known.getState().equals("RUNNING"));
    } catch (RuntimeException e) {
      throw jvm.gone(e);
    }
  }
}
