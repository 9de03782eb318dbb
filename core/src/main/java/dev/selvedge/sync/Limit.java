package dev.selvedge.sync;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Stability;
import dev.selvedge.internal.Holders;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How many may do something at the same time: a semaphore that knows who holds its permits, and
/// never has more of them than it was made with.
///
/// ```java
/// Limit connections = Limit.of(10);
/// group.fork(() -> connections.call(() -> query(sql)));
/// ```
///
/// **Fair.** Permits go to waiters in the order in which they came. Who wants many is not overtaken
/// by those who want few: while anybody waits, newcomers wait behind, and [#tryAcquire()] refuses.
/// A waiter that is interrupted, cancelled or timed out leaves no trace, and lets those behind it
/// have what it was waiting for.
///
/// **Holders.** A permit is held by the task, or outside of tasks by the thread, that acquired it;
/// [#holders()] tells them, so that "who has my connections?" can be answered. Any task may
/// release: what the caller does not hold itself is taken from the holder that came first. A
/// [Hold], and so [#call] and [#run], return exactly what they took.
///
/// **Cancellation.** The operations that may wait begin by looking at the interrupt flag, and then
/// throw even if permits are free. If permits are handed to a waiter that is interrupted at that
/// very moment, the waiter has them, and the interrupt stays pending.
///
/// **Memory effects.** What happened before a release happens before the return of an acquire that
/// gets one of its permits. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.STABLE)
public final class Limit {
  static {
    Holders.tell(Limit.class, limit -> List.copyOf(limit.held().keySet()));
  }

  // Invariants, whenever the lock is free:
  //
  //   available + the sum of what is held == bound
  //   the first wait that is not abandoned wants more than is available, or nobody waits
  //
  // The second is kept by serving the queue after everything that can break it: a release adds to
  // what is available, and a wait that leaves may have been the one that wanted too much. Waits
  // that
  // become abandoned break it only until they leave, which their threads are about to do.

  private final Object lock = new Object();
  private final WaitQueue<Wait> waits = new WaitQueue<>(lock); // guarded by lock
  private final int bound;
  private int available; // guarded by lock
  private final Map<Object, Integer> held = new LinkedHashMap<>(); // by Caller; guarded by lock

  private Limit(int bound) {
    this.bound = bound;
    this.available = bound;
  }

  /// {@return a new limit, with all of its permits available}
  ///
  /// @param permits how many there are
  /// @throws IllegalArgumentException if that is less than one
  public static Limit of(int permits) {
    if (permits < 1) {
      throw new IllegalArgumentException(
          "the limit is " + permits + "; at least one must be able to go on");
    }
    return new Limit(permits);
  }

  private static final class Wait extends WaitQueue.Wait {
    final int wanted;

    Wait(int wanted) {
      this.wanted = wanted;
    }

    @Override
    protected WaitKind kind() {
      return WaitKind.LIMIT;
    }
  }

  /// Somebody who holds permits.
  ///
  /// @param name the path of a task, or the name of a thread
  /// @param permits how many
  /// @since 0.1
  public record Holder(String name, int permits) {}

  /// Permits that [#close()] returns: for `try (var _ = limit.hold())`.
  ///
  /// @since 0.1
  public static final class Hold implements AutoCloseable {
    private final Limit limit;
    private final Object caller;
    private final int permits;
    private boolean closed; // guarded by the limit's lock

    private Hold(Limit limit, int permits) {
      this.limit = limit;
      this.caller = Caller.current();
      this.permits = permits;
    }

    /// Returns the permits. Without effect if called again.
    ///
    /// @throws IllegalStateException if they were released already by somebody else
    @Override
    public void close() {
      limit.end(this);
    }
  }

  /// Takes a permit, and waits for it if need be.
  ///
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  public void acquire() throws InterruptedException {
    acquire(1);
  }

  /// Takes several permits at once, and waits for them if need be.
  ///
  /// @param permits how many
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  /// @throws IllegalArgumentException if that is less than one, or more than there can ever be
  public void acquire(int permits) throws InterruptedException {
    acquire(permits, Kernel.FOREVER);
  }

  /// Takes a permit if one is available and nobody waits. Does not wait.
  ///
  /// @return whether the caller has it now
  public boolean tryAcquire() {
    return tryAcquire(1);
  }

  /// Takes several permits if they are available and nobody waits. Does not wait.
  ///
  /// @param permits how many
  /// @return whether the caller has them now; otherwise it has got nothing
  /// @throws IllegalArgumentException if that is less than one, or more than there can ever be
  public boolean tryAcquire(int permits) {
    check(permits);
    Waiter.step();
    synchronized (lock) {
      return takeIfAvailable(permits);
    }
  }

  /// Takes a permit, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether the caller has it now
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean tryAcquire(Duration timeout) throws InterruptedException {
    return tryAcquire(1, timeout);
  }

  /// Takes several permits at once, and waits for at most the given time.
  ///
  /// @param permits how many
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether the caller has them now; otherwise it has got nothing
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  /// @throws IllegalArgumentException if the timeout is negative, or the number less than one or
  ///   more than there can ever be
  public boolean tryAcquire(int permits, Duration timeout) throws InterruptedException {
    return acquire(permits, Times.deadline(Kernel.current(), timeout));
  }

  /// Returns a permit.
  ///
  /// @throws IllegalStateException if all permits are available
  public void release() {
    release(1);
  }

  /// Returns several permits. Any task may do so.
  ///
  /// @param permits how many
  /// @throws IllegalStateException if fewer are held; nothing is released then
  /// @throws IllegalArgumentException if that is less than one
  public void release(int permits) {
    if (permits < 1) {
      throw new IllegalArgumentException("release of " + permits + " permits; give at least one");
    }
    Waiter.step();
    WaitQueue.Wait woken;
    synchronized (lock) {
      if (permits > bound - available) {
        throw new IllegalStateException(
            "release of "
                + permits
                + ", but only "
                + (bound - available)
                + " of "
                + bound
                + " permits are held; release what was acquired, once");
      }
      int own = Math.min(permits, held.getOrDefault(Caller.current(), 0));
      if (own > 0) {
        giveBack(Caller.current(), own);
      }
      for (int left = permits - own; left > 0; ) {
        Map.Entry<Object, Integer> oldest = held.entrySet().iterator().next();
        int taken = Math.min(left, oldest.getValue());
        giveBack(oldest.getKey(), taken);
        left -= taken;
      }
      woken = serve();
    }
    WaitQueue.wake(woken);
  }

  /// Takes a permit until the end of a `try` block, and waits for it if need be.
  ///
  /// @return what returns it
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  public Hold hold() throws InterruptedException {
    return hold(1);
  }

  /// Takes several permits until the end of a `try` block, and waits for them if need be.
  ///
  /// @param permits how many
  /// @return what returns them
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; it has got nothing then
  /// @throws IllegalArgumentException if that is less than one, or more than there can ever be
  public Hold hold(int permits) throws InterruptedException {
    acquire(permits);
    return new Hold(this, permits);
  }

  /// Calls something under a permit, on this thread.
  ///
  /// @param call the work
  /// @param <T> the type of its value
  /// @return its value
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled before it has the permit
  /// @throws Exception what the call throws
  public <T extends @Nullable Object> T call(Call<T> call) throws Exception {
    Objects.requireNonNull(call, "call");
    try (var _ = hold()) {
      return call.call();
    }
  }

  /// Does something under a permit, on this thread.
  ///
  /// @param action the work
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled before it has the permit
  /// @throws Exception what the action throws
  public void run(Action action) throws Exception {
    Objects.requireNonNull(action, "action");
    try (var _ = hold()) {
      action.perform();
    }
  }

  /// {@return how many permits could be acquired at the moment}
  public int available() {
    synchronized (lock) {
      return available;
    }
  }

  /// {@return how many permits there are}
  public int bound() {
    return bound;
  }

  /// {@return who holds permits at the moment, in the order in which they came; unmodifiable}
  public List<Holder> holders() {
    List<Holder> holders = new ArrayList<>();
    held().forEach((caller, permits) -> holders.add(new Holder(Caller.name(caller), permits)));
    return List.copyOf(holders);
  }

  private Map<Object, Integer> held() {
    synchronized (lock) {
      return new LinkedHashMap<>(held);
    }
  }

  private void check(int permits) {
    if (permits < 1 || permits > bound) {
      throw new IllegalArgumentException(
          permits + " permits of a limit of " + bound + "; ask for 1 to " + bound);
    }
  }

  private boolean acquire(int permits, long deadline) throws InterruptedException {
    check(permits);
    Waiter.step();
    Waiter.checkInterrupt();
    Wait wait;
    synchronized (lock) {
      if (takeIfAvailable(permits)) {
        return true;
      }
      wait = new Wait(permits);
      waits.add(wait);
    }
    try {
      return waits.await(wait, this, deadline);
    } finally {
      if (!wait.isSettled()) {
        left();
      }
    }
  }

  private boolean takeIfAvailable(int permits) {
    if (permits > available || waits.next() != null) {
      return false;
    }
    take(Caller.current(), permits);
    return true;
  }

  private void take(Object caller, int permits) {
    available -= permits;
    held.merge(caller, permits, Integer::sum);
  }

  private void giveBack(Object caller, int permits) {
    available += permits;
    held.computeIfPresent(caller, (_, had) -> had == permits ? null : had - permits);
  }

  private void end(Hold hold) {
    Waiter.step();
    WaitQueue.Wait woken;
    synchronized (lock) {
      if (hold.closed) {
        return;
      }
      hold.closed = true;
      if (held.getOrDefault(hold.caller, 0) < hold.permits) {
        throw new IllegalStateException(
            "the permits of '"
                + Caller.name(hold.caller)
                + "' were released before its hold was closed; use either release() or close()");
      }
      giveBack(hold.caller, hold.permits);
      woken = serve();
    }
    WaitQueue.wake(woken);
  }

  /// Those behind one that has left may go on with less than it wanted.
  private void left() {
    WaitQueue.Wait woken;
    synchronized (lock) {
      woken = serve();
    }
    WaitQueue.wake(woken);
  }

  private WaitQueue.@Nullable Wait serve() {
    WaitQueue.Wait woken = null;
    for (Wait next = waits.next(); next != null && next.wanted <= available; next = waits.next()) {
      take(Caller.of(next), next.wanted);
      woken = waits.settle(next, woken);
    }
    return woken;
  }

  @Override
  public String toString() {
    return "Limit " + available() + " of " + bound + " available, held by " + holders();
  }
}
