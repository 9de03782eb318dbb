package dev.selvedge.cli;

import dev.selvedge.trace.live.Printable;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.RecordingReader;
import dev.selvedge.trace.recording.UnreadableRecordingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/// Reads recordings for commands.
final class Recordings {
  private Recordings() {}

  /// Reads a recording, and says on `err` how far it is and what could not be read.
  static Recording read(Path file, PrintWriter err, boolean quiet)
      throws CommandFailure, InterruptedException {
    try (var progress = ReadingProgress.of(file, err, quiet)) {
      var recording = new RecordingReader(progress).read(file);
      if (!quiet) {
        recording.notes().forEach(note -> err.println("selvedge: " + file + ": " + note));
      }
      return recording;
    } catch (UnreadableRecordingException e) {
      throw CommandFailure.unusable(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unusable(
          "cannot read " + file + ": " + Printable.line(String.valueOf(e.getMessage())));
    }
  }
}
