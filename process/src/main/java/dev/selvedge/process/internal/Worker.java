package dev.selvedge.process.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.WorkerLostException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A worker process as its pool sees it: one process, one connection, one task at a time.
///
/// ```
///   STARTING ──ready──► IDLE ◄──outcome──┐
///      │                 ├──run──► BUSY ──┘
///      │                 │          │
///      └───── the process ends ◄────┴── crash, kill after the grace, System.exit
/// ```
///
/// The reader thread is the only one that sees outcomes and the end, in this order: it reads
/// everything that the worker has sent, and then the end of the stream. So a task whose outcome was
/// sent before a crash has that outcome, and one that was still running is lost, never both.
///
/// What is sent goes through a queue to a thread of its own: those who submit and cancel must not
/// wait for a worker that is stopped or reads slowly.
public final class Worker {

  /// Who has the workers. Called by the worker's threads, without locks.
  public interface Owner {
    /// The worker is ready for its first task, or for the next one.
    void ready(Worker worker);

    /// The process has ended. Called once, after the outcome of its last task.
    ///
    /// @param failure why it never got ready, or null if it was
    void ended(Worker worker, @Nullable Throwable failure);
  }

  private static final Frame CLOSE = Frame.of(Kind.END, -1, "");

  private record Assignment(PoolTask task, long id) {}

  private final Owner owner;
  private final String name;
  private final ProcessOptions options;
  private final Process process;
  private final WorkerOutput out;
  private final WorkerOutput err;
  private final Decoder decoder;
  private final LinkedBlockingQueue<Frame> outgoing = new LinkedBlockingQueue<>();

  private volatile @Nullable Assignment assigned;
  private volatile @Nullable String killedBecause;
  private volatile Kernel.@Nullable Alarm killer;
  private volatile boolean wasReady;
  private @Nullable Throwable startFailure; // the reader's
  private int tasks; // changed by the one who has the worker

  /// Starts a process. It connects to the pool's socket, which calls [#connected].
  public Worker(
      Owner owner, String name, ProcessOptions options, Codecs codecs, Path socket, String token)
      throws IOException {
    this.owner = owner;
    this.name = name;
    this.options = options;
    this.decoder = new Decoder(codecs, Thread.currentThread().getContextClassLoader());
    ProcessBuilder builder = new ProcessBuilder(WorkerCommand.of(options));
    builder.environment().putAll(options.environment());
    this.process = builder.start();
    this.out =
        new WorkerOutput(name, process.getInputStream(), StandardCharsets.UTF_8, () -> System.out);
    this.err =
        new WorkerOutput(name, process.getErrorStream(), StandardCharsets.UTF_8, () -> System.err);
    var in = process.getOutputStream(); // left open: its end is ours
    in.write((socket + "\n" + token + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    in.flush();
    Thread.ofVirtual().name(name + "-start").start(this::watchStart);
  }

  /// A process that ends before it has connected has no reader to tell of its end.
  private void watchStart() {
    try {
      process.waitFor();
      if (!wasConnected) {
        err.awaitEnd();
        owner.ended(this, startFailure(null));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private volatile boolean wasConnected;

  /// {@return the pid}
  public long pid() {
    return process.pid();
  }

  /// {@return its name}
  public String name() {
    return name;
  }

  /// Takes the connection of this worker, whose first message was read.
  public void connected(SocketChannel channel, Link link, Message initializer) {
    wasConnected = true;
    outgoing.add(new Frame(Kind.INITIALIZE, 0, -1, "", initializer));
    Thread.ofVirtual().name(name + "-writer").start(() -> write(link));
    Thread.ofVirtual().name(name + "-reader").start(() -> read(channel, link));
  }

  // ---- tasks ----------------------------------------------------------------------------------

  /// Gives the worker a task, which has not begun.
  ///
  /// @return false if the task was cancelled meanwhile; the worker is still ready
  public boolean run(PoolTask task, Message work) {
    long remaining =
        task.remaining().map(Duration::toNanos).map(left -> Math.max(0, left)).orElse(-1L);
    Assignment assignment = new Assignment(task, task.id());
    if (!task.begin(why -> cancel(assignment, why))) {
      return false;
    }
    tasks++;
    assigned = assignment;
    outgoing.add(new Frame(Kind.RUN, assignment.id, remaining, task.name(), work));
    return true;
  }

  /// {@return whether it has run as many tasks as it may}
  public boolean isWornOut() {
    return tasks >= options.maxTasksPerWorker();
  }

  private void cancel(Assignment assignment, CancelReason why) {
    outgoing.add(Frame.of(Kind.CANCEL, assignment.id, why.describe()));
    Kernel kernel = Kernel.system();
    Kernel.Alarm alarm =
        kernel.at(
            kernel.nanoTime() + options.grace().toNanos(),
            () -> {
              if (assignment.equals(assigned)) {
                kill(
                    "was killed, since its task '"
                        + assignment.task.name()
                        + "' went on "
                        + options.grace().toMillis()
                        + " ms after its cancellation");
              }
            });
    killer = alarm;
    if (!assignment.equals(assigned)) {
      alarm.cancel();
    }
  }

  private @Nullable PoolTask take(long id) {
    Assignment now = assigned;
    if (now == null || now.id != id) {
      return null;
    }
    assigned = null;
    Kernel.Alarm alarm = killer;
    if (alarm != null) {
      alarm.cancel();
    }
    return now.task;
  }

  // ---- the connection -------------------------------------------------------------------------

  private void write(Link link) {
    try {
      for (Frame frame = outgoing.take(); ; frame = outgoing.take()) {
        link.send(frame);
        if (frame.equals(CLOSE)) {
          return;
        }
      }
    } catch (IOException e) {
      // the reader learns of the end, too
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(SocketChannel channel, Link link) {
    try (channel) {
      for (Frame frame = link.receive(); frame != null; frame = link.receive()) {
        receive(frame);
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        kill("was killed, since its connection broke: " + e.getMessage());
      }
    }
    try {
      ended();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(Frame frame) throws IOException {
    switch (frame.kind()) {
      case READY -> {
        wasReady = true;
        owner.ready(this);
      }
      case DONE, FAILED -> outcome(frame);
      default -> throw new IOException("it sent " + frame.kind());
    }
  }

  private void outcome(Frame frame) {
    Object value;
    boolean failed = frame.kind() == Kind.FAILED;
    try {
      decoder.open(Objects.requireNonNull(frame.message()));
      value = decoder.read();
    } catch (IOException e) {
      failed = true;
      value = new IOException("what the task returned or threw cannot be read here: " + e, e);
    } finally {
      decoder.reset();
    }
    if (frame.id() == 0) {
      startFailure = (Throwable) value;
      kill("was ended, since its initializer failed");
      return;
    }
    PoolTask task = take(frame.id());
    if (task == null) {
      return;
    }
    owner.ready(this); // before callbacks, which may take long
    if (failed) {
      task.fail((Throwable) Objects.requireNonNull(value));
    } else {
      task.succeed(value);
    }
  }

  // ---- the end --------------------------------------------------------------------------------

  /// Lets the worker end when its task is done; kills it after the grace.
  public void retire() {
    outgoing.add(CLOSE);
    Kernel kernel = Kernel.system();
    kernel.at(
        kernel.nanoTime() + options.grace().toNanos(),
        () -> kill("was killed, since it did not end when it was told to"));
  }

  /// Ends the process at once.
  public void kill(String why) {
    if (process.isAlive()) {
      killedBecause = why;
      process.destroyForcibly();
    }
  }

  /// Waits until the process has ended.
  public void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  private void ended() throws InterruptedException {
    if (!process.waitFor(options.grace().toMillis(), TimeUnit.MILLISECONDS)) {
      kill("was killed, since it closed its connection and went on");
    }
    int code = process.waitFor();
    out.awaitEnd();
    err.awaitEnd();
    outgoing.add(CLOSE); // ends the writer
    Assignment lost = assigned;
    PoolTask task = lost == null ? null : take(lost.id);
    owner.ended(this, wasReady ? null : startFailure(startFailure));
    if (task != null) {
      task.fail(
          new WorkerLostException(
              name, pid(), code, killedBecause, err.lastLines(), crashReport()));
    }
  }

  private Throwable startFailure(@Nullable Throwable cause) {
    return cause != null
        ? cause
        : new WorkerLostException(
            name, pid(), process.exitValue(), "could not start", err.lastLines(), crashReport());
  }

  private @Nullable Path crashReport() {
    Path report = Path.of("hs_err_pid" + pid() + ".log").toAbsolutePath();
    return Files.exists(report) ? report : null;
  }

  @Override
  public String toString() {
    return "worker '" + name + "', pid " + pid();
  }
}
