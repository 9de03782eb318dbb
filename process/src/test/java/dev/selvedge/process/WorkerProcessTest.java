package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.process.WorkerProcess.Identity;
import dev.selvedge.process.shared.PipeEnd;
import dev.selvedge.process.shared.PipeReceiver;
import dev.selvedge.process.shared.PipeSender;
import dev.selvedge.process.shared.SharedOneWayPipe;
import dev.selvedge.process.shared.SharedPipe;
import dev.selvedge.process.shared.SharedQueue;
import dev.selvedge.process.shared.SharedScope;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkerProcessTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  private static WorkerProcess process(Action action) {
    return WorkerProcess.of(WorkerProcessTest::quick, action);
  }

  private static WorkerProcessOptions quick(WorkerProcessOptions options) {
    return options.jvmOption("-XX:TieredStopAtLevel=1").heap("64m");
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not in time");
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  @Tag("PROC-01")
  @Tag("PROC-02")
  @Tag("PROC-10")
  void runsItsActionElsewhereAndIsAliveOnlyThen() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    String argument = "captured";
    WorkerProcess process =
        WorkerProcess.of(
            options -> quick(options).name("reader").environment(Map.of("WHO", "me")),
            () -> {
              there.send(List.of(WorkerProcess.self(), WorkerProcess.parent().orElseThrow()));
              there.send(argument + " " + System.getenv("WHO") + " " + System.in.read());
              there.receive();
            });
    assertFalse(process.isAlive());
    assertEquals(OptionalInt.empty(), process.exitCode());
    assertThrows(IllegalStateException.class, process::pid);

    process.start();
    Identity itself = new Identity("reader", process.pid());
    assertEquals(List.of(itself, new Identity("main", pid())), pipe.left().receive());
    assertEquals("captured me -1", pipe.left().receive());
    assertTrue(process.isAlive());
    assertEquals(OptionalInt.empty(), process.exitCode());
    assertTrue(WorkerProcess.living().contains(itself));

    pipe.left().send("go on");
    assertEquals(0, process.join());
    assertFalse(process.isAlive());
    assertEquals(OptionalInt.of(0), process.exitCode());
    assertFalse(WorkerProcess.living().contains(itself));
    assertEquals(Optional.empty(), WorkerProcess.parent());
    assertEquals(new Identity("main", pid()), WorkerProcess.self());
  }

  @Test
  @Tag("PROC-03")
  @Tag("PROC-04")
  @Tag("PROC-08")
  void killingEndsOneThatIgnoresItsTermination() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe();
    PipeSender told = pipe.sender();
    WorkerProcess process =
        process(
            () -> {
              Runtime.getRuntime()
                  .addShutdownHook(
                      new Thread(
                          () -> {
                            tell(told, "asked to end");
                            LockSupport.parkNanos(LONG.toNanos());
                          }));
              told.send("ready");
              Thread.sleep(LONG);
            });
    assertThrows(IllegalStateException.class, process::onExit);
    assertThrows(IllegalStateException.class, process::join);
    process.start();
    var exit = process.onExit();
    assertFalse(process.join(Duration.ZERO));
    assertFalse(process.join(Duration.ofSeconds(-1)));
    assertEquals("ready", pipe.receiver().receive());
    process.terminate();
    assertEquals("asked to end", pipe.receiver().receive());
    assertTrue(process.isAlive());
    assertFalse(exit.isDone());

    process.kill();
    assertEquals(137, exit.get(LONG.toSeconds(), TimeUnit.SECONDS));
    assertTrue(process.join(Duration.ZERO));
    assertEquals(OptionalInt.of(137), process.exitCode());
    process.kill();
    process.terminate();
    assertThrows(EOFException.class, pipe.receiver()::receive);
  }

  private static void tell(PipeSender told, String what) {
    try {
      told.send(what);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Tag("PROC-05")
  void whatItThrowsIsPrintedByItsNameAndTheExitCodeIsOne() throws Exception {
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      WorkerProcess process =
          WorkerProcess.of(
              options -> quick(options).name("thrower"), () -> Integer.parseInt("no number"));
      assertEquals(1, process.start().join());
    } finally {
      System.setErr(before);
    }
    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("[thrower] Exception in thread \"main\""), printed);
    assertTrue(printed.contains("NumberFormatException: For input string: \"no number\""), printed);
    assertTrue(printed.contains("[thrower] \tat java.base/java.lang.Integer.parseInt"), printed);
  }

  @Test
  @Tag("PROC-06")
  void anOrderlyExitGivesItsCode() throws Exception {
    assertEquals(7, process(() -> System.exit(7)).start().join());
  }

  @Test
  @Tag("PROC-07")
  void isNotStartedTwice() throws Exception {
    WorkerProcess process = process(() -> {}).start();
    assertThrows(IllegalStateException.class, process::start);
    assertEquals(0, process.join());
    assertThrows(IllegalStateException.class, process::start);
  }

  @Test
  void anActionThatCannotTravelIsRefusedByTheNameOfTheVariable() {
    Thread stays = new Thread("stays here");
    WorkerProcess process = process(() -> stays.start());
    var refused = assertThrows(RejectedExecutionException.class, process::start);
    assertTrue(String.valueOf(refused.getMessage()).contains("'stays'"), refused.getMessage());
    assertFalse(process.isAlive());
    assertThrows(
        IllegalArgumentException.class, () -> WorkerProcess.of(o -> o.name(" "), () -> {}));
  }

  @Test
  @Tag("PROC-09")
  void childrenStartChildrenAndTheirMessagesComeInOrder() throws Exception {
    SharedQueue<String> messages = shared.queue(10);
    assertEquals(0, process(generation(messages, 1)).start().join());
    List<String> received = new java.util.ArrayList<>();
    while (messages.size() > 0) {
      received.add(messages.receive());
    }
    assertEquals(
        List.of("1 begins", "2 begins", "3 begins", "3 ends", "2 ends", "1 ends"), received);
  }

  private static Action generation(SharedQueue<String> messages, int number) {
    return () -> {
      messages.send(number + " begins");
      if (number < 3) {
        WorkerProcess next = process(generation(messages, number + 1)).start();
        if (next.join() != 0) {
          throw new IllegalStateException("generation " + (number + 1));
        }
      }
      messages.send(number + " ends");
    };
  }

  @Test
  @Tag("PROC-11")
  @Tag("PROC-12")
  void endsAfterItsThreadsAndRunsItsShutdownHooks() throws Exception {
    SharedPipe pipe = shared.pipe();
    PipeEnd there = pipe.right();
    WorkerProcess process =
        process(
            () -> {
              Runtime.getRuntime().addShutdownHook(new Thread(() -> tell(there, "hook")));
              new Thread(
                      () -> {
                        tell(there, "the action has returned");
                        waitFor(there);
                        tell(there, "thread ends");
                      })
                  .start();
            });
    process.start();
    assertEquals("the action has returned", pipe.left().receive());
    assertTrue(process.isAlive());
    pipe.left().send("go on");
    assertEquals("thread ends", pipe.left().receive());
    assertEquals("hook", pipe.left().receive());
    assertThrows(EOFException.class, pipe.left()::receive);
    assertEquals(0, process.join());
  }

  private static void waitFor(PipeReceiver receiver) {
    try {
      receiver.receive();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anEndThatItsActionCapturedIsItsOwnEvenIfItsJvmCannotStart() throws Exception {
    SharedOneWayPipe pipe = shared.oneWayPipe();
    PipeSender captured = pipe.sender();
    WorkerProcess process =
        WorkerProcess.of(o -> o.jvmOption("-XX:NoSuchOption"), () -> captured.send("never"));
    process.start();
    assertThrows(EOFException.class, pipe.receiver()::receive);
    assertEquals(1, process.join());
  }

  @Test
  @Tag("PIPE-09")
  void waitingForPipesAndProcessesTogetherTakesAVirtualThreadEach() throws Exception {
    SharedOneWayPipe silent = shared.oneWayPipe();
    var first = new CountDownLatch(1);
    WorkerProcess process = process(() -> {}).start();
    Thread pipe =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    if (silent.receiver().poll(LONG)) {
                      first.countDown();
                    }
                  } catch (Exception e) {
                    // interrupted at the end
                  }
                });
    process.onExit().thenRun(first::countDown);
    assertTrue(first.await(LONG.toSeconds(), TimeUnit.SECONDS));
    pipe.interrupt();
    assertFalse(silent.receiver().poll());
    assertEquals(0, process.join());
  }

  // ---- the end of the program ------------------------------------------------------------------

  /// A program that starts two processes, and writes their pids and how often its `main` ran.
  static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws Exception {
      Path folder = Path.of(args[1]);
      Files.writeString(folder.resolve("main-" + pid()), "");
      process(running(folder, "ordinary")).start();
      WorkerProcess.of(o -> quick(o).daemon(true), running(folder, "daemon")).start();
      eventually(() -> exists(folder, "ordinary") && exists(folder, "daemon"));
      switch (args[0]) {
        case "returns" -> Files.writeString(folder.resolve("returned"), "");
        case "exits" -> System.exit(3);
        default -> Thread.sleep(LONG);
      }
    }

    private static Action running(Path folder, String name) {
      String text = folder.toString();
      return () -> {
        Path part = Path.of(text, name + ".part");
        Files.writeString(part, "" + pid());
        Files.move(part, Path.of(text, name));
        eventually(() -> exists(Path.of(text), name + "-may-end"));
        Files.writeString(Path.of(text, name + "-ended"), "");
      };
    }
  }

  private static boolean exists(Path folder, String name) {
    return Files.exists(folder.resolve(name));
  }

  private static long pid(Path folder, String name) throws Exception {
    eventually(() -> exists(folder, name));
    return Long.parseLong(Files.readString(folder.resolve(name)));
  }

  private static Process parent(String mode, Path folder) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Parent.class.getName(),
            mode,
            folder.toString())
        .inheritIO()
        .start();
  }

  @Test
  @Tag("PROC-15")
  void aProgramWaitsForItsProcessesButNotForDaemonsAndItsMainRunsOnce(@TempDir Path folder)
      throws Exception {
    Process parent = parent("returns", folder);
    long daemon = pid(folder, "daemon");
    long ordinary = pid(folder, "ordinary");
    eventually(() -> exists(folder, "returned"));
    assertTrue(parent.isAlive());
    assertTrue(isAlive(daemon) && isAlive(ordinary));

    Files.writeString(folder.resolve("ordinary-may-end"), "");
    assertEquals(0, parent.waitFor());
    assertTrue(exists(folder, "ordinary-ended"));
    assertFalse(exists(folder, "daemon-ended"));
    eventually(() -> !isAlive(daemon));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.filter(f -> f.getFileName().toString().startsWith("main-")).count());
    }
  }

  @Test
  void anExitOfTheProgramEndsItsProcesses(@TempDir Path folder) throws Exception {
    Process parent = parent("exits", folder);
    long daemon = pid(folder, "daemon");
    long ordinary = pid(folder, "ordinary");
    assertEquals(3, parent.waitFor());
    eventually(() -> !isAlive(daemon) && !isAlive(ordinary));
  }

  @Test
  void noProcessIsLeftAfterAKillOfTheProgram(@TempDir Path folder) throws Exception {
    Process parent = parent("sleeps", folder);
    long daemon = pid(folder, "daemon");
    long ordinary = pid(folder, "ordinary");
    parent.destroyForcibly();
    eventually(() -> !isAlive(daemon) && !isAlive(ordinary));
  }
}
