package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How hosts begin and end.
@Timeout(60)
class HostLifeTest {
  @TempDir private Path folder;

  /// An object to be lost.
  interface Cell {
    int add(int delta);

    String property(String name);

    String variable(String name);

    String folder();

    void waitDeaf(Path started);

    void waitForInterrupt(Path started, Path stopped);

    void dieWith(String lastWords);

    void createAtExit(Path file);
  }

  static final class CellImpl implements Cell {
    private int value;

    @Override
    public int add(int delta) {
      return value += delta;
    }

    @Override
    public String property(String name) {
      return String.valueOf(System.getProperty(name));
    }

    @Override
    public String variable(String name) {
      return String.valueOf(System.getenv(name));
    }

    @Override
    public String folder() {
      try {
        return ProcessFolder.own().toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void waitDeaf(Path started) {
      create(started);
      while (true) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    @Override
    public void waitForInterrupt(Path started, Path stopped) {
      create(started);
      try {
        Thread.sleep(Duration.ofHours(1));
      } catch (InterruptedException e) {
        create(stopped);
      }
    }

    @Override
    public void dieWith(String lastWords) {
      System.err.println(lastWords);
      Runtime.getRuntime().halt(7);
    }

    @Override
    public void createAtExit(Path file) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> create(file)));
    }
  }

  private static void create(Path file) {
    try {
      Files.createFile(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessPool open() {
    return Pools.open(1, options -> options);
  }

  private static void assertSays(String part, Throwable thrown) {
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.toString());
  }

  private static void signal(String name, String target) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, "--", target).start().waitFor());
  }

  // ---- the beginning --------------------------------------------------------------------------

  @Test
  @Tag("MGR-04")
  void aHostHasTheOptionsOfThePoolAndRunsItsInitializer() throws Exception {
    Action initializer = () -> System.setProperty("initialized", "yes");
    UnaryOperator<ProcessOptions> options =
        defaults ->
            defaults
                .initializer(initializer)
                .jvmOption("-Dchosen=this")
                .environment(Map.of("CHOSEN", "that"));
    try (ProcessPool pool = Pools.open(1, options);
        Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new)) {
      assertEquals("yes", cell.object().property("initialized"));
      assertEquals("this", cell.object().property("chosen"));
      assertEquals("that", cell.object().variable("CHOSEN"));
      assertEquals(List.of(), pool.pids(), "none of the workers");
    }
  }

  @Test
  void anObjectThatCannotBeMadeIsToldWithTheReasonAndNothingIsLeft() throws Exception {
    try (ProcessPool pool = open()) {
      Call<Cell> fails =
          () -> {
            throw new IOException("no model here");
          };
      var failed = assertThrows(TaskFailedException.class, () -> pool.host(Cell.class, fails));
      assertInstanceOf(IOException.class, failed.getCause());
      assertSays("no model here", failed);

      Call<Cell> exits =
          () -> {
            System.exit(3);
            return new CellImpl();
          };
      var exited = assertThrows(TaskFailedException.class, () -> pool.host(Cell.class, exits));
      var lost = assertInstanceOf(WorkerLostException.class, exited.getCause());
      assertEquals(3, lost.exitCode());
      assertFalse(Pools.isAlive(lost.pid()));

      Thread thread = new Thread("stays here");
      Call<Cell> captures =
          () -> {
            thread.start();
            return new CellImpl();
          };
      var refused =
          assertThrows(RejectedExecutionException.class, () -> pool.host(Cell.class, captures));
      assertSays("'thread'", refused);
    }
    try (ProcessPool pool = Pools.open(1, options -> options.jvmOption("-XX:NoSuchOption"))) {
      var failed =
          assertThrows(TaskFailedException.class, () -> pool.host(Cell.class, CellImpl::new));
      assertSays("NoSuchOption", failed);
    }
  }

  @Test
  void anInterruptEndsTheWaitForAHostAndTheHost() throws Exception {
    Path started = folder.resolve("started");
    Call<Cell> hangs =
        () -> {
          Files.writeString(folder(started), "" + ProcessHandle.current().pid());
          Files.move(folder(started), started);
          Thread.sleep(Duration.ofHours(1));
          return new CellImpl();
        };
    try (ProcessPool pool = open();
        Pool callers = Pool.threads(1)) {
      Task<Hosted<Cell>> task = callers.submit(() -> pool.host(Cell.class, hangs));
      Pools.eventually(() -> Files.exists(started));
      task.cancel("enough");
      assertThrows(java.util.concurrent.CancellationException.class, task::await);
      assertFalse(Pools.isAlive(Long.parseLong(Files.readString(started))));
    }
  }

  private static Path folder(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }

  @Test
  @Tag("MGR-03")
  void aStrangerWithoutTheTokenIsTurnedAway() throws Exception {
    try (ProcessPool pool = open();
        Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new)) {
      Path own = Path.of(cell.object().folder());
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(own)));
      try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(own.resolve("h-1")));
        channel.write(ByteBuffer.wrap("0".repeat(200).getBytes(StandardCharsets.US_ASCII)));
        assertTrue(isEnd(channel), "no answer");
      }
      assertEquals(1, cell.object().add(1));
      assertFalse(cell.toString().matches(".*[0-9a-f]{32}.*"), "the token is a secret");
    }
  }

  /// What was not read makes the end of a connection a reset.
  private static boolean isEnd(SocketChannel channel) {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  // ---- the end --------------------------------------------------------------------------------

  @Test
  @Tag("MGR-04")
  void closingEndsTheHostInOrder() throws Exception {
    Path atExit = folder.resolve("exit");
    try (ProcessPool pool = open()) {
      Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new);
      Cell proxy = cell.object();
      proxy.createAtExit(atExit);
      Path own = Path.of(proxy.folder());
      cell.close();
      assertFalse(Pools.isAlive(cell.pid()));
      assertTrue(Files.exists(atExit));
      assertFalse(Files.exists(own));
      assertSays("closed", assertThrows(HostLostException.class, () -> proxy.add(1)));
      cell.close();
    }
  }

  @Test
  @Tag("MGR-04")
  void hostsEndWithTheirPool() throws Exception {
    Hosted<Cell> forgotten;
    ProcessPool closed;
    try (ProcessPool pool = open()) {
      closed = pool;
      forgotten = pool.host(Cell.class, CellImpl::new);
      assertEquals(1, pool.submit(() -> forgotten.object().add(1)).await());
    }
    assertFalse(Pools.isAlive(forgotten.pid()));
    assertThrows(RejectedExecutionException.class, () -> closed.host(Cell.class, CellImpl::new));
  }

  @Test
  @Tag("MGR-04")
  void closingInterruptsTheRunningCallAndKillsAfterTheGrace() throws Exception {
    Path started = folder.resolve("started");
    Path stopped = folder.resolve("stopped");
    try (ProcessPool pool = Pools.open(1, options -> options.grace(Duration.ofMillis(300)));
        Pool callers = Pool.virtual()) {
      Hosted<Cell> polite = pool.host(Cell.class, CellImpl::new);
      Task<@Nullable Void> running =
          callers.submit(() -> polite.object().waitForInterrupt(started, stopped));
      Pools.eventually(() -> Files.exists(started));
      polite.close();
      assertTrue(Files.exists(stopped));
      running.join();

      Path deafly = folder.resolve("deafly");
      Hosted<Cell> deaf = pool.host(Cell.class, CellImpl::new);
      Task<@Nullable Void> lost = callers.submit(() -> deaf.object().waitDeaf(deafly));
      Pools.eventually(() -> Files.exists(deafly));
      deaf.close();
      assertFalse(Pools.isAlive(deaf.pid()));
      var failed = assertThrows(TaskFailedException.class, lost::await);
      assertInstanceOf(HostLostException.class, failed.getCause());
    }
  }

  @Test
  void aKilledHostFailsRunningQueuedAndLaterCallsWithTheReason() throws Exception {
    Path started = folder.resolve("started");
    try (ProcessPool pool = open();
        Pool callers = Pool.virtual()) {
      Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new);
      Cell proxy = cell.object();
      Path own = Path.of(proxy.folder());
      List<Task<?>> tasks = new ArrayList<>();
      tasks.add(callers.submit(() -> proxy.waitDeaf(started)));
      Pools.eventually(() -> Files.exists(started));
      tasks.add(callers.submit(() -> proxy.add(1)));
      signal("9", "" + cell.pid());
      for (Task<?> task : tasks) {
        var failed = assertThrows(TaskFailedException.class, task::await);
        var lost = assertInstanceOf(HostLostException.class, failed.getCause());
        var how = assertInstanceOf(WorkerLostException.class, lost.getCause());
        assertEquals("signal 9 (SIGKILL)", how.exit());
        assertEquals(cell.pid(), how.pid());
      }
      assertThrows(HostLostException.class, () -> proxy.add(1));
      assertFalse(Files.exists(own), "nothing is left");
      Call<Integer> elsewhere = () -> proxy.add(1);
      var failed = assertThrows(TaskFailedException.class, () -> pool.submit(elsewhere).await());
      assertInstanceOf(HostLostException.class, failed.getCause());
      assertSays("Cell-1", failed);
    }
  }

  @Test
  void aHostThatEndsByItselfLeavesItsLastWords() throws Exception {
    try (ProcessPool pool = open()) {
      Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new);
      var lost =
          assertThrows(HostLostException.class, () -> cell.object().dieWith("the last words"));
      var how = assertInstanceOf(WorkerLostException.class, lost.getCause());
      assertEquals(7, how.exitCode());
      assertEquals(List.of("the last words"), how.lastLines());
      assertEquals(1, pool.submit(() -> 1).await(), "the workers go on");
    }
  }

  // ---- the process of the pool ----------------------------------------------------------------

  private Process startParent(String how) throws IOException {
    return new ProcessBuilder(
            "setsid", // a group of its own
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-D" + UserFolder.PROPERTY + "=" + folder,
            "-cp",
            System.getProperty("java.class.path"),
            Parent.class.getName(),
            folder.resolve("out").toString(),
            how)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private List<Long> pids() throws IOException {
    return Files.readAllLines(folder.resolve("out")).stream().map(Long::valueOf).toList();
  }

  @Test
  void aHostEndsWithTheProcessOfItsPoolAndNothingIsLeft() throws Exception {
    Process parent = startParent("wait");
    Pools.eventually(() -> Files.exists(folder.resolve("out")));
    parent.destroyForcibly();
    List<Long> pids = pids();
    Pools.eventually(() -> pids.stream().noneMatch(Pools::isAlive));
    assertEquals(List.of("out"), left());
  }

  private List<String> left() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  @Tag("MGR-05")
  void hostsAndWorkersSurviveAnInterruptOfTheirGroup() throws Exception {
    Process parent = startParent("use the object in a shutdown hook");
    Pools.eventually(() -> Files.exists(folder.resolve("out")));
    List<Long> pids = pids();
    for (long pid : pids) {
      assertTrue(isInterruptIgnored(pid), "" + pid);
    }
    signal("INT", "-" + parent.pid());
    assertEquals(130, parent.waitFor());
    assertEquals("6, true", Files.readString(folder.resolve("hook")));
    Pools.eventually(() -> pids.stream().noneMatch(Pools::isAlive));
  }

  private static boolean isInterruptIgnored(long pid) throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    return (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & (1L << 1))
        != 0; // SIGINT is 2
  }

  /// A program that has an object, and ends by a signal.
  static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws Exception {
      Path out = Path.of(args[0]);
      ProcessPool pool = open();
      Hosted<Cell> cell = pool.host(Cell.class, CellImpl::new);
      cell.object().add(5);
      long worker = pool.submit(() -> ProcessHandle.current().pid()).await();
      if (!args[1].equals("wait")) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> use(worker, cell.object(), out)));
      }
      Path part = out.resolveSibling("part");
      Files.write(part, List.of("" + cell.pid(), "" + worker));
      Files.move(part, out);
      Thread.sleep(Duration.ofHours(1));
    }

    private static void use(long worker, Cell cell, Path out) {
      try {
        Files.writeString(out.resolveSibling("hook"), cell.add(1) + ", " + Pools.isAlive(worker));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
