package dev.selvedge.process.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.Deadline;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.Tasks;
import dev.selvedge.process.HostLostException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.internal.HostLine.Frame;
import dev.selvedge.process.internal.HostLine.Kind;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The way from this process to a host: connections, each of which serves one caller at a time.
///
/// ```
///   caller            this process                     host
///   proxy.add(1) ──► takes an idle connection, or a new one
///                    request  ────────────────────►  the guest of the connection reads it,
///                    reads on the caller's thread     waits for its turn, calls,
///                    answer   ◄────────────────────   and answers
///                    puts the connection back
/// ```
///
/// No thread but the caller's and the guest's touches a call, on its way there or back; the one
/// thread for all answers that was the alternative costs two more switches of threads. The price is
/// a connection, and a thread in the host, for each of the callers that wait at the same time, of
/// which there are at most [#CALLERS] from one process: more would only wait in the host. (Tried:
/// virtual threads, which are woken by way of the JDK's pollers, that look for their answer for
/// some 30 µs before they wait. On busy cores it costs more than it saves.)
///
/// **An interrupt** closes the connection under the caller. It is the end of that connection for
/// the host, too, which may not have seen it yet, or be running its call: the caller tells so over
/// another one (`CANCEL`), and waits there until the call has stopped or the grace is over. As the
/// key of a connection is never used again, it does not matter which of `CANCEL` and the request
/// the host reads first.
///
/// **The end of the host** ends its connections. Callers learn of it by that; how it ended is known
/// to the process that started it only ([HostProcess]).
final class HostRoute {
  /// How many calls from one process are under way to a host at once.
  private static final int CALLERS = 32;

  /// How long a caller whose call was cancelled by its deadline in the host waits until the same
  /// deadline is noticed here.
  private static final Duration SAME_DEADLINE = Duration.ofSeconds(1);

  private static final Map<Long, WeakReference<HostRoute>> ROUTES = new ConcurrentHashMap<>();
  private static final Cleaner CLEANER = Cleaner.create();

  private final HostAddress host;
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Codecs codecs = Codecs.load(loader);
  private final ConcurrentLinkedDeque<HostLine> idle = new ConcurrentLinkedDeque<>();
  private final Semaphore callers = new Semaphore(CALLERS, true);
  private volatile @Nullable HostProcess process; // in the process that has started it

  private HostRoute(HostAddress host) {
    this.host = host;
    var lines = idle;
    long id = host.id();
    CLEANER.register(
        this,
        () -> {
          ROUTES.computeIfPresent(id, (_, route) -> route.refersTo(null) ? null : route);
          closeAll(lines);
        });
  }

  /// {@return the way to a host, the same for all handles}
  static HostRoute to(HostAddress host) {
    while (true) {
      WeakReference<HostRoute> known =
          ROUTES.compute(
              host.id(),
              (_, route) ->
                  route == null || route.refersTo(null)
                      ? new WeakReference<>(new HostRoute(host))
                      : route);
      HostRoute route = known.get();
      if (route != null) {
        return route;
      }
    }
  }

  /// Says that this process has started the host.
  void own(HostProcess started) {
    process = started;
  }

  // ---- calls ----------------------------------------------------------------------------------

  /// What writes the rest of a request.
  @FunctionalInterface
  interface Contents {
    void write(Encoder out);
  }

  private record Answer(Kind kind, @Nullable Object value) {}

  /// Calls an object, and waits for what comes back.
  ///
  /// @param kind a method or a function
  /// @param number the object
  /// @param what the call in words
  /// @throws Throwable what the object throws
  @Nullable Object call(Kind kind, long number, String what, Contents contents) throws Throwable {
    Host here = Host.current();
    if (here != null && here.address().id() == host.id()) {
      Answer answer = callHere(here, kind, number, contents);
      if (answer.kind() == Kind.CANCELLED) {
        throw new InterruptedException("interrupted while it waited for its turn to call " + what);
      }
      return value(answer, what);
    }
    callers.acquire();
    try {
      if (here == null) {
        return value(exchange(kind, number, what, contents), what);
      }
      HostCalls.Waiting waiting = here.calls().begin(host.id());
      try {
        return value(exchange(kind, number, what, contents), what);
      } finally {
        here.calls().end(waiting);
      }
    } finally {
      callers.release();
    }
  }

  private Answer exchange(Kind kind, long number, String what, Contents contents)
      throws InterruptedException {
    HostLine line = line(what);
    boolean isGood = false;
    try {
      write(line.encoder(), contents);
      line.send(kind, number, remaining());
      Frame frame = line.receive();
      if (frame == null) {
        throw lost(what, null);
      }
      Answer answer = answer(frame, line);
      isGood = true;
      return answer;
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw stopped(line.key(), what);
    } catch (IOException e) {
      throw lost(what, e);
    } catch (IllegalArgumentException e) {
      isGood = true; // an argument stays here
      throw e;
    } finally {
      if (isGood) {
        idle.push(line);
      } else {
        line.close();
      }
    }
  }

  private static void write(Encoder encoder, Contents contents) {
    try {
      HostedProxy.write(encoder, HostCalls.chainOrNull(), () -> "the chain of calls");
      contents.write(encoder);
    } catch (RuntimeException | Error e) {
      encoder.reset();
      throw e;
    }
  }

  private static long remaining() {
    Optional<Deadline> deadline = Deadline.current();
    return deadline.isEmpty() ? -1 : Math.max(0, deadline.get().remaining().toNanos());
  }

  private static Answer answer(Frame frame, HostLine line) {
    Object value;
    try {
      value = line.decoder().hasNext() ? line.decoder().read() : null;
    } catch (IOException e) {
      value = new UncheckedIOException("what came back cannot be read here: " + e, e);
      return new Answer(Kind.REFUSED, value);
    } finally {
      line.decoder().reset();
    }
    return new Answer(frame.kind(), value);
  }

  /// A call of an object of this process: written and read as any other, but run on this thread.
  private Answer callHere(Host here, Kind kind, long number, Contents contents) throws IOException {
    Encoder encoder = new Encoder(codecs);
    write(encoder, contents);
    return here.answerHere(kind, number, encoder.toMessage(), Answer::new);
  }

  private @Nullable Object value(Answer answer, String what) throws Throwable {
    return switch (answer.kind()) {
      case VALUE -> answer.value();
      case THROWN -> throw Stacks.joined((Throwable) Objects.requireNonNull(answer.value()));
      case REFUSED -> throw (Throwable) Objects.requireNonNull(answer.value());
      case GONE -> throw new HostLostException(what + " has no object: " + answer.value(), null);
      case CANCELLED -> throw cancelledThere(what);
      default -> throw new IllegalStateException(what + " was answered with " + answer.kind());
    };
  }

  // ---- cancellation ---------------------------------------------------------------------------

  /// Has a call stopped whose connection an interrupt has closed.
  private InterruptedException stopped(long key, String what) {
    Kernel kernel = Kernel.system();
    boolean hasStopped = false;
    try (HostLine line = connect()) {
      Kernel.Alarm alarm = kernel.at(kernel.nanoTime() + host.grace(), line::close);
      try {
        line.send(Kind.CANCEL, key, -1);
        hasStopped = line.receive() != null;
      } finally {
        alarm.cancel();
      }
    } catch (ClosedByInterruptException e) {
      Thread.interrupted(); // a second interrupt: it does not want to wait for the end
    } catch (AsynchronousCloseException e) {
      // after the grace
    } catch (IOException e) {
      hasStopped = true; // with its host
    }
    return new InterruptedException(
        "interrupted while it waited for "
            + what
            + " in the host "
            + host
            + (hasStopped ? ", which has stopped" : ", where it goes on"));
  }

  /// The host was the first to notice that the deadline has passed, which it got from here. Here it
  /// is noticed at any moment, as an interrupt.
  private static InterruptedException cancelledThere(String what) {
    try {
      Thread.sleep(SAME_DEADLINE);
    } catch (InterruptedException e) {
      return e;
    }
    return new InterruptedException(what + " was cancelled in its host");
  }

  /// {@return what is thrown by a method that does not declare the interrupt}
  static TaskCancelledException cancelled(String what, InterruptedException interrupt) {
    Thread.currentThread().interrupt();
    CancelReason why =
        Tasks.current()
            .flatMap(Task::cancelReason)
            .orElse(new CancelReason.Requested("the thread that called it was interrupted"));
    return new TaskCancelledException(what, why, interrupt);
  }

  // ---- connections ----------------------------------------------------------------------------

  private HostLine line(String what) throws InterruptedException {
    HostLine line = idle.poll(); // the one that was used last
    if (line != null) {
      return line;
    }
    try {
      return connect();
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw new InterruptedException("interrupted before it called " + what);
    } catch (IOException e) {
      throw lost(what, e);
    }
  }

  private HostLine connect() throws IOException {
    long key = ThreadLocalRandom.current().nextLong();
    return HostLine.connect(Path.of(host.socket()), host.token(), key, codecs, loader);
  }

  private HostLostException lost(String what, @Nullable IOException failure) {
    closeAll(idle);
    HostProcess mine = process;
    return mine != null
        ? mine.lost(what, failure)
        : new HostLostException(
            what
                + " has lost its object: its host "
                + host
                + " is gone; the process that started it may know more",
            failure);
  }

  /// Closes the connections that nobody uses.
  void close() {
    closeAll(idle);
  }

  private static void closeAll(ConcurrentLinkedDeque<HostLine> lines) {
    for (HostLine line = lines.poll(); line != null; line = lines.poll()) {
      line.close();
    }
  }
}
