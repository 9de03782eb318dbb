package dev.selvedge.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Fn;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Calls of objects in a host.
@Timeout(60)
class HostTest {
  private static ProcessPool pool;
  private static Hosted<Desk> hosted;
  private static Desk desk;

  @TempDir private Path folder;

  /// An object with a method for each thing that may happen to a call.
  interface Desk {
    long add(long delta);

    long addNothing();

    long pid();

    Object echo(@Nullable Object value);

    List<Integer> list();

    int[] array();

    Desk self();

    Hosted<Desk> open();

    Object thread();

    void fail(String text);

    void failDeclared(String text) throws IOException;

    void failSneakily(String text);

    void failStrangely();

    void waitFor(Path started);

    void waitPatiently(Path started) throws InterruptedException;

    void waitDeaf(Path started, Path go);

    int overlaps();

    long remaining();

    default String greeting(String name) {
      return "hello " + name + " from " + pid();
    }
  }

  static final class DeskImpl implements Desk {
    private final AtomicInteger inside = new AtomicInteger();
    private final List<Integer> numbers = new ArrayList<>(List.of(1));
    private final int[] cells = new int[100_000];
    private int overlaps;
    private long sum; // without a lock: there is one call at a time

    @Override
    public long add(long delta) {
      if (inside.incrementAndGet() > 1) {
        overlaps++;
      }
      sum += delta;
      Thread.onSpinWait();
      inside.decrementAndGet();
      return sum;
    }

    @Override
    public long addNothing() {
      return sum;
    }

    @Override
    public long pid() {
      return ProcessHandle.current().pid();
    }

    @Override
    public Object echo(@Nullable Object value) {
      return List.of(value == null ? "null" : value);
    }

    @Override
    public List<Integer> list() {
      return numbers;
    }

    @Override
    public int[] array() {
      cells[cells.length - 1]++;
      return cells;
    }

    @Override
    public Desk self() {
      return this;
    }

    @Override
    public Hosted<Desk> open() {
      return Hosted.here(Desk.class, new DeskImpl());
    }

    @Override
    public Object thread() {
      return new Thread("cannot travel");
    }

    @Override
    public void fail(String text) {
      throw new ArithmeticException(text);
    }

    @Override
    public void failDeclared(String text) throws IOException {
      throw new IOException(text);
    }

    @Override
    public void failSneakily(String text) {
      throw DeskImpl.<RuntimeException>sneaky(new IOException(text));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> E sneaky(Exception e) throws E {
      throw (E) e;
    }

    @Override
    public void failStrangely() {
      throw new Strange();
    }

    @Override
    public void waitFor(Path started) {
      try {
        waitPatiently(started);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }

    @Override
    public void waitPatiently(Path started) throws InterruptedException {
      create(started);
      try {
        Thread.sleep(Duration.ofHours(1));
      } finally {
        create(started.resolveSibling("interrupted"));
      }
    }

    @Override
    public void waitDeaf(Path started, Path go) {
      create(started);
      while (!Files.exists(go)) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    private static void create(Path file) {
      try {
        Files.createFile(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public int overlaps() {
      return overlaps;
    }

    @Override
    public long remaining() {
      return Deadline.current().map(deadline -> deadline.remaining().toMillis()).orElse(-1L);
    }
  }

  static final class Strange extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings({"serial", "UnusedVariable"})
    private final Thread thread = Thread.currentThread();

    Strange() {
      super("strange");
    }
  }

  @BeforeAll
  static void open() throws Exception {
    pool = Pools.open(2, options -> options.grace(Duration.ofMillis(200)));
    hosted = pool.host(Desk.class, DeskImpl::new);
    desk = hosted.object();
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static void assertSays(String part, Throwable thrown) {
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.toString());
  }

  private static void eventually(BooleanSupplier condition) {
    Pools.eventually(condition);
  }

  // ---- calls ----------------------------------------------------------------------------------

  @Test
  void anObjectLivesInAProcessOfItsOwn() throws Exception {
    assertEquals(hosted.pid(), desk.pid());
    assertNotEquals(ProcessHandle.current().pid(), desk.pid());
    assertNotEquals(desk.pid(), pool.submit(() -> ProcessHandle.current().pid()).await());
  }

  @Test
  void argumentsAndResultsAreCopies() {
    Map<String, List<Integer>> map = new HashMap<>();
    map.put("a", List.of(1, 2));
    assertEquals(List.of(map), desk.echo(map));
    assertEquals(List.of("null"), desk.echo(null));
    desk.list().add(2);
    assertEquals(List.of(1), desk.list());
    assertEquals("hello you from " + hosted.pid(), desk.greeting("you"));
  }

  @Test
  void largeArraysTravelBothWays() {
    long[] numbers = new long[1_000_000];
    numbers[999_999] = 7;
    assertArrayEquals(numbers, (long[]) ((List<?>) desk.echo(numbers)).getFirst());
    int[] first = desk.array();
    int[] second = desk.array();
    assertEquals(first[99_999] + 1, second[99_999]);
  }

  @Test
  void aFunctionRunsAsOneCall() throws Exception {
    long by = 3;
    long before = desk.addNothing();
    long sum = hosted.call(d -> d.add(by) + 0 * d.add(by) + by);
    assertEquals(before + 2 * by, sum);
    assertEquals(before + 2 * by, desk.addNothing());
    String type = hosted.call(d -> d.getClass().getSimpleName());
    assertEquals("DeskImpl", type, "the object itself");
  }

  @Test
  void callsAreRunOneAtATimeAndNoneIsLost() throws Exception {
    long before = desk.addNothing();
    TaskGroup.run(
        options -> options,
        group -> {
          for (int i = 0; i < 100; i++) {
            group.fork(
                () -> {
                  for (int j = 0; j < 10; j++) {
                    desk.add(1);
                  }
                });
          }
        });
    assertEquals(before + 1000, desk.addNothing());
    assertEquals(0, desk.overlaps());
  }

  @Test
  void proxiesAreEqualIfTheyStandForTheSameObject() throws Exception {
    Desk again = (Desk) ((List<?>) desk.echo(desk)).getFirst();
    assertEquals(desk, again);
    assertEquals(desk.hashCode(), again.hashCode());
    assertEquals(hosted, ((List<?>) desk.echo(hosted)).getFirst());
    Hosted<Desk> other = desk.open();
    assertNotEquals(desk, other.object());
    assertFalse(desk.equals("desk"));
    assertTrue(desk.toString().contains("pid " + hosted.pid()), desk.toString());
  }

  @Test
  void onlyAnInterfaceCanBeHosted() {
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> pool.host(DeskImpl.class, DeskImpl::new));
    assertSays("DeskImpl is no interface", refused);
  }

  // ---- failures -------------------------------------------------------------------------------

  @Test
  @Tag("MGR-01")
  void whatTheObjectThrowsIsThrownWithItsTypeAndBothStacks() {
    var failure = assertThrows(ArithmeticException.class, () -> desk.fail("no number"));
    assertEquals("no number", failure.getMessage());
    List<String> methods =
        List.of(failure.getStackTrace()).stream()
            .map(frame -> frame.getClassName() + "." + frame.getMethodName())
            .toList();
    int there = methods.indexOf(DeskImpl.class.getName() + ".fail");
    int here =
        methods.indexOf(
            HostTest.class.getName() + ".whatTheObjectThrowsIsThrownWithItsTypeAndBothStacks");
    assertEquals(0, there);
    assertTrue(here > there, methods.toString());
  }

  @Test
  @Tag("MGR-01")
  void checkedExceptionsAreThrownIfTheMethodDeclaresThem() {
    assertEquals(
        "full", assertThrows(IOException.class, () -> desk.failDeclared("full")).getMessage());
    var wrapped =
        assertThrows(UndeclaredThrowableException.class, () -> desk.failSneakily("hidden"));
    assertEquals("hidden", assertInstanceOf(IOException.class, wrapped.getCause()).getMessage());
    Fn<Desk, Integer> fails =
        d -> {
          throw new IOException("in a function");
        };
    assertThrows(IOException.class, () -> hosted.call(fails));
  }

  @Test
  void whatCannotTravelFailsItsCallOnlyAndIsNamed() {
    Thread thread = new Thread("stays here");
    var argument = assertThrows(IllegalArgumentException.class, () -> desk.echo(thread));
    assertSays("of Desk.echo cannot travel", argument);
    assertSays("java.lang.Thread", argument);

    var captured =
        assertThrows(
            IllegalArgumentException.class, () -> hosted.call(d -> d.echo(thread.getName())));
    assertSays("'thread'", captured);

    var result = assertThrows(UncheckedIOException.class, () -> desk.thread());
    assertSays("the result of Desk.thread cannot travel", result);

    var strange = assertThrows(UncheckedIOException.class, () -> desk.failStrangely());
    assertSays("strange", strange);
    assertEquals(hosted.pid(), desk.pid());
  }

  // ---- other processes ------------------------------------------------------------------------

  @Test
  @Tag("MGR-03")
  void workersOfAnyPoolReachTheSameObject() throws Exception {
    Desk proxy = desk;
    Hosted<Desk> handle = hosted;
    long before = desk.addNothing();
    try (Pool other = Pools.open(1, options -> options)) {
      Set<Long> pids = new HashSet<>();
      List<Task<Long>> tasks = new ArrayList<>();
      Call<Long> call =
          () -> {
            proxy.add(1);
            handle.call(d -> d.add(1));
            return proxy.pid();
          };
      tasks.add(pool.submit(call));
      tasks.add(other.submit(call));
      for (Task<Long> task : tasks) {
        pids.add(task.await());
      }
      assertEquals(Set.of(hosted.pid()), pids);
      assertEquals(before + 4, desk.addNothing());
      assertEquals(desk, other.submit(() -> proxy).await(), "there and back");
      assertEquals(7L, other.submit(() -> stockOf(handle)).await());
      other.submit(handle::close).await();
    }
    assertEquals(hosted.pid(), desk.pid(), "only the owner's handle closes");
  }

  private static long stockOf(Hosted<Desk> handle) throws Exception {
    Hosted<Desk> mine = handle.object().open();
    mine.object().add(7);
    return mine.object().addNothing();
  }

  // ---- referents ------------------------------------------------------------------------------

  /// A container of whatever travels, in another host.
  interface Shelf {
    void put(String key, Object value);

    @Nullable Object get(String key);
  }

  static final class ShelfImpl implements Shelf {
    private final Map<String, Object> values = new HashMap<>();

    @Override
    public void put(String key, Object value) {
      values.put(key, value);
    }

    @Override
    public @Nullable Object get(String key) {
      return values.get(key);
    }
  }

  @Test
  @Tag("MGR-02")
  void aReferentLivesInAContainerWhenAllOtherProxiesAreGone() throws Exception {
    try (Hosted<Shelf> shelf = pool.host(Shelf.class, ShelfImpl::new)) {
      shelf.object().put("desk", openWith(5));
      desk.addNothing();
      System.gc();
      hosted.call(
          d -> {
            System.gc();
            return d.addNothing();
          });
      Desk back = Objects.requireNonNull((Desk) shelf.object().get("desk"));
      assertEquals(6, back.add(1));
      assertEquals(hosted.pid(), back.pid());
      Call<Long> uses = () -> back.add(1);
      assertEquals(7, pool.submit(uses).await());
    }
  }

  private static Desk openWith(long sum) {
    Desk made = desk.open().object();
    made.add(sum);
    return made;
  }

  @Test
  @Tag("MGR-02")
  void theHostedObjectItselfIsNeverCopied() throws Exception {
    assertEquals(desk, desk.self());
    desk.self().add(1);
    assertEquals(desk.addNothing(), desk.self().addNothing());
    assertEquals(desk, hosted.call(d -> d));
  }

  @Test
  void anObjectBesideItsHostEndsWithItsOwnHandle() throws Exception {
    Desk gone =
        hosted.call(
            d -> {
              try (Hosted<Desk> brief = d.open()) {
                return brief.object();
              }
            });
    var lost = assertThrows(HostLostException.class, gone::pid);
    assertSays("closed", lost);
    assertThrows(IllegalStateException.class, () -> Hosted.here(Desk.class, new DeskImpl()));
  }

  // ---- calls back -----------------------------------------------------------------------------

  @Test
  void anObjectMayCallItselfThroughItsProxy() throws Exception {
    Desk proxy = desk;
    long before = desk.addNothing();
    long sum = hosted.call(d -> 0 * d.add(1) + proxy.add(1));
    assertEquals(before + 2, sum);
    assertThrows(
        ArithmeticException.class,
        () ->
            hosted.call(
                d -> {
                  proxy.fail("inside");
                  return 1;
                }));
    assertNull(hosted.<@Nullable Object>call(d -> null));
  }

  @Test
  void aCallThatWaitsForItselfIsRefused() throws Exception {
    Desk proxy = desk;
    Call<Long> inATask =
        () ->
            hosted.call(
                d ->
                    TaskGroup.<Long>call(
                        options -> options, group -> group.fork(() -> proxy.add(1)).await()));
    var failed = assertThrows(Exception.class, inATask::call);
    assertSays("would wait for ever", failed);

    try (Hosted<Relay> relay = pool.host(Relay.class, RelayImpl::new)) {
      Relay other = relay.object();
      var around =
          assertThrows(
              IllegalStateException.class, () -> hosted.call(d -> other.run(() -> proxy.add(1))));
      assertSays("Desk.add would wait for ever", around);
    }
  }

  /// Calls something from its host.
  interface Relay {
    Object run(Call<?> call) throws Exception;
  }

  static final class RelayImpl implements Relay {
    @Override
    public Object run(Call<?> call) throws Exception {
      return call.call();
    }
  }

  @Test
  void twoHostsThatCallEachOtherAtTheSameTimeAreToldSo() throws Exception {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    try (Hosted<Relay> a = pool.host(Relay.class, RelayImpl::new);
        Hosted<Relay> b = pool.host(Relay.class, RelayImpl::new);
        Pool callers = Pool.virtual()) {
      Relay toA = a.object();
      Relay toB = b.object();
      List<Task<Object>> tasks =
          List.of(
              callers.submit(() -> toA.run(() -> meetAndCall(one, two, toB))),
              callers.submit(() -> toB.run(() -> meetAndCall(two, one, toA))));
      int refused = 0;
      for (Task<Object> task : tasks) {
        task.join();
        refused += task.state() == Task.State.FAILED ? 1 : 0;
      }
      assertTrue(refused >= 1);
    }
  }

  private static Object meetAndCall(Path mine, Path theirs, Relay other) throws Exception {
    Files.createFile(mine);
    eventually(() -> Files.exists(theirs));
    return other.run(() -> 1);
  }

  // ---- cancellation ---------------------------------------------------------------------------

  private Thread start(Runnable call, List<Throwable> thrown) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                call.run();
              } catch (Throwable e) {
                thrown.add(e);
                if (Thread.currentThread().isInterrupted()) {
                  thrown.add(new InterruptedException("the flag"));
                }
              }
            });
  }

  @Test
  void anInterruptedCallerInterruptsItsCall() throws Exception {
    Path started = folder.resolve("started");
    List<Throwable> thrown = new ArrayList<>();
    Thread caller = start(() -> desk.waitFor(started), thrown);
    eventually(() -> Files.exists(started));
    caller.interrupt();
    caller.join();
    assertTrue(Files.exists(folder.resolve("interrupted")), "it has stopped when its caller goes");
    var cancelled = assertInstanceOf(TaskCancelledException.class, thrown.getFirst());
    assertSays("Desk.waitFor", cancelled);
    assertInstanceOf(InterruptedException.class, thrown.getLast(), "the flag is set again");
    assertEquals(hosted.pid(), desk.pid());
  }

  @Test
  void aMethodThatDeclaresTheInterruptThrowsIt() throws Exception {
    Path started = folder.resolve("started");
    try (Pool callers = Pool.threads(1)) {
      Task<@Nullable Void> task = callers.submit(() -> desk.waitPatiently(started));
      eventually(() -> Files.exists(started));
      task.cancel(new CancelReason.Requested("enough"));
      var cancelled = assertThrows(TaskCancelledException.class, task::await);
      assertSays("enough", cancelled);
    }
    assertTrue(Files.exists(folder.resolve("interrupted")));
  }

  @Test
  void aCallerThatIsCancelledTakesItsCallOutOfTheQueue() throws Exception {
    Path started = folder.resolve("started");
    Path go = folder.resolve("go");
    long before = desk.addNothing();
    try (Pool callers = Pool.virtual()) {
      Task<@Nullable Void> first = callers.submit(() -> desk.waitDeaf(started, go));
      eventually(() -> Files.exists(started));
      var passed =
          assertThrows(
              DeadlineExceededException.class,
              () -> Deadline.within(Duration.ofMillis(50), () -> desk.add(1)));
      assertSays("50", passed);
      Files.createFile(go);
      first.await();
    }
    assertEquals(before, desk.addNothing());
  }

  @Test
  void aCallThatIgnoresItsInterruptHoldsItsCallerForTheGraceOnly() throws Exception {
    Path started = folder.resolve("started");
    Path go = folder.resolve("go");
    List<Throwable> thrown = new ArrayList<>();
    Thread caller = start(() -> desk.waitDeaf(started, go), thrown);
    eventually(() -> Files.exists(started));
    caller.interrupt();
    caller.join();
    var cancelled = assertInstanceOf(TaskCancelledException.class, thrown.getFirst());
    assertTrue(String.valueOf(cancelled.getCause()).contains("goes on"), "" + cancelled.getCause());
    Files.createFile(go);
    assertEquals(hosted.pid(), desk.pid());
  }

  @Test
  void theDeadlineOfTheCallerTravelsAndBoundsItsWait() throws Exception {
    assertEquals(-1, desk.remaining());
    long left = Deadline.within(Duration.ofSeconds(30), () -> desk.remaining());
    assertTrue(left > 20_000 && left <= 30_000, "" + left);
    Path started = folder.resolve("started");
    assertThrows(
        DeadlineExceededException.class,
        () ->
            Deadline.within(
                Duration.ofMillis(50),
                () -> {
                  desk.waitFor(started);
                  return 1;
                }));
    eventually(() -> !Files.exists(started) || Files.exists(folder.resolve("interrupted")));
  }

  @Test
  void anInterruptThatIsThereBeforeTheCallLetsNothingRun() {
    long before = desk.addNothing();
    Thread.currentThread().interrupt();
    assertThrows(TaskCancelledException.class, () -> desk.add(1));
    assertTrue(Thread.interrupted());
    assertEquals(before, desk.addNothing());
  }
}
