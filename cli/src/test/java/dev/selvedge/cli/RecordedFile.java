package dev.selvedge.cli;

import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.StackTrace;

/// A recording for tests of commands, made here and now.
final class RecordedFile {
  private RecordedFile() {}

  /// Writes a recording of tasks with these names, one after the other; the last one failed.
  static Path of(Path file, String... names) throws IOException {
    try (var recording = new Recording()) {
      recording.enable("jdk.JVMInformation");
      recording.start();
      for (int i = 0; i < names.length; i++) {
        var event = new TaskRun();
        event.begin();
        event.task = i + 1L;
        event.name = names[i];
        event.outcome = i == names.length - 1 ? "failed" : "succeeded";
        event.commit();
      }
      recording.stop();
      recording.dump(file);
    }
    return file;
  }

  /// As Selvedge records it, as far as the tests need it.
  @Name("selvedge.TaskRun")
  @StackTrace(false)
  static final class TaskRun extends Event {
    long task;
    String name = "";
    String pool = "threads";
    String outcome = "";
    boolean started = true;
  }
}
