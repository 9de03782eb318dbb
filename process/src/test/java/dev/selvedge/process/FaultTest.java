package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.BrokenPoolException;
import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import dev.selvedge.process.codec.MissingClassException;
import dev.selvedge.process.internal.Link;
import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.net.StandardProtocolFamily;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Bad luck: each costs the task that it meets, or less.
@Timeout(60)
class FaultTest {
  private static ProcessPool open(int workers, UnaryOperator<ProcessOptions> options) {
    return ProcessPool.of(
        workers, o -> options.apply(o.jvmOption("-XX:TieredStopAtLevel=1").heap("64m").spares(0)));
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static String failure(Task<?> task) {
    return String.valueOf(assertThrows(TaskFailedException.class, task::await).getMessage());
  }

  private static void assertSays(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  private static void assertGoesOn(ProcessPool pool) throws Exception {
    assertEquals(1, pool.submit(() -> 1).await());
  }

  // ---- workers that are killed all the time ---------------------------------------------------

  /// What this process holds that pools could leave behind.
  private record Footprint(
      int descriptors, Set<Long> children, Set<String> files, List<String> maps) {

    static Footprint now() {
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
          Stream<Path> files = Files.list(ProcessFolder.own().path());
          Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
        String folder = ProcessFolder.own().toString();
        return new Footprint(
            (int) descriptors.count(),
            ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet()),
            files.map(Path::toString).collect(Collectors.toSet()),
            maps.filter(line -> line.contains(folder)).toList());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    boolean isWithin(Footprint other) {
      return descriptors <= other.descriptors
          && other.children.containsAll(children)
          && other.files.containsAll(files)
          && other.maps.containsAll(maps);
    }
  }

  /// Loads what this process will use anyway, such as sockets and rings.
  @BeforeAll
  static void warmUp() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      assertGoesOn(pool);
      failure(pool.submit(() -> System.exit(1)));
    }
  }

  private static void assertNothingIsLeft(Footprint before) {
    try {
      Pools.eventually(() -> Footprint.now().isWithin(before));
    } catch (AssertionError e) {
      throw new AssertionError(before + " has become " + Footprint.now(), e);
    }
  }

  /// Does something to a worker every 50 ms, be it the only one.
  private static final class Saboteur implements AutoCloseable {
    private static final long EVERY = 50_000_000;

    private final Thread thread;
    private volatile boolean closed;

    Saboteur(ProcessPool pool, Consumer<ProcessHandle> deed) {
      thread = Thread.ofPlatform().name("saboteur").start(() -> run(pool, new Random(4711), deed));
    }

    private void run(ProcessPool pool, Random random, Consumer<ProcessHandle> deed) {
      while (!closed) {
        LockSupport.parkNanos(EVERY);
        List<Long> pids = pool.pids();
        if (!pids.isEmpty()) {
          ProcessHandle.of(pids.get(random.nextInt(pids.size()))).ifPresent(deed);
        }
      }
    }

    @Override
    public void close() {
      closed = true;
      Pools.eventually(() -> !thread.isAlive());
    }
  }

  private static long triple(int i) {
    long end = System.nanoTime() + 200_000;
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    return 3L * i;
  }

  private static void runTasks(ProcessPool pool, int count) throws Exception {
    var ends = new AtomicIntegerArray(count);
    List<Task<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      Task<Long> task = pool.submit(() -> triple(number));
      task.onDone(done -> ends.incrementAndGet(number));
      tasks.add(task);
    }
    long sum = 0;
    long lost = 0;
    for (int i = 0; i < count; i++) {
      Long value = valueOrLoss(tasks.get(i));
      if (value == null) {
        lost += 3L * i;
      } else {
        assertEquals(3L * i, value);
        sum += value;
      }
    }
    assertEquals(3L * count * (count - 1) / 2, sum + lost);
    Pools.eventually(() -> IntStream.range(0, count).allMatch(i -> ends.get(i) > 0));
    assertTrue(IntStream.range(0, count).allMatch(i -> ends.get(i) == 1), "each has ended once");
  }

  private static @Nullable Long valueOrLoss(Task<Long> task) throws InterruptedException {
    try {
      return task.await();
    } catch (TaskFailedException e) {
      assertLost(e);
      return null;
    }
  }

  /// Where there is a time limit, a task that was slow by itself may have passed it, too.
  private static void assertLost(TaskFailedException failure) {
    assertTrue(
        failure.getCause() instanceof WorkerLostException
            || failure.getCause() instanceof DeadlineExceededException,
        () -> failure.toString());
  }

  private static void mapElements(ProcessPool pool, int count) throws Exception {
    List<Integer> inputs = IntStream.range(0, count).boxed().toList();
    int next = 0;
    int values = 0;
    try (Results<Long> results = pool.map(50, inputs, FaultTest::triple)) {
      for (; results.hasNext(); next++) {
        try {
          assertEquals(3L * next, results.next());
          values++;
        } catch (TaskFailedException e) {
          assertLost(e);
        }
      }
    }
    assertEquals(count, next, "each element has one outcome");
    assertTrue(values > 0, "some are values");
  }

  private static void killWorkers(int tasks) throws Exception {
    Footprint before = Footprint.now();
    try (ProcessPool pool = open(2, o -> o.spares(1))) {
      assertGoesOn(pool);
      try (var _ = new Saboteur(pool, ProcessHandle::destroyForcibly)) {
        runTasks(pool, tasks);
        mapElements(pool, tasks);
      }
    }
    assertNothingIsLeft(before);
  }

  @Test
  @Tag("PPE-01")
  void everyTaskEndsOnceWhileWorkersAreKilledAndNothingIsLeft() throws Exception {
    killWorkers(400);
  }

  @Test
  @Tag("long")
  @Timeout(600)
  void everyOfManyTasksEndsOnceWhileWorkersAreKilledAndNothingIsLeft() throws Exception {
    killWorkers(20_000);
  }

  private static void stopWorkers(int tasks) throws Exception {
    Footprint before = Footprint.now();
    try (ProcessPool pool =
        open(2, o -> o.spares(1).limit(Duration.ofMillis(100)).grace(Duration.ofMillis(50)))) {
      assertGoesOn(pool);
      try (var _ = new Saboteur(pool, FaultTest::stop)) {
        runTasks(pool, tasks);
        mapElements(pool, tasks);
      }
    }
    assertNothingIsLeft(before);
  }

  private static void stop(ProcessHandle worker) {
    try {
      new ProcessBuilder("kill", "-STOP", "" + worker.pid()).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// {@return whether each thread of a process is stopped, as Linux says}
  private static boolean isStopped(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (!stat.substring(stat.lastIndexOf(')')).startsWith(") T")) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false; // a thread that has just ended
    }
  }

  @Test
  void everyTaskEndsOnceWhileWorkersAreStoppedAndNothingIsLeft() throws Exception {
    stopWorkers(60);
  }

  @Test
  @Tag("long")
  @Timeout(1_200)
  void everyOfManyTasksEndsOnceWhileWorkersAreStoppedAndNothingIsLeft() throws Exception {
    stopWorkers(20_000);
  }

  // ---- a worker that is stopped ---------------------------------------------------------------

  @Test
  void aWorkerThatIsStoppedWhileItHasNothingToDoLosesNoTask() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      long stopped = pool.submit(() -> pid()).await();
      stop(ProcessHandle.of(stopped).orElseThrow());
      Pools.eventually(() -> isStopped(stopped)); // it takes the signal when it gets a processor
      assertNotEquals(stopped, pool.submit(() -> pid()).await());
      assertFalse(Pools.isAlive(stopped));
    }
  }

  @Test
  void aStoppedWorkerIsReplacedAfterTheDeadlineAndTheGraceOfItsTask(@TempDir Path folder)
      throws Exception {
    Path started = folder.resolve("started");
    try (ProcessPool pool = open(2, o -> o.grace(Duration.ofMillis(100)))) {
      Task<@Nullable Void> stopped =
          Deadline.within(
              Duration.ofSeconds(2),
              () -> {
                Task<@Nullable Void> task = pool.submit("stopped", () -> stop(started));
                Pools.eventually(() -> Files.exists(started));
                return task;
              });
      assertGoesOn(pool);
      assertTrue(stopped.join(Duration.ofSeconds(20)));
      assertSays("went on 100 ms", chain(assertThrows(Exception.class, stopped::await)));
      long before = Long.parseLong(Files.readString(started));
      Pools.eventually(() -> !Pools.isAlive(before));
      assertNotEquals(before, pool.submit(() -> pid()).await());
    }
  }

  private static void stop(Path started) throws Exception {
    Path part = started.resolveSibling("part");
    Files.writeString(part, "" + pid());
    Files.move(part, started);
    stop(ProcessHandle.current());
    Thread.sleep(Duration.ofHours(1));
  }

  private static String chain(Throwable thrown) {
    var all = new StringBuilder();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      all.append(t).append('\n');
      for (Throwable other : t.getSuppressed()) {
        all.append(other).append('\n');
      }
    }
    return all.toString();
  }

  // ---- objects that do not travel well --------------------------------------------------------

  /// Compiles a class that is not on this program's class path.
  private static Callable<?> absent(Path folder) throws Exception {
    Path source = folder.resolve("Absent.java");
    Files.writeString(
        source,
        """
        public record Absent(int value)
            implements java.util.concurrent.Callable<Integer>, java.io.Serializable {
          public Integer call() {
            return value;
          }
        }
        """);
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(System.out, System.err, "-d", folder.toString(), source.toString());
    assertEquals(0, code);
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      return (Callable<?>) loader.loadClass("Absent").getConstructor(int.class).newInstance(5);
    }
  }

  @Test
  @Tag("POOL-09")
  void aClassThatTheWorkerDoesNotHaveIsNamedAndTheClassPathOptionHelps(@TempDir Path folder)
      throws Exception {
    Callable<?> absent = absent(folder);
    try (ProcessPool pool = open(1, o -> o)) {
      Task<?> task = pool.submit(absent);
      assertSays("Absent", failure(task));
      assertInstanceOf(
          MissingClassException.class,
          assertThrows(TaskFailedException.class, task::await).getCause());
      assertGoesOn(pool);
    }
    try (ProcessPool pool = open(1, o -> o.classPath(folder))) {
      assertEquals(5, pool.submit(absent).await());
      Task<?> back = pool.submit(() -> Class.forName("Absent").getConstructors()[0].newInstance(1));
      assertSays("cannot be read here", failure(back));
      assertSays("Absent", failure(back));
      assertGoesOn(pool);
    }
  }

  /// Can be read only where it was made.
  private static final class Homebound implements Serializable {
    private static final long serialVersionUID = 1;

    private final long home = pid();

    private Object readResolve() {
      if (pid() != home) {
        throw new IllegalStateException("far from home");
      }
      return this;
    }
  }

  @Test
  void anArgumentOrAResultThatCannotBeReadFailsItsTaskOnly() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      long before = pool.submit(() -> pid()).await();
      var argument = new Homebound();
      assertSays("far from home", failure(pool.submit(() -> argument.home)));
      assertSays("far from home", failure(pool.submit(() -> new Homebound())));
      assertEquals(before, pool.submit(() -> pid()).await(), "the worker lives");
    }
  }

  private static final class Burdened extends Exception {
    private static final long serialVersionUID = 1;

    @SuppressWarnings({"serial", "UnusedVariable"}) // that is the point
    private final Thread burden = Thread.currentThread();

    Burdened() {
      super("too heavy");
    }
  }

  @Test
  void ofAFailureThatCannotTravelTheTextRemains() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      long before = pool.submit(() -> pid()).await();
      Task<Integer> task =
          pool.submit(
              () -> {
                throw new Burdened();
              });
      assertSays("too heavy", failure(task));
      assertEquals(before, pool.submit(() -> pid()).await());
    }
  }

  @Test
  void whatHappensToAnArgumentAfterItsTaskWasSubmittedIsNotSeen() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      int[] numbers = {1};
      Task<Integer> task = pool.submit(() -> numbers[0]); // the worker has not started yet
      numbers[0] = 2;
      assertEquals(1, task.await());
    }
  }

  // ---- workers that cannot start --------------------------------------------------------------

  @Test
  @Tag("POOL-14")
  void aWorkerWithoutMemoryToStartBreaksThePoolWithTheReason() {
    try (ProcessPool pool = open(1, o -> o.heap("999999g"))) {
      Task<Integer> task = pool.submit(() -> 1);
      assertSays("enough space", failure(task));
      assertThrows(BrokenPoolException.class, () -> pool.submit(() -> 2));
    }
  }

  /// A program that may not write files of more than some kilobytes, nor rings.
  static final class Frugal {
    private Frugal() {}

    public static void main(String[] args) throws Exception {
      try (ProcessPool pool = open(1, o -> o)) {
        System.out.println("value " + pool.submit(() -> 42).await());
      }
    }
  }

  @Test
  void withoutSpaceForRingsWorkersUseSockets(@TempDir Path folder) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f 100; exec \"$@\"", "frugal"));
    command.addAll(program(Frugal.class, folder));
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    process.waitFor();
    String text = Files.readString(out);
    assertSays("value 42", text);
    if (!"false".equals(System.getProperty("dev.selvedge.process.native"))) {
      assertSays("no rings in shared memory, but sockets", text);
    }
  }

  /// {@return the command of a program that keeps what it shares in a folder}
  private static List<String> program(Class<?> main, Path folder) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-D" + UserFolder.PROPERTY + "=" + folder);
    for (String name : List.of("dev.selvedge.process.native", "dev.selvedge.process.cache")) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  // ---- output ---------------------------------------------------------------------------------

  /// Checks lines as they come, and keeps none.
  private static final class Lines extends OutputStream {
    private static final String START = "[worker-1] line ";

    private final StringBuilder line = new StringBuilder(); // guarded by the stream in front
    private long next;
    private volatile @Nullable String wrong;

    @Override
    public void write(int b) {
      if (b != '\n') {
        line.append((char) b);
        return;
      }
      String text = line.toString();
      line.setLength(0);
      if (!text.contains("line ")) {
        return; // somebody else's
      }
      if (text.startsWith(START + next + " ")) {
        next++;
      } else if (wrong == null) {
        wrong = text + " in place of " + next;
      }
    }
  }

  private static void print(boolean toErr, int lines) {
    PrintStream to = toErr ? System.err : System.out;
    String tail = " " + "x".repeat(80);
    for (int i = 0; i < lines; i++) {
      to.println("line " + i + tail);
    }
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static void passOn(boolean toErr, int lines) throws Exception {
    PrintStream old = toErr ? System.err : System.out;
    var seen = new Lines();
    var stream = new PrintStream(seen, false, StandardCharsets.UTF_8);
    long before = used();
    redirect(toErr, stream);
    try {
      try (ProcessPool pool = open(1, o -> o)) {
        Task<@Nullable Void> crash =
            pool.submit(
                () -> {
                  print(toErr, lines);
                  Runtime.getRuntime().halt(3);
                });
        assertSays("exit code 3", failure(crash));
      }
    } finally {
      redirect(toErr, old);
    }
    stream.flush();
    assertEquals(null, seen.wrong);
    assertEquals(lines, seen.next, "also those just before the crash");
    assertTrue(used() - before < 32_000_000, "nobody keeps them");
  }

  private static void redirect(boolean err, PrintStream to) {
    if (err) {
      System.setErr(to);
    } else {
      System.setOut(to);
    }
  }

  @Test
  void allOutputArrivesInOrderAlsoBeforeACrash() throws Exception {
    passOn(false, 50_000);
    passOn(true, 5_000);
  }

  @Test
  @Tag("long")
  void muchOutputArrivesInOrderAlsoBeforeACrash() throws Exception {
    passOn(false, 1_000_000);
    passOn(true, 1_000_000);
  }

  @Test
  void aVeryLongLineArrivesInPartsWithoutALoss() throws Exception {
    PrintStream old = System.out;
    var bytes = new java.io.ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try (ProcessPool pool = open(1, o -> o)) {
      pool.submit(() -> System.out.println("y".repeat(40_000) + "z")).await();
    } finally {
      System.setOut(old);
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    Pools.eventually(() -> bytes.toString(StandardCharsets.UTF_8).contains("z"));
    assertEquals(40_000, text.chars().filter(c -> c == 'y').count());
  }

  // ---- strangers ------------------------------------------------------------------------------

  private static List<Path> sockets() throws IOException {
    try (Stream<Path> files = Files.list(ProcessFolder.own().path())) {
      return files.filter(file -> file.getFileName().toString().startsWith("s-")).toList();
    }
  }

  private static SocketChannel connect(Path socket) throws IOException {
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  /// What was not read makes the end of a connection a reset.
  private static boolean isEnd(SocketChannel channel) {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aStrangerWithoutTheTokenIsTurnedAway() throws Exception {
    try (ProcessPool pool = open(1, o -> o)) {
      long worker = pool.submit(() -> pid()).await();
      Path socket = sockets().getFirst();
      try (SocketChannel guesses = connect(socket);
          SocketChannel raves = connect(socket);
          SocketChannel says = connect(socket)) {
        new Link(guesses).send(new Link.Frame(Link.Kind.HELLO, 0, worker, "0".repeat(32), null));
        assertTrue(isEnd(guesses), "a wrong token");
        raves.write(ByteBuffer.wrap("~".repeat(200).getBytes(StandardCharsets.US_ASCII)));
        assertTrue(isEnd(raves), "no frame");
        assertTrue(says.isConnected(), "nothing, which hinders nobody");
        assertEquals(worker, pool.submit(() -> pid()).await());
      }
    }
  }

  // ---- the end of the parent ------------------------------------------------------------------

  /// A program that is killed while it has workers and a spare.
  static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws Exception {
      ProcessPool pool = open(2, o -> o.spares(1));
      for (int i = 0; i < 2; i++) {
        pool.submit(() -> Thread.sleep(Duration.ofHours(1)));
      }
      Pools.eventually(() -> pool.pids().size() == 2 && pool.sparePids().size() == 1);
      Stream.concat(pool.pids().stream(), pool.sparePids().stream()).forEach(System.out::println);
      Thread.sleep(Duration.ofHours(1));
    }
  }

  @Test
  @Tag("RES-01")
  void ofAKilledParentNothingStays(@TempDir Path place) throws Exception {
    Process parent =
        new ProcessBuilder(program(Parent.class, place))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Long> pids = new ArrayList<>();
    try (var lines = parent.inputReader()) {
      while (pids.size() < 3) {
        pids.add(Long.parseLong(Objects.requireNonNull(lines.readLine())));
      }
      parent.destroyForcibly();
      Pools.eventually(() -> pids.stream().noneMatch(Pools::isAlive));
    }
    Path left = folderOf(parent.pid(), UserFolder.under(place));
    ProcessFolder.under(place);
    assertFalse(Files.exists(left), "removed by the next start");
  }

  private static Path folderOf(long pid, UserFolder user) throws IOException {
    return user.all().stream()
        .filter(folder -> folder.getFileName().toString().startsWith(pid + "-"))
        .findFirst()
        .orElseThrow();
  }
}
