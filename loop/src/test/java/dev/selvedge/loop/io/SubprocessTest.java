package dev.selvedge.loop.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SubprocessTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  /// Longer than a shell takes to print something.
  private static final Duration ENOUGH = Duration.ofSeconds(2);

  @BeforeAll
  static void needsAShell() {
    assumeTrue(Files.exists(Path.of("/bin/sh")));
  }

  private static Subprocess sh(String script) throws IOException {
    return Subprocess.start("sh", "-c", script);
  }

  private static boolean isGone(long pid) {
    return ProcessHandle.of(pid).map(handle -> !handle.isAlive()).orElse(true);
  }

  @Test
  void runReturnsOutputErrorsAndExitCode() throws Exception {
    var result = Subprocess.run("sh", "-c", "echo out; echo err >&2; exit 3");
    assertEquals("out\n", result.text());
    assertEquals("err\n", result.errorText());
    assertEquals(3, result.exitCode());
    assertEquals(List.of("a", "b"), Subprocess.run("printf", "a\nb\n").check().lines());
  }

  @Test
  @Tag("SUBP-01")
  void checkNamesCommandCodeErrorsAndSignal() throws Exception {
    var e =
        assertThrows(
            ExitCodeException.class,
            () -> Subprocess.run("sh", "-c", "echo no such luck >&2; exit 7").check());
    Running.assertSays("sh", e);
    Running.assertSays("exit code 7", e);
    Running.assertSays("no such luck", e);
    assertEquals(7, e.result().exitCode());
    var killed =
        assertThrows(
            ExitCodeException.class, () -> Subprocess.run("sh", "-c", "kill -9 $$").check());
    Running.assertSays("SIGKILL", killed);
  }

  @Test
  @Tag("SUBP-02")
  void timeoutEndsTheProgramAndKeepsItsOutput() throws Exception {
    var e =
        assertThrows(
            SubprocessTimeoutException.class,
            () ->
                Subprocess.run(
                    options -> options.timeout(ENOUGH),
                    "sh",
                    "-c",
                    "echo $$; echo careful >&2; exec sleep 100"));
    assertTrue(isGone(Long.parseLong(new String(e.output(), UTF_8).strip())));
    assertEquals("careful\n", new String(e.errors(), UTF_8));
    Running.assertSays("2s", e);
    Running.assertSays("careful", e);
  }

  @Test
  @Tag("SUBP-03")
  void grandchildThatKeepsThePipeOpenHoldsNobodyUp() throws Exception {
    long start = System.nanoTime();
    // the last sleep lets the thread that reads the pipe be in a read at the end of the shell
    var result = Subprocess.run("sh", "-c", "sleep 20 & echo $!; echo done; sleep 0.3");
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(15).toNanos());
    assertEquals("done", result.lines().get(1));
    ProcessHandle.of(Long.parseLong(result.lines().getFirst()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  @Tag("SUBP-03")
  void timeoutReachesGrandchildren() throws Exception {
    var e =
        assertThrows(
            SubprocessTimeoutException.class,
            () ->
                Subprocess.run(
                    options -> options.timeout(ENOUGH), "sh", "-c", "sleep 20 & echo $!; wait"));
    long grandchild = Long.parseLong(new String(e.output(), UTF_8).strip());
    Running.until(() -> isGone(grandchild));
  }

  @Test
  @Tag("SUBP-04")
  void muchInBothDirectionsDoesNotDeadlock() throws Exception {
    String much = "0123456789abcdef".repeat(1 << 16);
    var result =
        Subprocess.run(
            options -> options.input(much), "sh", "-c", "tee /dev/stderr | cat; echo end");
    assertEquals(much + "end\n", result.text());
    assertEquals(much, result.errorText());
  }

  @Test
  @Tag("SUBP-05")
  void communicateCanBeRepeatedAfterATimeout() throws Exception {
    Path gate = Files.createTempDirectory("gate").resolve("open");
    try (Subprocess child =
        sh("echo first; cat; while [ ! -e " + gate + " ]; do sleep 0.02; done; echo last")) {
      byte[] input = "input\n".getBytes(UTF_8);
      String printed = "";
      while (!printed.equals("first\ninput\n")) {
        var e =
            assertThrows(
                SubprocessTimeoutException.class,
                () -> child.communicate(input, Duration.ofMillis(50)));
        assertTrue(new String(e.output(), UTF_8).startsWith(printed));
        printed = new String(e.output(), UTF_8);
      }
      Files.createFile(gate);
      assertEquals("first\ninput\nlast\n", child.communicate(input).text());
    } finally {
      Files.deleteIfExists(gate);
    }
  }

  @Test
  @Tag("SUBP-06")
  void programThatDoesNotReadItsInputIsNoFailure() throws Exception {
    String much = "x".repeat(1 << 20);
    var result = Subprocess.run(options -> options.input(much), "sh", "-c", "exec <&-; exit 5");
    assertEquals(5, result.exitCode());
  }

  @Test
  @Tag("SUBP-07")
  void writingToAProgramThatHasEndedFails() throws Exception {
    try (Subprocess child = sh("exit 0")) {
      child.join();
      assertThrows(
          IOException.class,
          () -> {
            child.input().write("anybody there?");
            child.input().flush();
          });
    }
  }

  @Test
  void closingTheInputOfAProgramThatHasEndedIsHarmless() throws Exception {
    try (Subprocess child = sh("exit 0")) {
      child.join();
      child.input().closeOutput();
    }
  }

  @Test
  @Tag("SUBP-08")
  void manyMayWaitWithOrWithoutATimeout() throws Exception {
    try (Subprocess child = sh("read line; exit 4")) {
      assertFalse(child.join(Duration.ofMillis(10)));
      assertEquals(OptionalInt.empty(), child.exitCode());
      List<Running<Integer>> waiters = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        waiters.add(Running.parked(child::join));
      }
      assertTrue(child.isAlive());
      child.input().write("\n");
      for (var waiter : waiters) {
        assertEquals(4, waiter.value());
      }
      assertEquals(OptionalInt.of(4), child.exitCode());
    }
  }

  @Test
  @Tag("SUBP-09")
  void signalsAreSentAndReported() throws Exception {
    try (Subprocess child = Subprocess.start("sleep", "100")) {
      child.terminate();
      assertEquals(128 + 15, child.join());
    }
    try (Subprocess child = Subprocess.start("sleep", "100")) {
      child.kill();
      assertEquals(128 + 9, child.join());
      child.kill(); // nobody there
      child.terminate();
    }
  }

  @Test
  void programThatIgnoresTerminationIsKilledAfterTheGrace() throws Exception {
    try (Subprocess child =
        Subprocess.start(
            options -> options.grace(SHORT),
            "sh",
            "-c",
            "trap '' TERM; echo ready; while true; do sleep 1; done")) {
      assertEquals("ready", child.output().readLine());
      long start = System.nanoTime();
      end(child);
      assertTrue(System.nanoTime() - start >= SHORT.toNanos());
      assertEquals(OptionalInt.of(128 + 9), child.exitCode());
    }
  }

  /// Closes it before the end of the block.
  private static void end(Subprocess child) {
    child.close();
  }

  @Test
  @Tag("SUBP-10")
  void missingProgramOrFolderIsNamedAndNothingIsLeft() throws Exception {
    Subprocess.run("true");
    Running.until(() -> ProcessHandle.current().children().noneMatch(ProcessHandle::isAlive));
    int before = TcpClientTest.descriptors();
    for (int i = 0; i < 10; i++) {
      var e = assertThrows(IOException.class, () -> Subprocess.run("no-such-program", "x"));
      Running.assertSays("'no-such-program'", e);
      Running.assertSays("no such program", e);
      var folder =
          assertThrows(
              NoSuchFileException.class,
              () -> Subprocess.run(options -> options.directory(Path.of("no-folder")), "true"));
      Running.assertSays("no-folder", folder);
    }
    Running.until(() -> TcpClientTest.descriptors() <= before);
    assertThrows(IllegalArgumentException.class, () -> Subprocess.run());
  }

  @Test
  @Tag("SUBP-11")
  void environmentFolderAndRedirectionsAreAsConfigured(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("file");
    assertEquals(
        "blue\n",
        Subprocess.run(
                options -> options.environment(Map.of("COLOUR", "blue")),
                "sh",
                "-c",
                "echo $COLOUR")
            .text());
    assertEquals(
        "", Subprocess.run(options -> options.inheritEnvironment(false), "/usr/bin/env").text());
    assertEquals(
        folder.toRealPath().toString(),
        Subprocess.run(options -> options.directory(folder), "pwd").lines().getFirst());
    assertEquals(
        "a\nb\n",
        Subprocess.run(options -> options.mergeErrors(true), "sh", "-c", "echo a; echo b >&2")
            .text());
    var redirected =
        Subprocess.run(
            options ->
                options.redirectOutput(Redirect.to(file.toFile())).redirectErrors(Redirect.DISCARD),
            "sh",
            "-c",
            "echo kept; echo dropped >&2");
    assertEquals("kept\n", Files.readString(file));
    assertEquals("", redirected.text() + redirected.errorText());
    assertEquals(
        "kept\n",
        Subprocess.run(options -> options.redirectInput(Redirect.from(file.toFile())), "cat")
            .text());
    try (Subprocess child =
        Subprocess.start(options -> options.redirectOutput(Redirect.DISCARD), "true")) {
      assertThrows(IllegalStateException.class, child::output);
    }
  }

  @Test
  @Tag("SUBP-12")
  void cancelledWaitLeavesTheProgramRunning() throws Exception {
    try (Subprocess child = sh("read line; exit 4")) {
      var waiting = Running.parked(child::join);
      waiting.interrupt();
      assertInstanceOf(InterruptedException.class, waiting.failure());
      assertTrue(child.isAlive());
      child.input().write("\n");
      assertEquals(4, child.join());
    }
  }

  @Test
  void cancelledRunEndsTheProgram() throws Exception {
    Path file = Files.createTempFile("pid", "");
    var running =
        Running.of(() -> Subprocess.run("sh", "-c", "echo $$ > " + file + "; exec sleep 100"));
    Running.until(() -> file.toFile().length() > 1);
    running.interrupt();
    assertInstanceOf(InterruptedException.class, running.failure());
    assertTrue(isGone(Long.parseLong(Files.readString(file).strip())));
    Files.delete(file);
  }

  @Test
  @Tag("SUBP-13")
  void closeEndsARunningProgramAndLeavesAnEndedOneAlone() throws Exception {
    Subprocess child = Subprocess.start("sleep", "100");
    end(child);
    assertEquals(OptionalInt.of(128 + 15), child.exitCode());
    Subprocess ended = Subprocess.start("true");
    ended.join();
    end(ended);
    assertEquals(OptionalInt.of(0), ended.exitCode());
  }

  @Test
  @Tag("SUBP-14")
  void outputIsReadToItsEndAfterTheExit() throws Exception {
    String much = "line\n".repeat(10_000);
    try (Subprocess child = sh("yes line | head -n 10000")) {
      assertEquals("line", child.output().readLine());
      Running.until(() -> child.exitCode().isPresent());
      assertEquals(much.length() - 5, child.output().readAll().length);
      assertTrue(child.output().atEnd());
    }
    try (Subprocess child = sh("echo little")) {
      child.join();
      assertEquals("little", child.output().readLine());
      assertNull(child.output().readLine());
    }
  }

  @Test
  @Tag("SUBP-15")
  void tenProgramsRunAtOnceWithoutMixUp() throws Exception {
    TaskGroup.run(
        group -> {
          List<Task<Subprocess.Result>> results = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            String word = "word" + i;
            results.add(group.fork(() -> Subprocess.run("sh", "-c", "echo " + word)));
          }
          for (int i = 0; i < 10; i++) {
            assertEquals("word" + i + "\n", results.get(i).await().text());
          }
        });
  }

  @Test
  void linesAreReadAndInputFedWhileItRuns() throws Exception {
    try (Subprocess child = sh("while read line; do echo got $line; done")) {
      for (int i = 0; i < 100; i++) {
        child.input().write(i + "\n");
        assertEquals("got " + i, child.output().readLine());
      }
      child.input().closeOutput();
      assertNull(child.output().readLine());
      assertEquals(0, child.join());
    }
  }

  @Test
  void cancelledReadLosesNoOutput() throws Exception {
    try (Subprocess child = sh("printf be; read x; echo gun")) {
      var reading = Running.parked(() -> child.output().readLine());
      reading.interrupt();
      assertInstanceOf(InterruptedException.class, reading.failure());
      child.input().write("\n");
      assertEquals("begun", child.output().readLine());
    }
  }

  @Test
  void programThatPrintsWithoutEndIsSlowedDown() throws Exception {
    try (Subprocess child = Subprocess.start("yes")) {
      for (int i = 0; i < 1000; i++) {
        assertEquals("y", child.output().readLine());
      }
      child.kill();
      child.join();
    }
  }

  @Test
  void writerWaitsForAProgramThatDoesNotRead() throws Exception {
    try (Subprocess child = Subprocess.start("sleep", "100")) {
      var writing =
          Running.parked(
              () -> {
                while (true) {
                  child.input().write(new byte[10_000]);
                }
              });
      child.kill();
      assertInstanceOf(IOException.class, writing.failure());
    }
  }
}
