package dev.selvedge.cli;

import dev.selvedge.trace.live.Printable;
import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.timeline.ChromeTrace;
import dev.selvedge.trace.timeline.TimelinePage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/// What `selvedge timeline` does: reads a recording and writes a picture of it.
final class Timelines {
  private Timelines() {}

  /// Writes into a file beside the one that is wanted, so that there is never half a page.
  static void write(Path file, Path output, boolean quiet, PrintWriter err)
      throws CommandFailure, InterruptedException {
    var format = Format.of(output);
    var recording = Recordings.read(file, err, quiet);
    var unfinished = output.resolveSibling(output.getFileName() + ".new");
    try {
      try (var out = Files.newBufferedWriter(unfinished)) {
        format.write(recording, String.valueOf(file.getFileName()), out);
      }
      Files.move(unfinished, output, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw CommandFailure.unusable(
          "cannot write "
              + output
              + ": "
              + Printable.line(e.toString())
              + "; name another file with -o");
    }
    if (!quiet) {
      err.printf(Locale.ROOT, "selvedge: %,d tasks in %s%n", recording.taskCount(), output);
    }
  }

  private enum Format {
    PAGE {
      @Override
      void write(Recording recording, String title, Writer out) throws IOException {
        TimelinePage.write(recording, title, out);
      }
    },
    TRACE {
      @Override
      void write(Recording recording, String title, Writer out) throws IOException {
        ChromeTrace.write(recording, out);
      }
    };

    abstract void write(Recording recording, String title, Writer out) throws IOException;

    static Format of(Path output) throws CommandFailure {
      var name = output.toString().toLowerCase(Locale.ROOT);
      if (name.endsWith(".html")) {
        return PAGE;
      }
      if (name.endsWith(".json")) {
        return TRACE;
      }
      throw CommandFailure.unusable(
          "what " + output + " shall be is not clear; end its name in .html or .json");
    }
  }
}
