package dev.selvedge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.JvmRecording;
import dev.selvedge.trace.live.RunningJvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/// What `selvedge record` does: has a JVM record, tells how far it is, and ends it.
///
/// Ctrl-C ends it, too, in a hook of this JVM.
final class JvmRecorder {
  private static final int STEPS = 10;

  private final long pid;
  private final Path file;
  private final String name;
  private final boolean quiet;
  private final PrintWriter err;

  /// @param name of the file, as the user wrote it
  JvmRecorder(long pid, Path file, String name, boolean quiet, PrintWriter err) {
    this.pid = pid;
    this.file = file;
    this.name = name;
    this.quiet = quiet;
    this.err = err;
  }

  void record(Duration time) throws CommandFailure, IOException, InterruptedException {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isWritable(folder)) {
      throw CommandFailure.unusable(
          "cannot write to '"
              + name
              + "'; name a file in a folder that is there and can be written");
    }
    try (RunningJvm jvm = RunningJvm.attach(pid)) {
      JvmRecording recording = jvm.record(settings(), file);
      Thread hook = new Thread(() -> interrupted(recording), "selvedge-record-end");
      Runtime.getRuntime().addShutdownHook(hook);
      say("recording %d for %s; Ctrl-C ends it earlier".formatted(pid, text(time)));
      await(recording, time);
      Runtime.getRuntime().removeShutdownHook(hook);
      recording.stop();
    } catch (CannotAttachException e) {
      throw CommandFailure.cannotAttach(e);
    }
    tellWhere();
  }

  private static String settings() throws IOException {
    try (var in = Objects.requireNonNull(JvmRecorder.class.getResourceAsStream("selvedge.jfc"))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private void await(JvmRecording recording, Duration time)
      throws InterruptedException, CannotAttachException, CommandFailure {
    long begin = System.nanoTime();
    for (int step = 1; step <= STEPS; step++) {
      Thread.sleep(
          Duration.ofNanos(
              Math.max(0, time.toNanos() / STEPS * step - (System.nanoTime() - begin))));
      if (!recording.isRunning()) {
        throw CommandFailure.unusable("somebody else has ended the recording of " + pid);
      }
      say("%d %% of %s recorded".formatted(100 * step / STEPS, text(time)));
    }
  }

  private static String text(Duration time) {
    return time.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  private void interrupted(JvmRecording recording) {
    try {
      recording.stop();
      tellWhere();
    } catch (CannotAttachException e) {
      err.println("selvedge record: " + e.getMessage());
    }
  }

  private void tellWhere() {
    say(
        "recorded to %1$s; look at it with: selvedge timeline %1$s, selvedge report %1$s"
            .formatted(name));
  }

  private void say(String what) {
    if (!quiet) {
      err.println("selvedge: " + what);
    }
  }
}
