package dev.selvedge.bench;

import dev.selvedge.Pool;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A task that runs in the submitting thread: no thread is started or woken, so the hooks weigh
/// more here than in any other use, and little else disturbs.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 250, timeUnit = TimeUnit.MILLISECONDS)
public class HooksBenchmark {
  private final Pool pool = Pool.of(Runnable::run);

  /// Submits a task, which has run when `submit` returns.
  @Benchmark
  public Integer submitted() {
    return pool.submit(() -> 1).resultNow();
  }

  /// Ends the pool.
  @TearDown
  public void close() {
    pool.close();
  }
}
