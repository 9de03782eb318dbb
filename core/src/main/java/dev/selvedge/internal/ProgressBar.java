package dev.selvedge.internal;

import dev.selvedge.Progress;
import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The line on the terminal.
///
/// A thread of its own draws it, not a timer: a terminal that was stopped blocks whoever writes.
public final class ProgressBar implements AutoCloseable {
  private static final long REDRAW_MILLIS = 100;
  private static final int USUAL_COLUMNS = 80;
  private static final int BAR = 24;
  private static final String START_OF_LINE = "\r";
  private static final String ERASE = "\u001b[K";
  private static final String COLOUR = "\u001b[36m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintStream out;
  private final boolean colours;
  private final int columns;
  private final CountDownLatch closed = new CountDownLatch(1);
  private boolean drawn; // guarded by this
  private boolean ended; // guarded by this

  ProgressBar(PrintStream out, boolean colours, int columns) {
    this.out = out;
    this.colours = colours;
    this.columns = columns;
  }

  /// {@return a bar, or null where none should be seen}
  public static @Nullable ProgressBar onTerminal() {
    Map<String, String> env = System.getenv();
    if (!mayDraw(env)) {
      return null;
    }
    return isTerminal(System.console())
        ? new ProgressBar(System.err, isEmpty(env.get("NO_COLOR")), columns(env))
        : null;
  }

  private static boolean isTerminal(@Nullable Console console) {
    return console != null && console.isTerminal();
  }

  static boolean mayDraw(Map<String, String> env) {
    return isEmpty(env.get("CI")) && !"dumb".equals(env.get("TERM"));
  }

  private static boolean isEmpty(@Nullable String value) {
    return value == null || value.isEmpty();
  }

  static int columns(Map<String, String> env) {
    try {
      return Math.max(20, Integer.parseInt(env.getOrDefault("COLUMNS", "")));
    } catch (NumberFormatException e) {
      return USUAL_COLUMNS;
    }
  }

  /// Draws until the bar is closed.
  public void start(Supplier<Progress.Snapshot> snapshots) {
    Thread.ofPlatform()
        .daemon()
        .name("selvedge-progress")
        .inheritInheritableThreadLocals(false)
        .start(() -> drawUntilClosed(snapshots));
  }

  private void drawUntilClosed(Supplier<Progress.Snapshot> snapshots) {
    try {
      while (!closed.await(REDRAW_MILLIS, TimeUnit.MILLISECONDS)) {
        draw(snapshots.get());
      }
    } catch (InterruptedException e) {
      // nobody interrupts it; the line is cleared by close()
    }
  }

  synchronized void draw(Progress.Snapshot snapshot) {
    if (!ended) {
      drawn = true;
      out.print(START_OF_LINE + line(snapshot) + ERASE);
      out.flush();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    synchronized (this) {
      if (drawn && !ended) {
        out.print(START_OF_LINE + ERASE);
        out.flush();
      }
      ended = true;
    }
  }

  /// {@return the line, such as `━━━━──── 50% 5/10 files 12.3/s 1m 2s left`}
  String line(Progress.Snapshot s) {
    double part = s.total() == 0 ? 1 : Math.min(1, (double) s.done() / s.total());
    String text =
        String.format(
            Locale.ROOT,
            " %3d%%  %d/%d %s  %s/s%s",
            (int) (part * 100),
            s.done(),
            s.total(),
            s.what(),
            rate(s.perSecond()),
            s.remaining().map(left -> "  " + time(left) + " left").orElse(""));
    int room = Math.min(BAR, columns - 1 - text.length());
    if (room < 4) {
      return text.substring(1, Math.min(text.length(), columns - 1));
    }
    boolean fine = out.charset().newEncoder().canEncode('━');
    int full = (int) (part * room);
    String left = (fine ? "━" : "#").repeat(full);
    String rest = (fine ? "─" : "-").repeat(room - full);
    return (colours ? COLOUR + left + PLAIN : left) + rest + text;
  }

  private static String rate(double perSecond) {
    return String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
  }

  private static String time(Duration left) {
    long seconds = left.toSeconds();
    return seconds >= 3600
        ? seconds / 3600 + "h " + seconds % 3600 / 60 + "m"
        : seconds >= 60 ? seconds / 60 + "m " + seconds % 60 + "s" : seconds + "s";
  }
}
