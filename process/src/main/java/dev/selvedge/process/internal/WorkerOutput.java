package dev.selvedge.process.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/// Passes what a worker prints on to this program's own output, line by line with the worker's
/// name, and keeps the last lines for those who ask why it ended.
final class WorkerOutput {
  private static final int KEPT = 10;
  private static final int MAX_LINE = 1 << 14;

  private final ArrayDeque<String> last = new ArrayDeque<>(); // guarded by itself
  private final Thread thread;

  /// Starts to read.
  ///
  /// @param to asked for each line, for programs change `System.out`
  WorkerOutput(String worker, InputStream from, Charset charset, Supplier<PrintStream> to) {
    thread =
        Thread.ofPlatform() // reading a pipe would hold the carrier of a virtual thread
            .daemon()
            .name(worker + "-output")
            .start(() -> pass(worker, from, charset, to));
  }

  private void pass(String worker, InputStream from, Charset charset, Supplier<PrintStream> to) {
    try (var reader = new BufferedReader(new InputStreamReader(from, charset))) {
      for (String line = next(reader); line != null; line = next(reader)) {
        to.get().println("[" + worker + "] " + line);
        keep(line);
      }
    } catch (IOException e) {
      // the worker is gone
    }
  }

  /// {@return the next line, or a part of one that is very long}
  private static @org.jspecify.annotations.Nullable String next(BufferedReader reader)
      throws IOException {
    StringBuilder line = new StringBuilder();
    int c = reader.read();
    if (c < 0) {
      return null;
    }
    for (; c >= 0 && c != '\n' && line.length() < MAX_LINE; c = reader.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
      if (line.length() == MAX_LINE) {
        reader.mark(1);
      }
    }
    if (line.length() == MAX_LINE && c >= 0 && c != '\n') {
      reader.reset(); // it begins the next part
    }
    return line.toString();
  }

  private void keep(String line) {
    synchronized (last) {
      if (last.size() == KEPT) {
        last.removeFirst();
      }
      last.add(line);
    }
  }

  /// Waits until everything that was written has been passed on, but not long: a process that the
  /// worker started may keep the pipe open.
  void awaitEnd() throws InterruptedException {
    thread.join(500);
  }

  List<String> lastLines() {
    synchronized (last) {
      return List.copyOf(last);
    }
  }
}
