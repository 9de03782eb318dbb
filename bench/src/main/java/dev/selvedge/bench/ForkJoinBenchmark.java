package dev.selvedge.bench;

import dev.selvedge.Call;
import dev.selvedge.TaskGroup;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Forking and joining a million trivial tasks: raw virtual threads with a latch, the JDK's
/// structured scope, and a group.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 15)
@Fork(
    value = 1,
    jvmArgs = {"-Xms4g", "-Xmx4g", "--enable-preview"})
public class ForkJoinBenchmark {
  static final int TASKS = 1_000_000;

  private final Call<Integer> call = () -> 1;
  private final Callable<Integer> callable = () -> 1;

  /// The least that a million virtual threads can cost.
  @Benchmark
  public void rawThreads() throws InterruptedException {
    CountDownLatch latch = new CountDownLatch(TASKS);
    for (int i = 0; i < TASKS; i++) {
      Thread.startVirtualThread(latch::countDown);
    }
    latch.await();
  }

  /// The JDK's structured concurrency, a preview in 25.
  @Benchmark
  public void structuredTaskScope() throws InterruptedException {
    try (var scope = StructuredTaskScope.open(Joiner.<Integer>awaitAllSuccessfulOrThrow())) {
      for (int i = 0; i < TASKS; i++) {
        scope.fork(callable);
      }
      scope.join();
    }
  }

  /// Ours.
  @Benchmark
  public void taskGroup() throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 0; i < TASKS; i++) {
            group.fork(call);
          }
        });
  }
}
