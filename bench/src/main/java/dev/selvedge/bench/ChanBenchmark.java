package dev.selvedge.bench;

import com.softwaremill.jox.Channel;
import dev.selvedge.sync.Chan;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
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

/// Ping-pong between two virtual threads: an item goes there and one comes back, a hundred thousand
/// times; the score is for one round trip.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ChanBenchmark.ROUND_TRIPS)
@Warmup(iterations = 10)
@Measurement(iterations = 15)
@Fork(
    value = 1,
    jvmArgs = {"-Xms1g", "-Xmx1g", "--enable-preview"})
public class ChanBenchmark {
  static final int ROUND_TRIPS = 100_000;
  private static final int CAPACITY = 16;

  private interface Put {
    void put(Integer item) throws InterruptedException;
  }

  private interface Take {
    Integer take() throws InterruptedException;
  }

  private static void pingPong(Put ping, Take pinged, Put pong, Take ponged)
      throws InterruptedException {
    var done = new CountDownLatch(2);
    Thread.startVirtualThread(
        () -> {
          try {
            for (int i = 0; i < ROUND_TRIPS; i++) {
              ping.put(i);
              ponged.take();
            }
            done.countDown();
          } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts", e);
          }
        });
    Thread.startVirtualThread(
        () -> {
          try {
            for (int i = 0; i < ROUND_TRIPS; i++) {
              pong.put(pinged.take());
            }
            done.countDown();
          } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts", e);
          }
        });
    done.await();
  }

  /// Ours, with room for a few items.
  @Benchmark
  public void bufferedChan() throws InterruptedException {
    var ping = Chan.<Integer>bounded(CAPACITY);
    var pong = Chan.<Integer>bounded(CAPACITY);
    pingPong(ping::send, ping::receive, pong::send, pong::receive);
  }

  /// The JDK's, with room for a few items.
  @Benchmark
  public void arrayBlockingQueue() throws InterruptedException {
    var ping = new ArrayBlockingQueue<Integer>(CAPACITY);
    var pong = new ArrayBlockingQueue<Integer>(CAPACITY);
    pingPong(ping::put, ping::take, pong::put, pong::take);
  }

  /// Jox's, with room for a few items.
  @Benchmark
  public void bufferedJox() throws InterruptedException {
    var ping = Channel.<Integer>newBufferedChannel(CAPACITY);
    var pong = Channel.<Integer>newBufferedChannel(CAPACITY);
    pingPong(ping::send, ping::receive, pong::send, pong::receive);
  }

  /// Ours, without room.
  @Benchmark
  public void rendezvousChan() throws InterruptedException {
    var ping = Chan.<Integer>rendezvous();
    var pong = Chan.<Integer>rendezvous();
    pingPong(ping::send, ping::receive, pong::send, pong::receive);
  }

  /// The JDK's, without room.
  @Benchmark
  public void synchronousQueue() throws InterruptedException {
    var ping = new SynchronousQueue<Integer>();
    var pong = new SynchronousQueue<Integer>();
    pingPong(ping::put, ping::take, pong::put, pong::take);
  }

  /// Jox's, without room.
  @Benchmark
  public void rendezvousJox() throws InterruptedException {
    var ping = Channel.<Integer>newRendezvousChannel();
    var pong = Channel.<Integer>newRendezvousChannel();
    pingPong(ping::send, ping::receive, pong::send, pong::receive);
  }
}
