package dev.selvedge.trace.recording;

import dev.selvedge.Stability;
import java.util.List;

/// What a file says of a program's tasks.
///
/// ```java
/// var recording = new RecordingReader().read(Path.of("out.jfr"));
/// for (RecordedProcess process : recording.processes()) {
///   System.out.println(process.pid() + ": " + process.tasks().size() + " tasks");
/// }
/// ```
///
/// It never changes and may be used from any thread.
///
/// @param processes those that took part, in the order in which they started
/// @param notes what could not be read, one line each; empty if everything could
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Recording(List<RecordedProcess> processes, List<String> notes) {
  /// Keeps copies of the lists.
  public Recording {
    processes = List.copyOf(processes);
    notes = List.copyOf(notes);
  }

  /// {@return how many attempts at tasks there are in all processes}
  public int taskCount() {
    return processes.stream().mapToInt(process -> process.tasks().size()).sum();
  }
}
