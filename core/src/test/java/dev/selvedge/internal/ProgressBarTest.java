package dev.selvedge.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProgressBarTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private ProgressBar bar(Charset charset, boolean colours, int columns) {
    return new ProgressBar(new PrintStream(written, true, charset), colours, columns);
  }

  private static Progress.Snapshot half() {
    return new Progress.Snapshot(
        "files", 5, 10, Duration.ofSeconds(2), 2.5, Optional.of(Duration.ofSeconds(62)));
  }

  @Test
  void theLineTellsWhatIsDoneTheRateAndTheTimeLeft() {
    assertEquals(
        "############------------  50%  5/10 files  2.5/s  1m 2s left",
        bar(StandardCharsets.US_ASCII, false, 80).line(half()));
  }

  @Test
  void theLineNeverWraps() {
    assertTrue(bar(StandardCharsets.US_ASCII, false, 40).line(half()).length() < 40);
    assertTrue(bar(StandardCharsets.US_ASCII, false, 20).line(half()).length() < 20);
  }

  @Test
  void coloursAndFineLinesAreUsedWhereTheyCanBeSeen() {
    assertTrue(bar(StandardCharsets.UTF_8, true, 80).line(half()).startsWith("\u001b[36m━"));
    assertFalse(bar(StandardCharsets.UTF_8, false, 80).line(half()).contains("\u001b"));
  }

  @Test
  void closingClearsTheLineOnceAndNothingIsDrawnAfterIt() {
    ProgressBar bar = bar(StandardCharsets.US_ASCII, false, 80);
    bar.draw(half());
    bar.close();
    bar.close();
    bar.draw(half());
    String all = written.toString(StandardCharsets.US_ASCII);
    assertTrue(all.endsWith("\u001b[K\r\u001b[K"), all);
    assertEquals(2, all.chars().filter(c -> c == '\r').count());
  }

  @Test
  void aBarThatWasNeverDrawnClearsNothing() {
    bar(StandardCharsets.US_ASCII, false, 80).close();
    assertEquals(0, written.size());
  }

  @Test
  void nothingIsDrawnOnBuildServersAndDumbTerminals() {
    assertTrue(ProgressBar.mayDraw(Map.of()));
    assertFalse(ProgressBar.mayDraw(Map.of("CI", "true")));
    assertFalse(ProgressBar.mayDraw(Map.of("TERM", "dumb")));
  }

  @Test
  void theWidthComesFromTheEnvironment() {
    assertEquals(120, ProgressBar.columns(Map.of("COLUMNS", "120")));
    assertEquals(80, ProgressBar.columns(Map.of("COLUMNS", "wide")));
  }
}
