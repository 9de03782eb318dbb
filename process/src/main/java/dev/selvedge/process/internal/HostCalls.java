package dev.selvedge.process.internal;

import dev.selvedge.TaskLocals;
import java.io.Serializable;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Who waits for whom among hosts: what a host knows to refuse calls that would wait for ever.
///
/// A request carries its *chain*: the hosts whose running calls wait for it. Two things are certain
/// deadlocks when a request reaches a host:
///
/// - its chain has this host: the call that runs here waits for the request (A → B → A);
/// - its chain has the host for which the call that runs here waits, and behind whose running call
///   that one stands in line (A → B while B → A, begun by two strangers).
///
/// In the second case each host notes for whom its call waits before it sends the request, so at
/// least one of the two finds the note of its own call when the other's request arrives.
final class HostCalls {
  private static final ThreadLocal<@Nullable Chain> CHAIN = new ThreadLocal<>();

  private final long own;
  private final ReentrantLock turn;
  private volatile long waitsFor; // of the call whose turn it is; 0 is nobody

  /// A host whose running call waits, and those that wait for that call.
  record Chain(long host, @Nullable Chain callers) implements Serializable {
    static final Chain NONE = new Chain(0, null);

    boolean contains(long id) {
      for (Chain at = this; at != null; at = at.callers) {
        if (at.host == id) {
          return true;
        }
      }
      return false;
    }
  }

  /// What was noted before.
  record Waiting(boolean isNoted, long before) {}

  /// @param own the host
  /// @param turn held by the thread whose call runs
  HostCalls(long own, ReentrantLock turn) {
    this.own = own;
    this.turn = turn;
    TaskLocals.register(CHAIN); // what a task calls that the object forks, the object waits for
  }

  /// {@return the chain of what this thread calls, or null if nobody waits for that}
  static @Nullable Chain chainOrNull() {
    Chain chain = CHAIN.get();
    return Chain.NONE.equals(chain) ? null : chain;
  }

  /// {@return the chain of what this thread calls}
  static Chain chain() {
    return Objects.requireNonNullElse(CHAIN.get(), Chain.NONE);
  }

  /// Notes that this thread's call, if it is the one that runs, waits for another host.
  Waiting begin(long host) {
    if (!turn.isHeldByCurrentThread()) {
      return new Waiting(false, 0);
    }
    long before = waitsFor;
    waitsFor = host;
    return new Waiting(true, before);
  }

  void end(Waiting waiting) {
    if (waiting.isNoted()) {
      waitsFor = waiting.before();
    }
  }

  /// Refuses a call that could never have its turn.
  ///
  /// @throws IllegalStateException if so
  void check(String what, Chain chain) {
    if (turn.isHeldByCurrentThread()) {
      return;
    }
    if (chain.contains(own)) {
      throw new IllegalStateException(
          what
              + " would wait for ever: the call that runs in its host waits for this one, by way of"
              + " another thread or host. Let an object call back after its own call has returned,"
              + " or give it what it needs as an argument");
    }
    long other = waitsFor;
    if (other != 0 && chain.contains(other)) {
      throw new IllegalStateException(
          what
              + " would wait for ever: the call that runs in its host waits for the host from which"
              + " this one comes. Let only one of the two call the other");
    }
  }

  /// Enters a call, for those that it makes itself.
  ///
  /// @return what to give to [#leave]
  Chain enter(Chain callers) {
    Chain before = chain();
    CHAIN.set(new Chain(own, callers));
    return before;
  }

  void leave(Chain before) {
    CHAIN.set(before);
  }
}
