package dev.selvedge.bench;

import dev.selvedge.Pool;
import dev.selvedge.Results;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Mapping a trivial function over a million inputs, a task each, with results in order:
/// nanoseconds an element.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 15)
@Fork(
    value = 1,
    jvmArgs = {"-Xms4g", "-Xmx4g", "--enable-preview"})
public class MapBenchmark {
  static final int INPUTS = 1_000_000;

  static Iterable<Integer> inputs() {
    return () ->
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < INPUTS;
          }

          @Override
          public Integer next() {
            return next++;
          }
        };
  }

  /// The JDK's concurrent map of streams, with the same window.
  @Benchmark
  @OperationsPerInvocation(INPUTS)
  public long gatherers() {
    return IntStream.range(0, INPUTS)
        .boxed()
        .gather(Gatherers.mapConcurrent(256, i -> i + 1))
        .mapToLong(Integer::longValue)
        .sum();
  }

  /// A virtual thread each.
  @Benchmark
  @OperationsPerInvocation(INPUTS)
  public long virtualPool() throws Exception {
    try (Pool pool = Pool.virtual()) {
      return sum(pool);
    }
  }

  /// Two platform threads.
  @Benchmark
  @OperationsPerInvocation(INPUTS)
  public long threadPool() throws Exception {
    try (Pool pool = Pool.threads(2)) {
      return sum(pool);
    }
  }

  private static long sum(Pool pool) throws Exception {
    long sum = 0;
    try (Results<Integer> results = pool.map(inputs(), i -> i + 1)) {
      while (results.hasNext()) {
        sum += results.next();
      }
    }
    return sum;
  }
}
