package dev.selvedge;

import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;

/// Lets at most so many pass in any period of a given length: for services that allow ten requests
/// a second.
///
/// ```java
/// Rate rate = Rate.of(10, Duration.ofSeconds(1));
/// pool.map(uris, uri -> {
///   rate.acquire();
///   return fetch(uri);
/// }).toList();
/// ```
///
/// **Strict.** Between a pass and the one `permits` later at least a period goes by, so no window
/// of that length ever holds more, wherever it begins. (A bucket that refills lets twice as many
/// pass around the moment when it is full.)
///
/// **Fair.** Those who wait pass in the order in which they came, and nobody overtakes them. Who is
/// cancelled while waiting gives up the turn, and the next one has it.
///
/// Waits and the clock are those of the running task's pool; all users of one rate should share it.
/// Thread-safe. A rate holds in this JVM and does not travel.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Rate {
  private final int permits;
  private final Duration period;
  private final long periodNanos;
  private final ArrayDeque<Long> passed = new ArrayDeque<>(); // guarded by this
  private final ArrayDeque<Turn> queue = new ArrayDeque<>(); // guarded by this

  private Rate(int permits, Duration period) {
    this.permits = permits;
    this.period = period;
    this.periodNanos = period.toNanos();
  }

  /// Makes a rate.
  ///
  /// @param permits how many may pass in a period
  /// @param period the length of the period
  /// @return a new rate
  /// @throws IllegalArgumentException if one of them is not positive
  public static Rate of(int permits, Duration period) {
    Objects.requireNonNull(period, "period");
    if (permits < 1 || !period.isPositive()) {
      throw new IllegalArgumentException(
          "a rate of " + permits + " in " + period + " lets nobody pass; both must be positive");
    }
    return new Rate(permits, period);
  }

  /// A wait to be the first of the queue.
  private static final class Turn extends Waiter {
    private volatile boolean first;

    @Override
    protected WaitKind kind() {
      return WaitKind.LIMIT;
    }

    @Override
    protected boolean ready() {
      return first;
    }
  }

  /// A wait of the first of the queue until the time has come.
  private static final class Pause extends Waiter {
    @Override
    protected WaitKind kind() {
      return WaitKind.LIMIT;
    }

    @Override
    protected boolean ready() {
      return false;
    }
  }

  /// Waits for the turn and passes.
  ///
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  public void acquire() throws InterruptedException {
    acquireUntil(Kernel.FOREVER);
  }

  /// Passes if that is possible at once, and nobody waits.
  ///
  /// @return whether it passed
  public boolean tryAcquire() {
    Kernel kernel = Kernel.current();
    kernel.step();
    return passAtOnce(kernel);
  }

  /// Waits for at most the given time for the turn, and passes.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it passed; false comes before the time is over if it is certain by then
  /// @throws InterruptedException if the waiting thread is interrupted or the waiting task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryAcquire(Duration timeout) throws InterruptedException {
    return acquireUntil(Times.deadline(Kernel.current(), timeout));
  }

  private boolean acquireUntil(long deadline) throws InterruptedException {
    Kernel kernel = Kernel.current();
    kernel.step();
    if (passAtOnce(kernel)) {
      return true;
    }
    Turn turn = new Turn();
    synchronized (this) {
      turn.first = queue.isEmpty();
      queue.add(turn);
    }
    try {
      return turn.await(this, deadline) && passWhenDue(kernel, deadline);
    } finally {
      giveUp(turn);
    }
  }

  private synchronized boolean passAtOnce(Kernel kernel) {
    return queue.isEmpty() && pass(kernel.nanoTime());
  }

  /// Called by the first of the queue.
  private boolean passWhenDue(Kernel kernel, long deadline) throws InterruptedException {
    while (true) {
      long due;
      synchronized (this) {
        if (pass(kernel.nanoTime())) {
          return true;
        }
        due = passed.element() + periodNanos;
      }
      if (deadline != Kernel.FOREVER && due - deadline > 0) {
        return false;
      }
      new Pause().await(this, due);
    }
  }

  /// Passes if fewer than `permits` have passed in the period that ends now.
  private boolean pass(long now) {
    if (passed.size() == permits) {
      if (now - passed.element() < periodNanos) {
        return false;
      }
      passed.remove();
    }
    passed.add(now);
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // this very turn
  private void giveUp(Turn turn) {
    Turn next = null;
    synchronized (this) {
      boolean wasFirst = queue.peek() == turn;
      queue.remove(turn);
      if (wasFirst && !queue.isEmpty()) {
        next = queue.element();
        next.first = true;
      }
    }
    if (next != null) {
      next.wake();
    }
  }

  @Override
  public synchronized String toString() {
    return "Rate " + permits + " in " + Times.text(period) + ", " + queue.size() + " waiting";
  }
}
