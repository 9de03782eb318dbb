package dev.selvedge.bench;

import dev.selvedge.TaskGroup;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Forks trivial tasks in one group and joins them; beside it, what the JDK offers.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xms4g", "-Xmx4g", "--enable-preview"})
@Warmup(iterations = 3)
@Measurement(iterations = 5)
public class ForkJoin {
  /// How many tasks one group gets.
  @Param({"1000000"})
  public int tasks;

  /// Raw virtual threads with a latch: the floor.
  @Benchmark
  public void virtualThreads() throws InterruptedException {
    var latch = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(latch::countDown);
    }
    latch.await();
  }

  /// The JDK's preview of structured concurrency.
  @Benchmark
  public void structuredTaskScope() throws InterruptedException {
    try (var scope = StructuredTaskScope.<Integer>open()) {
      for (int i = 0; i < tasks; i++) {
        scope.fork(() -> 1);
      }
      scope.join();
    }
  }

  /// Selvedge.
  @Benchmark
  public void taskGroup() throws Exception {
    TaskGroup.run(
        group -> {
          for (int i = 0; i < tasks; i++) {
            group.fork(() -> 1);
          }
        });
  }
}
