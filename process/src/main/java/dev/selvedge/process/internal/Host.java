package dev.selvedge.process.internal;

import dev.selvedge.Deadline;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Fn;
import dev.selvedge.process.Hosted;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.HostCalls.Chain;
import dev.selvedge.process.internal.HostLine.Frame;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A host from inside: its objects, whose turn it is, and the guests, one for each connection.
///
/// **The life of a call**, on the thread of its guest:
///
/// ```
///   read ──► QUEUED ──turn──► RUNNING ──► answer written ──► turn ends ──► answer sent
///     │        │                 │
///     │        │ interrupt       │ interrupt: what the object makes of it
///     │        ▼                 ▼
///     └──► CANCELLED          the answer is nobody's any more
/// ```
///
/// The turn is a fair lock, so calls have it in the order in which they came; no thread of its own
/// runs the object, since handing a call over would cost as much as all the rest. The answer is
/// *written* during the turn, as the next call may change what this one returned, and *sent* after
/// it, as the caller may read slowly.
///
/// Nobody holds anything else while he waits for the turn, and what waits for itself through other
/// hosts is refused ([HostCalls]).
final class Host {
  private static final int CANCELLED_KEYS = 1 << 12;
  private static volatile @Nullable Host current;

  private final HostAddress address;
  private final Codecs codecs;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final HostCalls calls;
  private final Map<Long, Entry> objects = new ConcurrentHashMap<>(); // by number
  private final Map<Object, Entry> entries =
      Collections.synchronizedMap(new IdentityHashMap<>()); // by object
  private final AtomicLong numbers = new AtomicLong();
  private volatile boolean ending;

  private final Map<Long, HostGuest> guests = new HashMap<>(); // by key; guarded by itself
  // keys that were cancelled before their greeting was read; guarded by guests
  private final Set<Long> cancelled = Collections.newSetFromMap(new Recent<>());

  private record Entry(Class<?> type, Object object, Hosted<?> handle) {}

  /// A map of the latest entries.
  private static final class Recent<V> extends LinkedHashMap<Long, V> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, V> eldest) {
      return size() > CANCELLED_KEYS;
    }
  }

  Host(HostAddress address, Codecs codecs) {
    this.address = address;
    this.codecs = codecs;
    this.calls = new HostCalls(address.id(), turn);
    current = this;
  }

  /// {@return the host that this process is, or null}
  static @Nullable Host current() {
    return current;
  }

  HostAddress address() {
    return address;
  }

  HostCalls calls() {
    return calls;
  }

  Codecs codecs() {
    return codecs;
  }

  // ---- objects --------------------------------------------------------------------------------

  /// Hosts an object.
  <T> Hosted<T> add(Class<T> type, T object) {
    HostedHandle.checkInterface(type);
    long number = numbers.incrementAndGet();
    var ref = new HostedRef(address, type, number);
    Runnable closer = () -> remove(number);
    Hosted<T> handle = new HostedHandle<>(ref, type, HostRoute.to(address), closer);
    var entry = new Entry(type, type.cast(object), handle);
    entries.put(object, entry);
    objects.put(number, entry);
    return handle;
  }

  private void remove(long number) {
    Entry entry = objects.remove(number);
    if (entry != null) {
      entries.remove(entry.object, entry);
    }
  }

  /// {@return a hosted object's proxy in its place, where that is of the type; or the value itself}
  private @Nullable Object proxied(@Nullable Object value, Class<?> result) {
    Entry entry = entries.get(value);
    return entry != null && result.isAssignableFrom(entry.type) ? entry.handle.object() : value;
  }

  // ---- calls ----------------------------------------------------------------------------------

  private interface Work {
    @Nullable Object run() throws Throwable;
  }

  /// @param callers the chain of calls that wait for it
  private record Request(String what, Class<?> result, Chain callers, Work work) {}

  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final Kind kind;
    private final Serializable reason;

    Refused(Kind kind, Serializable reason) {
      super(null, null, false, false);
      this.kind = kind;
      this.reason = reason;
    }
  }

  /// Runs a call and writes its answer.
  ///
  /// @param detached takes what goes beside the answer, copied
  /// @return the kind of the answer
  Kind answer(Frame frame, Decoder in, Encoder out, List<MemorySegment> detached) {
    try {
      Request request = read(frame, in);
      calls.check(request.what, request.callers);
      return frame.second() < 0
          ? inTurn(request, out, detached)
          : Deadline.within(Duration.ofNanos(frame.second()), () -> inTurn(request, out, detached));
    } catch (Refused e) {
      return write(out, e.kind, e.reason);
    } catch (InterruptedException | DeadlineExceededException e) {
      return Kind.CANCELLED;
    } catch (Exception e) {
      return write(out, Kind.REFUSED, e);
    }
  }

  /// As [#answer], for a call from this process.
  <R> R answerHere(
      Kind kind, long number, Message message, BiFunction<Kind, @Nullable Object, R> result)
      throws IOException {
    Decoder decoder = new Decoder(codecs, ClassLoader.getSystemClassLoader());
    decoder.open(message);
    Encoder encoder = new Encoder(codecs);
    var frame = new Frame(kind, number, -1);
    Kind answered = answer(frame, decoder, encoder, new java.util.ArrayList<>());
    decoder.open(encoder.toMessage());
    return result.apply(answered, decoder.hasNext() ? decoder.read() : null);
  }

  private Request read(Frame frame, Decoder in) throws Refused {
    try {
      return request(frame, in);
    } catch (IOException e) {
      throw new Refused(
          Kind.REFUSED,
          new UncheckedIOException("a call cannot be read by the host " + address + ": " + e, e));
    } finally {
      in.reset();
    }
  }

  private Request request(Frame frame, Decoder in) throws IOException, Refused {
    Entry entry = objects.get(frame.first());
    if (entry == null) {
      throw new Refused(Kind.GONE, "the handle by which the host " + address + " had it is closed");
    }
    Chain callers = Objects.requireNonNullElse((Chain) in.read(), Chain.NONE);
    return frame.kind() == Kind.APPLY ? apply(entry, callers, in) : call(entry, callers, in);
  }

  @SuppressWarnings("unchecked")
  private static Request apply(Entry entry, Chain callers, Decoder in) throws IOException {
    var fn = (Fn<Object, Object>) Objects.requireNonNull(in.read());
    String what = entry.type.getSimpleName() + ".call";
    return new Request(what, Object.class, callers, () -> fn.apply(entry.object));
  }

  private Request call(Entry entry, Chain callers, Decoder in) throws IOException, Refused {
    String name = (String) Objects.requireNonNull(in.read());
    Method method = HostMethods.of(entry.type).method(name);
    if (method == null) {
      throw new Refused(
          Kind.REFUSED,
          new IllegalStateException(
              "the "
                  + entry.type.getName()
                  + " of the host "
                  + address
                  + " has no method "
                  + name));
    }
    @Nullable Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = in.read();
    }
    return new Request(
        entry.type.getSimpleName() + "." + method.getName(),
        method.getReturnType(),
        callers,
        () -> invoke(method, entry.object, arguments));
  }

  private static @Nullable Object invoke(Method method, Object object, @Nullable Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(object, arguments);
    } catch (InvocationTargetException e) {
      throw Objects.requireNonNull(e.getCause());
    }
  }

  private Kind inTurn(Request request, Encoder out, List<MemorySegment> detached)
      throws InterruptedException {
    turn.lockInterruptibly();
    try {
      return ending
          ? write(out, Kind.GONE, "the host " + address + " ends")
          : run(request, out, detached);
    } finally {
      turn.unlock();
    }
  }

  private Kind run(Request request, Encoder out, List<MemorySegment> detached) {
    Chain before = calls.enter(request.callers);
    try {
      Object value = proxied(request.work.run(), request.result);
      return writeValue(request, out, value, detached);
    } catch (Throwable e) {
      return hasPassed() ? Kind.CANCELLED : writeThrown(request, out, e);
    } finally {
      calls.leave(before);
    }
  }

  private static boolean hasPassed() {
    return Deadline.current().filter(deadline -> deadline.remaining().isNegative()).isPresent();
  }

  // ---- answers --------------------------------------------------------------------------------

  private static Kind writeValue(
      Request request, Encoder out, @Nullable Object value, List<MemorySegment> detached) {
    try {
      out.write(value);
      for (MemorySegment large : out.large()) { // the next call may change the array
        detached.add(HostLine.allocate(large.byteSize()).copyFrom(large));
      }
      return Kind.VALUE;
    } catch (CannotTravelException e) {
      return write(
          out,
          Kind.REFUSED,
          new UncheckedIOException(
              "the result of " + request.what + " cannot travel back: " + e.getMessage(), e));
    }
  }

  private static Kind writeThrown(Request request, Encoder out, Throwable thrown) {
    try {
      out.write(thrown);
      return Kind.THROWN;
    } catch (CannotTravelException e) {
      String text = thrown + " (thrown by " + request.what + ", and could not travel back: " + e;
      var substitute = new NotSerializableException(text + ")");
      substitute.setStackTrace(thrown.getStackTrace());
      return write(out, Kind.REFUSED, new UncheckedIOException(text + ")", substitute));
    }
  }

  /// Writes something that travels.
  private static Kind write(Encoder out, Kind kind, Object value) {
    try {
      out.write(value);
      return kind;
    } catch (CannotTravelException e) {
      throw new IllegalStateException(value + " cannot travel", e);
    }
  }

  // ---- guests ---------------------------------------------------------------------------------

  /// Lets in who knows the token.
  void accept(ServerSocketChannel server) {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        HostGuest guest = new HostGuest(this, channel);
        Thread.ofPlatform().daemon().name(address.name() + "-guest").start(guest);
      }
    } catch (IOException e) {
      // closed
    }
  }

  /// Takes a guest in who has given his key.
  ///
  /// @return false if he has been cancelled before
  boolean admit(HostGuest guest, long key) {
    synchronized (guests) {
      if (cancelled.remove(key)) {
        return false;
      }
      guests.put(key, guest);
      return true;
    }
  }

  void leave(HostGuest guest, long key) {
    synchronized (guests) {
      guests.remove(key, guest);
    }
  }

  /// Ends what a guest has asked for, and returns when it has stopped.
  void cancel(long key) throws InterruptedException {
    HostGuest guest;
    synchronized (guests) {
      guest = guests.get(key);
      if (guest == null) {
        cancelled.add(key); // he has left, or is not here yet
        return;
      }
    }
    guest.cancel();
    guest.awaitEnd();
  }

  /// Refuses what is queued, interrupts what runs, and waits until that has stopped, but not longer
  /// than the grace.
  void end() throws InterruptedException {
    ending = true;
    List<HostGuest> all;
    synchronized (guests) {
      all = List.copyOf(guests.values());
    }
    all.forEach(HostGuest::interrupt);
    boolean hasStopped = turn.tryLock(address.grace(), TimeUnit.NANOSECONDS);
    assert hasStopped || turn.isLocked(); // the end comes in either case
  }
}
