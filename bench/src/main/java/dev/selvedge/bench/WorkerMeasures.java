package dev.selvedge.bench;

import dev.selvedge.Fn;
import dev.selvedge.Results;
import dev.selvedge.TaskFailedException;
import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.ProcessPool;
import dev.selvedge.process.shared.SharedArray;
import dev.selvedge.process.shared.SharedScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// What is measured of worker processes, on our side. Each measure keeps its pools over the rounds;
/// a round gives the median of some repetitions for each way, in seconds or MiB.
final class WorkerMeasures {
  static final String RINGS = "rings";
  static final String SOCKETS = "sockets";

  private static final int WORKERS = 2;
  private static final int DOUBLES = 32 << 20;
  private static final int BULK_TIMES = 3;
  private static final int START_TIMES = 3;
  private static final int KILLS = 5;
  private static final long SETTLED_MILLIS = 500;
  private static final long PATIENCE_MILLIS = 60_000;

  /// One thing to measure.
  interface Measure extends AutoCloseable {
    /// {@return a value for each way}
    Map<String, Double> round() throws Exception;

    @Override
    default void close() throws IOException {}
  }

  /// Opens a measure.
  @FunctionalInterface
  interface Maker {
    Measure open() throws Exception;
  }

  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  /// What is to be timed in a pool.
  @FunctionalInterface
  private interface Work {
    void run(ProcessPool pool) throws Exception;
  }

  private record Order(int number, String name, double amount) {}

  private WorkerMeasures() {}

  // ---- calls and elements ---------------------------------------------------------------------

  static Measure submit(int times) {
    byte[] argument = new byte[64];
    Arrays.fill(argument, (byte) 'x');
    return new InPools(
        times, 1, pool -> pool.submit(() -> argument).get(), List.of(RINGS, SOCKETS));
  }

  static Measure ints(int times, int chunk, int count) {
    List<Integer> inputs = IntStream.range(0, count).boxed().toList();
    return mapped(times, chunk, inputs, n -> n + 1);
  }

  static Measure strings(int times, int chunk, int count) {
    List<String> inputs =
        IntStream.range(0, count).mapToObj(i -> "line " + i + " of the text").toList();
    return mapped(times, chunk, inputs, text -> text + "!");
  }

  static Measure records(int times, int chunk, int count) {
    List<Order> inputs =
        IntStream.range(0, count).mapToObj(i -> new Order(i, "order " + i, i * 0.5)).toList();
    return mapped(
        times,
        chunk,
        inputs,
        order -> new Order(order.number() + 1, order.name(), order.amount() * 2));
  }

  private static <A, R> Measure mapped(int times, int chunk, List<A> inputs, Fn<A, R> fn) {
    Work work =
        pool -> {
          int count = 0;
          try (Results<R> results = pool.map(chunk, inputs, fn)) {
            while (results.hasNext()) {
              results.next();
              count++;
            }
          }
          if (count != inputs.size()) {
            throw new AssertionError(count + " results of " + inputs.size());
          }
        };
    return new InPools(times, inputs.size(), work, List.of(RINGS, SOCKETS));
  }

  /// The same work in a pool for each way, which is kept.
  private static final class InPools implements Measure {
    private final int times;
    private final int elements;
    private final Work work;
    private final Map<String, ProcessPool> pools = new LinkedHashMap<>();

    InPools(int times, int elements, Work work, List<String> ways) {
      this.times = times;
      this.elements = elements;
      this.work = work;
      for (String way : ways) {
        pools.put(way, ProcessPool.of(WORKERS, way(way)));
      }
    }

    @Override
    public Map<String, Double> round() throws Exception {
      Map<String, Double> values = new LinkedHashMap<>();
      for (var pool : pools.entrySet()) {
        work.run(pool.getValue());
        double taken = seconds(times, () -> work.run(pool.getValue()));
        values.put(pool.getKey(), taken / elements);
      }
      return values;
    }

    @Override
    public void close() {
      pools.values().forEach(ProcessPool::close);
    }
  }

  private static UnaryOperator<ProcessOptions> way(String way) {
    return way.equals(SOCKETS)
        ? options -> options.jvmOption("-Ddev.selvedge.process.native=false")
        : options -> options;
  }

  // ---- large arrays ---------------------------------------------------------------------------

  /// An array is copied into shared memory, or is the argument of a task, which touches its ends.
  static Measure bulk() throws IOException {
    double[] from = new double[DOUBLES];
    Arrays.fill(from, 1);
    double[] to = from.clone();
    ProcessPool pool = ProcessPool.of(1);
    SharedScope scope = SharedScope.open();
    SharedArray.OfDouble shared = scope.doubles(DOUBLES);
    return new Measure() {
      @Override
      public Map<String, Double> round() throws Exception {
        handOver(pool, shared, from);
        pass(pool, from);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("memcpy", seconds(BULK_TIMES, () -> System.arraycopy(from, 0, to, 0, DOUBLES)));
        values.put("shared array", seconds(BULK_TIMES, () -> handOver(pool, shared, from)));
        values.put(
            "new shared array",
            seconds(
                BULK_TIMES,
                () -> {
                  try (SharedScope own = SharedScope.open()) {
                    handOver(pool, own.doubles(DOUBLES), from);
                  }
                }));
        values.put("an argument", seconds(BULK_TIMES, () -> pass(pool, from)));
        return values;
      }

      @Override
      public void close() {
        pool.close();
        scope.close();
      }
    };
  }

  private static void handOver(ProcessPool pool, SharedArray.OfDouble shared, double[] from)
      throws Exception {
    shared.setAll(0, from);
    check(pool.submit(() -> shared.get(0) + shared.get(DOUBLES - 1L)).get());
  }

  private static void pass(ProcessPool pool, double[] argument) throws Exception {
    check(pool.submit(() -> argument[0] + argument[DOUBLES - 1]).get());
  }

  private static void check(double ends) {
    if (ends != 2) {
      throw new AssertionError("the worker sees other ends: " + ends);
    }
  }

  // ---- starts and losses ----------------------------------------------------------------------

  /// From nothing to the first answer.
  static Measure start() throws Exception {
    for (String way : List.of(RINGS, SOCKETS)) {
      awaitCache(way(way));
    }
    return () -> {
      Map<String, Double> values = new LinkedHashMap<>();
      for (String way : List.of(RINGS, SOCKETS)) {
        double[] taken = new double[START_TIMES];
        for (int i = 0; i < START_TIMES; i++) {
          long start = System.nanoTime();
          try (ProcessPool pool = ProcessPool.of(WORKERS, way(way))) {
            pool.submit(() -> 1).get();
            taken[i] = secondsSince(start);
          }
        }
        values.put(way, median(taken));
      }
      return values;
    };
  }

  /// The resident memory of a worker that has run a task.
  static Measure memory() throws Exception {
    Map<String, UnaryOperator<ProcessOptions>> kinds = new LinkedHashMap<>();
    kinds.put("default options", options -> options);
    kinds.put("a heap of 64m", options -> options.heap("64m"));
    for (UnaryOperator<ProcessOptions> options : kinds.values()) {
      awaitCache(options);
    }
    return () -> {
      Map<String, Double> values = new LinkedHashMap<>();
      for (var kind : kinds.entrySet()) {
        try (ProcessPool pool = ProcessPool.of(1, o -> kind.getValue().apply(o).spares(0))) {
          pool.submit(() -> 1).get();
          Thread.sleep(SETTLED_MILLIS);
          Path process = Path.of("/proc", pool.pids().getFirst().toString());
          values.put(kind.getKey(), mebibytes(process.resolve("status"), "VmRSS:"));
          values.put(
              kind.getKey() + ", its share", mebibytes(process.resolve("smaps_rollup"), "Pss:"));
        }
      }
      return values;
    };
  }

  private static double mebibytes(Path file, String key) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    throw new IOException("no " + key + " in " + file);
  }

  /// A worker is killed while a spare is ready.
  static Measure replacement() throws Exception {
    awaitCache(options -> options);
    ProcessPool pool = ProcessPool.of(1);
    return new Measure() {
      @Override
      public Map<String, Double> round() throws Exception {
        double[][] seconds = new double[2][KILLS];
        for (int i = 0; i < KILLS; i++) {
          pool.submit(() -> 1).get();
          await("a spare", () -> !pool.sparePids().isEmpty());
          Thread.sleep(SETTLED_MILLIS); // the spare may still be busy with its start
          Replaced replaced = killBusyWorker(pool);
          seconds[0][i] = (replaced.running() - replaced.ended()) / 1e9;
          seconds[1][i] = (replaced.running() - replaced.killed()) / 1e9;
        }
        return Map.of(
            "from its end to the next task", median(seconds[0]),
            "from the kill to the next task", median(seconds[1]));
      }

      @Override
      public void close() {
        pool.close();
      }
    };
  }

  /// When a worker was killed, its process had ended, and its successor ran the task that waited.
  private record Replaced(long killed, long ended, long running) {}

  private static Replaced killBusyWorker(ProcessPool pool) throws Exception {
    var busy = pool.submit(() -> Thread.sleep(PATIENCE_MILLIS));
    Thread.sleep(20); // it runs by then
    var waiting = pool.submit(() -> System.nanoTime()); // of the machine, on Linux
    ProcessHandle worker = ProcessHandle.of(pool.pids().getFirst()).orElseThrow();
    var ended = worker.onExit().thenApply(_ -> System.nanoTime());
    long killed = System.nanoTime();
    worker.destroyForcibly();
    long running = waiting.get();
    try {
      busy.await();
      throw new AssertionError("the worker was killed, but its task has ended well");
    } catch (TaskFailedException e) {
      return new Replaced(killed, ended.get(), running);
    }
  }

  // ---- computing ------------------------------------------------------------------------------

  /// The same steps in two workers, and in two JVMs that have nothing else.
  static Measure cpu(int tasks, int steps) throws IOException {
    List<Integer> each = Collections.nCopies(tasks, steps);
    ProcessPool pool = ProcessPool.of(WORKERS, options -> options.spares(0));
    List<BareWorker> bare = List.of(BareWorker.start(), BareWorker.start());
    return new Measure() {
      @Override
      public Map<String, Double> round() throws Exception {
        double ours = seconds(1, () -> pool.map(1, each, BareWorker::burn).toList());
        double theirs =
            seconds(
                1,
                () -> {
                  for (BareWorker worker : bare) {
                    for (int i = 0; i < tasks / WORKERS; i++) {
                      worker.order(steps);
                    }
                  }
                  for (BareWorker worker : bare) {
                    for (int i = 0; i < tasks / WORKERS; i++) {
                      worker.awaitAnswer();
                    }
                  }
                });
        return Map.of(RINGS, ours, "two bare JVMs", theirs);
      }

      @Override
      public void close() throws IOException {
        pool.close();
        for (BareWorker worker : bare) {
          worker.close();
        }
      }
    };
  }

  // ---- common ---------------------------------------------------------------------------------

  /// Workers start in half the time once the JVM has an AOT cache for them, which the first ones
  /// have made in the background.
  private static void awaitCache(UnaryOperator<ProcessOptions> options) throws Exception {
    await(
        "an AOT cache for workers",
        () -> {
          try (ProcessPool pool = ProcessPool.of(1, options)) {
            pool.submit(() -> 1).get();
            ProcessHandle worker = ProcessHandle.of(pool.pids().getFirst()).orElseThrow();
            return worker.info().commandLine().orElse("").contains("-XX:AOTCache=");
          }
        });
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (secondsSince(start) * 1000 > PATIENCE_MILLIS) {
        throw new IllegalStateException(
            "no " + what + " within " + PATIENCE_MILLIS + " ms; run the library's jars");
      }
      Thread.sleep(20);
    }
  }

  private static double seconds(int times, Step step) throws Exception {
    double[] taken = new double[times];
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      step.run();
      taken[i] = secondsSince(start);
    }
    return median(taken);
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double median(double[] values) {
    return Pairs.median(values);
  }
}
