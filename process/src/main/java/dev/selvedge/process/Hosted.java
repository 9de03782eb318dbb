package dev.selvedge.process;

import dev.selvedge.Fn;
import dev.selvedge.Stability;
import dev.selvedge.process.internal.HostedHandle;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/// An object that lives in a process of its own, its *host*, and is called from others.
///
/// ```java
/// interface Counter {
///   long add(long delta);
/// }
///
/// try (ProcessPool pool = …; Hosted<Counter> counter = pool.host(Counter.class, CounterImpl::new)) {
///   Counter proxy = counter.object();
///   proxy.add(1);                                             // runs in the host
///   pool.submit(() -> proxy.add(1)).await();                  // the same object, from a worker
///   counter.call(c -> c.add(c.add(0)));                       // both without others in between
/// }
/// ```
///
/// **Order.** A host runs one call at a time, in the order in which they reach it; those of one
/// thread reach it in the order of the program. What one call did is visible to the next. The calls
/// are run by different threads of the host.
///
/// **What travels.** Arguments, functions and results are copied, as for a pool
/// ([dev.selvedge.process.codec.Encoder]). An argument that cannot travel fails its call with an
/// [IllegalArgumentException] that names it, a result with an [java.io.UncheckedIOException]; the
/// object goes on. Only the hosted object itself is never copied: a method that returns it gives a
/// proxy.
///
/// **Handles and proxies travel, too**: captured by a call, or as arguments and results, they stand
/// for the same object in every process of this user on this machine.
///
/// **Failures.** What the object throws is thrown to its caller, with its type and the stack that
/// it had in the host, below which the caller's own begins. A checked exception that a method does
/// not declare comes as an [java.lang.reflect.UndeclaredThrowableException]. When the host has
/// ended, calls fail with [HostLostException]; the object is lost with it, and not made again.
///
/// **Cancellation.** Interrupting a caller, as cancellations and deadlines do, takes its call out
/// of the queue, or interrupts it in the host; the caller waits until it has stopped, but not
/// longer than the [grace][ProcessOptions#grace]. Then it gets an [InterruptedException] if the
/// method declares that, or else a [dev.selvedge.TaskCancelledException], and the interrupt flag is
/// set again. It does not learn what came of the call. The time that is left until the caller's
/// deadline travels with each call.
///
/// **Calls back.** An object may call itself through its proxy; such a call is run in place. A call
/// that would wait for one that waits for it, on another thread or through another host, is refused
/// with [IllegalStateException]. Other deadlocks, of three hosts or with tasks that an object
/// forks, are not found out; set deadlines.
///
/// **Life.** The object lives until the handle that [ProcessPool#host] returned is closed, or the
/// pool is, or the process of the pool ends, however it does; references to it, wherever they are,
/// neither keep it alive nor end it. For results of a call that shall be called themselves, see
/// [#here].
///
/// **A call costs** a message there and one back, some tens of microseconds. To call without
/// waiting, fork a task that calls.
///
/// The methods `equals`, `hashCode` and `toString` of a proxy are answered where it is: two proxies
/// are equal if they stand for the same object. Default methods of the interface are run in the
/// host.
///
/// Thread-safe.
///
/// @param <T> the interface
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public interface Hosted<T> extends AutoCloseable, Serializable {

  /// {@return the proxy: each of its methods calls the object and waits for what comes back}
  T object();

  /// Runs a function on the object in its host, as one call: no other comes in between.
  ///
  /// ```java
  /// long sold = stock.call(s -> s.count() >= 3 ? s.take(3) : 0);
  /// ```
  ///
  /// @param fn gets the object itself, not the proxy; must be able to travel
  /// @param <R> the type of its value
  /// @return its value
  /// @throws IllegalArgumentException if the function cannot travel
  /// @throws HostLostException if the host has ended
  /// @throws InterruptedException if the caller was interrupted
  /// @throws Exception what the function throws
  <R extends @Nullable Object> R call(Fn<? super T, ? extends R> fn) throws Exception;

  /// {@return the pid of the host}
  long pid();

  /// Ends the object.
  ///
  /// On the handle that [ProcessPool#host] returned it ends the host: calls that wait there are
  /// refused, one that runs is interrupted, shutdown hooks are run, and what has not ended after
  /// the [grace][ProcessOptions#grace] is killed. It returns when the process is gone. On a handle
  /// made by [#here] it makes that object unreachable. On handles that have travelled, and if
  /// called again, it has no effect.
  @Override
  void close();

  /// Hosts another object in the host that runs this code, for callers elsewhere.
  ///
  /// ```java
  /// final class Accounts implements Bank {
  ///   public Account open(String name) {
  ///     return Hosted.here(Account.class, new AccountImpl(name)).object();   // not a copy
  ///   }
  /// }
  /// ```
  ///
  /// It shares the turn of the objects that are there: one call at a time for all of them. It lives
  /// as long as the host does, whoever still refers to it, unless its handle is closed before; so a
  /// proxy is good wherever it was stored, and a host that makes objects without end needs memory
  /// without end.
  ///
  /// @param type its interface
  /// @param object the object
  /// @param <T> the same
  /// @return a handle
  /// @throws IllegalArgumentException if the type is no interface
  /// @throws IllegalStateException if this process is no host
  static <T> Hosted<T> here(Class<T> type, T object) {
    return HostedHandle.here(type, object);
  }
}
