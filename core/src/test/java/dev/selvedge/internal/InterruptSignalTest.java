package dev.selvedge.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InterruptSignalTest {
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  /// {@return the folder that a class was loaded from}
  private static String root(Class<?> type) throws Exception {
    String name = type.getName().replace('.', '/') + ".class";
    Path file =
        Path.of(Objects.requireNonNull(type.getResource("/" + name), type.getName()).toURI());
    for (long i = name.chars().filter(c -> c == '/').count(); i >= 0; i--) {
      file = Objects.requireNonNull(file.getParent());
    }
    return file.toString();
  }

  /// {@return what to begin a command with, so that it gets interrupts} Shells let what they start
  /// in the background ignore them, that is inherited, and a JVM that began so leaves it so.
  private static List<String> withSignals() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(status)) {
      boolean ignored =
          lines
              .filter(line -> line.startsWith("SigIgn:"))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
              .anyMatch(mask -> (mask & 0b10) != 0);
      return ignored ? List.of("env", "--default-signal=INT") : List.of();
    }
  }

  private Process start(String mode) throws Exception {
    List<String> command = new ArrayList<>(withSignals());
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-D" + InterruptSignal.PROPERTY + "=cancel",
            "-cp",
            root(Pool.class) + File.pathSeparator + root(InterruptedProgram.class),
            InterruptedProgram.class.getName(),
            mode));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(process);
    return process;
  }

  private static BufferedReader output(Process process) {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  private static void awaitReady(BufferedReader output) throws IOException {
    assertEquals("ready", output.readLine());
  }

  private static void kill(String signal, Process process) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
        .redirectErrorStream(true) // it complains if the process has ended meanwhile
        .start()
        .waitFor();
  }

  private static List<String> rest(BufferedReader output) {
    try (Stream<String> lines = output.lines()) {
      return lines.sorted().toList();
    }
  }

  @Test
  void controlCCancelsTheGroupItsBackgroundAndItsBodyAndExits130() throws Exception {
    Process process = start("group");
    BufferedReader output = output(process);
    awaitReady(output);
    kill("INT", process);
    assertEquals(
        List.of("background cleaned", "body cleaned", "child cleaned", "main cleaned"),
        rest(output));
    assertEquals(130, process.waitFor());
  }

  @Test
  void controlCCancelsABodyWithoutTasks() throws Exception {
    Process process = start("body");
    BufferedReader output = output(process);
    awaitReady(output);
    kill("INT", process);
    assertEquals(List.of("body cleaned"), rest(output));
    assertEquals(130, process.waitFor());
  }

  @Test
  void terminationCancelsThePoolsAndExits143() throws Exception {
    Process process = start("pool");
    BufferedReader output = output(process);
    awaitReady(output);
    kill("TERM", process);
    assertEquals(List.of("first cleaned", "main cleaned", "second cleaned"), rest(output));
    assertEquals(143, process.waitFor());
  }

  @Test
  void aSecondControlCExitsAtOnce() throws Exception {
    Process process = start("stubborn");
    awaitReady(output(process));
    long start = System.nanoTime();
    kill("INT", process);
    do {
      kill("INT", process); // signals that come together count once
    } while (!process.waitFor(20, TimeUnit.MILLISECONDS));
    assertEquals(130, process.exitValue());
    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(9), "the grace was waited for");
  }

  @Test
  @Tag("THREAD-12")
  void anOrderlyExitLetsAcceptedWorkFinish() throws Exception {
    Process process = start("exit");
    assertEquals(List.of("finished"), rest(output(process)));
    assertEquals(7, process.waitFor());
  }
}
