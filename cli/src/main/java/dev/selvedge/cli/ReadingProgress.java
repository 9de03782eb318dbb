package dev.selvedge.cli;

import dev.selvedge.Progress;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Says on stderr how far the reading of a long file is: on a terminal as a bar, else in a line for
/// every 10 %. For short files it says nothing.
final class ReadingProgress implements LongConsumer, AutoCloseable {
  private static final long LONG = 16 << 20;
  private static final int STEP = 10;

  private final String name;
  private final PrintWriter err;
  private final long total;
  private final boolean isTerminal = isTerminal(System.console());
  private final Progress bar;
  private long done;

  private ReadingProgress(Path file, PrintWriter err, boolean quiet) {
    this.name = String.valueOf(file.getFileName());
    this.err = err;
    long size = file.toFile().length();
    total = quiet || size < LONG ? 0 : size;
    bar = total > 0 && isTerminal ? Progress.of(total, "bytes") : Progress.none();
  }

  /// {@return a progress for this file, to be closed}
  static ReadingProgress of(Path file, PrintWriter err, boolean quiet) {
    return new ReadingProgress(file, err, quiet);
  }

  @Override
  public void accept(long bytes) {
    bar.step(bytes - done);
    long before = percent(done);
    done = bytes;
    if (total > 0 && !isTerminal && percent(done) / STEP > before / STEP) {
      err.println("selvedge: read " + percent(done) / STEP * STEP + " % of " + name);
    }
  }

  private static boolean isTerminal(@Nullable Console console) {
    return console != null && console.isTerminal();
  }

  private long percent(long bytes) {
    return total == 0 ? 0 : bytes * 100 / total;
  }

  @Override
  public void close() {
    bar.close();
  }
}
