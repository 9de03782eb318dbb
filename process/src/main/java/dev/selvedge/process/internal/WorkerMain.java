package dev.selvedge.process.internal;

import dev.selvedge.Action;
import dev.selvedge.Deadline;
import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.NotSerializableException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// The program of a worker process: takes tasks from the pool's socket and runs them, one at a
/// time.
///
/// Its standard input says where the socket is, and ends when the pool's process does, however that
/// ends; the worker then ends at once. Its standard output and error belong to the tasks.
public final class WorkerMain {
  /// The exit code of a worker whose pool has vanished.
  static final int ORPHANED = 113;

  private final Link link;
  private final Codecs codecs = Codecs.load(ClassLoader.getSystemClassLoader());
  private final Decoder decoder = new Decoder(codecs, ClassLoader.getSystemClassLoader());
  private final Encoder encoder = new Encoder(codecs); // used by the one thread of the pool
  private final Pool pool;
  private volatile @Nullable Running running;

  private record Running(long id, Task<?> task) {}

  private WorkerMain(Link link, String name) {
    this.link = link;
    this.pool = Pool.threads(1, options -> options.prefix(name + "-"));
  }

  /// Runs a worker.
  public static void main(String[] args) throws Exception {
    InputStream parent = System.in;
    var lines = new BufferedReader(new InputStreamReader(parent, StandardCharsets.UTF_8));
    String socket = Objects.requireNonNull(lines.readLine());
    String token = Objects.requireNonNull(lines.readLine());
    String name = Objects.requireNonNull(lines.readLine());
    System.setIn(InputStream.nullInputStream());
    Thread.ofPlatform().daemon().name("selvedge-parent").start(() -> endWith(parent));
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      Link link = new Link(channel);
      link.send(new Frame(Kind.HELLO, 0, ProcessHandle.current().pid(), token, null));
      new WorkerMain(link, name).serve();
    }
  }

  private static void endWith(InputStream parent) {
    try {
      while (parent.read() >= 0) {
        // the parent writes nothing more
      }
    } catch (IOException e) {
      // as good as its end
    }
    Runtime.getRuntime().halt(ORPHANED);
  }

  private void serve() throws IOException, InterruptedException {
    try (pool) {
      for (Frame frame = link.receive();
          frame != null && frame.kind() != Kind.END;
          frame = link.receive()) {
        switch (frame.kind()) {
          case INITIALIZE -> initialize(frame);
          case RUN -> run(frame);
          case CANCEL -> cancel(frame);
          default -> throw new IOException("a worker got " + frame.kind());
        }
      }
    }
  }

  private void initialize(Frame frame) throws InterruptedException {
    Task<?> task = pool.submit("initializer", () -> ((Action) opened(frame)).perform());
    task.join();
    if (task.state() == Task.State.SUCCESS) {
      send(Frame.of(Kind.READY, 0, ""));
    } else {
      fail(0, failure(task));
    }
  }

  private void run(Frame frame) {
    try {
      Callable<?> call = opened(frame);
      Task<?> task = start(frame, call);
      running = new Running(frame.id(), task);
      task.onDone(done -> report(frame.id(), done));
    } catch (Throwable e) {
      fail(frame.id(), e);
    }
  }

  private Task<?> start(Frame frame, Callable<?> call) throws Exception {
    return frame.number() < 0
        ? pool.submit(frame.text(), call::call)
        : Deadline.<Task<?>>within(
            Duration.ofNanos(frame.number()), () -> pool.submit(frame.text(), call::call));
  }

  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
  private <T> T opened(Frame frame) throws IOException {
    decoder.open(Objects.requireNonNull(frame.message()));
    try {
      return (T) decoder.read();
    } finally {
      decoder.reset();
    }
  }

  private void cancel(Frame frame) {
    Running now = running;
    if (now != null && now.id() == frame.id()) {
      now.task().cancel(frame.text());
    }
  }

  private void report(long id, Task<?> done) {
    if (done.state() == Task.State.SUCCESS) {
      try {
        send(new Frame(Kind.DONE, id, -1, "", packed(done.resultNow())));
      } catch (IOException | RuntimeException e) {
        var lost = new NotSerializableException("the value of the task cannot travel back: " + e);
        lost.initCause(e);
        fail(id, lost);
      }
    } else {
      fail(id, failure(done));
    }
  }

  private static Throwable failure(Task<?> task) {
    try {
      task.await();
      throw new AssertionError(task + " has not failed");
    } catch (dev.selvedge.TaskFailedException e) {
      return Objects.requireNonNullElse(e.getCause(), e);
    } catch (dev.selvedge.TaskCancelledException e) {
      return e.getCause() == null ? e : e.getCause();
    } catch (InterruptedException e) {
      return e;
    }
  }

  private void fail(long id, Throwable thrown) {
    Message message;
    try {
      message = packed(thrown);
    } catch (IOException | RuntimeException e) {
      message = packedSubstitute(thrown, e);
    }
    send(new Frame(Kind.FAILED, id, -1, "", message));
  }

  /// What is left of an exception that cannot travel: its text and its stack.
  private Message packedSubstitute(Throwable thrown, Exception why) {
    var substitute =
        new NotSerializableException(thrown + " (which could not travel back: " + why + ")");
    substitute.setStackTrace(thrown.getStackTrace());
    try {
      return packed(substitute);
    } catch (IOException e) {
      throw new AssertionError("a text and a stack travel", e);
    }
  }

  private synchronized Message packed(@Nullable Object value) throws IOException {
    try {
      encoder.write(value);
      return encoder.toMessage();
    } finally {
      encoder.reset();
    }
  }

  /// A worker that cannot reach its pool has nobody to work for.
  private void send(Frame frame) {
    try {
      link.send(frame);
    } catch (IOException e) {
      Runtime.getRuntime().halt(ORPHANED);
    }
  }
}
