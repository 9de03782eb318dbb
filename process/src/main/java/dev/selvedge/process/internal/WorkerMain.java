package dev.selvedge.process.internal;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.DeadlineExceededException;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.Tasks;
import dev.selvedge.internal.Tracing;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Lexicon;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.NotSerializableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// The program of a worker process: takes tasks from its pool and runs them, one at a time, on its
/// main thread, which is the one that waits for them: so no time is lost between the arrival of a
/// task and its start. Another thread waits for cancellations.
///
/// Its standard input says where the pool is. The connection for control ends when the pool's
/// process does, however that ends; the worker then ends at once. Its standard output and error
/// belong to the tasks.
///
/// **A cancellation can come early**: after the pool has seen that the task was begun, and before
/// this process has noted which task it runs. So the number is left in [#cancelled] first, and the
/// task looks there once it is noted. One number is enough: the next one can only come for the next
/// task.
public final class WorkerMain {
  /// The exit code of a worker whose pool has vanished.
  static final int ORPHANED = 113;

  private static final Running NOTHING = new Running(0, null);

  /// What the pool says to a new worker, a line each.
  ///
  /// @param memory the file that both have, or empty
  /// @param recording the order for what to record, or empty
  private record Invitation(
      String socket, String token, String name, String memory, String recording) {
    static Invitation read(InputStream from) throws IOException {
      var lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
      return new Invitation(line(lines), line(lines), line(lines), line(lines), line(lines));
    }

    private static String line(BufferedReader lines) throws IOException {
      return Objects.requireNonNull(lines.readLine(), "the pool has vanished");
    }

    Link connect(Kind as) throws IOException {
      var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      Link link = new Link(channel);
      link.send(new Frame(as, 0, ProcessHandle.current().pid(), token, null));
      return link;
    }
  }

  private record Running(long number, @Nullable Task<?> task) {}

  private record CancelRequest(long number, String why) {}

  /// The initializer. (Neither this nor [Noted] is a lambda: that would be a serializable one,
  /// which no AOT cache keeps, and making it takes a new worker ten milliseconds.)
  private record Initializing(WorkerMain worker, Frame frame) implements Call<@Nullable Void> {
    @Override
    public @Nullable Void call() throws Exception {
      ((Action) worker.opened(frame)).perform();
      return null;
    }
  }

  /// A task, which can be cancelled from now on.
  private record Noted(WorkerMain worker, Frame frame, Callable<?> work)
      implements Call<@Nullable Object> {
    @Override
    public @Nullable Object call() throws Exception {
      Running now = new Running(frame.id(), Tasks.current().orElseThrow());
      worker.running = now;
      worker.cancelIfAsked(now);
      return work.call();
    }
  }

  /// Runs tasks where they are submitted.
  private static final class InPlace extends AbstractPool {
    InPlace(String name) {
      super(name, Kernel.system(), Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS), 1);
    }

    /// @param title the path of a task, how much of it is the name, and the task's number where it
    ///   comes from, as the pool writes it
    /// @param nanos that are left, or -1
    Task<?> run(String title, long nanos, Call<@Nullable Object> call) {
      int comma = title.indexOf(',');
      int colon = title.indexOf(':', comma);
      int name = title.length() - Integer.parseInt(title, 0, comma, 10);
      Tracing.runsFor(this, Long.parseLong(title, comma + 1, colon, 10));
      groupPath(name > colon + 1 ? title.substring(colon + 1, name - 1) : "");
      return nanos < 0
          ? this.<@Nullable Object>submit(title.substring(name), call)
          : this.<@Nullable Object>submitWithin(
              title.substring(name), Duration.ofNanos(nanos), call);
    }

    @Override
    protected void launch(Ticket ticket) {
      ticket.run();
    }
  }

  private final Link data;
  private final @Nullable WorkerMemory memory;
  private final Draft draft;
  private final Invitation invitation;
  private final InPlace pool;
  private final Decoder decoder;
  private final Encoder encoder;
  private final @Nullable Slabs slabs;
  private final WorkerRecorder recorder = new WorkerRecorder();
  private final Lexicon theirs = new Lexicon();
  private final Lexicon ours = new Lexicon();
  private int told; // how much of our lexicon the pool knows
  private int skipped; // elements of the next chunk

  private volatile boolean ending;
  private volatile Running running = NOTHING;
  private volatile CancelRequest cancelled = new CancelRequest(0, "");

  private WorkerMain(Link data, @Nullable WorkerMemory memory, Invitation invitation) {
    this.data = data;
    this.memory = memory;
    this.draft =
        memory == null
            ? new Draft(Arena.ofAuto().allocate(Draft.size(), Long.BYTES))
            : memory.draft();
    this.slabs = memory == null ? null : new Slabs(memory::slabsOfWorker);
    if (memory != null && slabs != null) {
      data.share(slabs, new SlabViews(memory.slabsOfPool()));
    }
    this.invitation = invitation;
    this.pool = new InPlace(invitation.name());
    Tracing.isWorker(pool, invitation.name());
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    Codecs codecs = Codecs.load(loader);
    this.decoder = new Decoder(codecs, loader, theirs);
    this.encoder = new Encoder(codecs, ours);
  }

  /// Runs a worker.
  public static void main(String[] args) throws Exception {
    Invitation invitation = Invitation.read(System.in);
    System.setIn(InputStream.nullInputStream());
    Thread.currentThread().setName(invitation.name());
    WorkerMemory memory = memory(invitation.memory()); // mapped until the end
    try (Link data =
        memory != null && memory.hasRings()
            ? new Link(memory.workerEnd())
            : invitation.connect(Kind.DATA)) {
      new WorkerMain(data, memory, invitation).serve();
    }
  }

  private static @Nullable WorkerMemory memory(String file) throws IOException {
    return file.isEmpty() ? null : WorkerMemory.open(Path.of(file));
  }

  // ---- control --------------------------------------------------------------------------------

  private void link() {
    if (memory != null && memory.hasRings()) {
      FutexLink.link();
      memory.mute(false);
    }
  }

  private void obey() {
    try (Link control = invitation.connect(Kind.HELLO)) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> letGo(control), "selvedge-end"));
      for (Frame frame = control.receive(); frame != null; frame = control.receive()) {
        switch (frame.kind()) {
          case CANCEL -> {
            cancelled = new CancelRequest(frame.id(), frame.text());
            cancelIfAsked(running);
          }
          case RECORD -> recorder.obey(frame.text());
          default -> throw new IOException("a worker got " + frame.kind());
        }
      }
    } catch (IOException e) {
      // as good as its end
    } catch (IllegalStateException e) {
      return; // this process ends already
    }
    if (!ending) {
      Runtime.getRuntime().halt(ORPHANED);
    }
  }

  /// A thread that is in a system call would hold up the end of the JVM, for a third of a second.
  private void letGo(Link control) {
    ending = true;
    try {
      control.close();
    } catch (IOException e) {
      // then the end takes longer
    }
  }

  private void cancelIfAsked(Running now) {
    CancelRequest request = cancelled;
    if (now.task() != null && now.number() == request.number()) {
      now.task().cancel(request.why());
    }
  }

  // ---- tasks ----------------------------------------------------------------------------------

  private void serve() throws IOException, InterruptedException {
    if (!invitation.recording().isEmpty()) {
      recorder.obey(invitation.recording());
    }
    for (Frame frame = data.receive();
        frame != null && frame.kind() != Kind.END;
        frame = data.receive()) {
      switch (frame.kind()) {
        case LEARN -> theirs.learn(message(frame).bytes());
        case INITIALIZE -> initialize(frame);
        case SKIP -> skipped = (int) frame.number();
        case RUN -> run(frame);
        default -> throw new IOException("a worker got " + frame.kind());
      }
    }
    pool.close();
    recorder.stop();
  }

  private static Message message(Frame frame) {
    return Objects.requireNonNull(frame.message());
  }

  private void initialize(Frame frame) {
    boolean mayTakeLong = frame.number() > 0;
    if (mayTakeLong) {
      completeStart();
    }
    Task<?> task = pool.<@Nullable Void>submit("initializer", new Initializing(this, frame));
    if (task.state() != Task.State.SUCCESS) {
      fail(0, 0, failure(task));
      return;
    }
    send(Frame.of(Kind.READY, 0, ""));
    if (!mayTakeLong) {
      completeStart();
    }
  }

  /// Begins what takes time and can wait until the pool knows that this worker is ready, unless
  /// that takes long: only the connection tells of the end of the pool.
  private void completeStart() {
    Thread.ofPlatform().daemon().name("selvedge-control").start(this::obey);
    Thread.ofPlatform().daemon().name("selvedge-link").start(this::link);
  }

  private void run(Frame frame) {
    if (memory != null && !memory.begin(frame.id())) {
      return; // taken back
    }
    long start = System.nanoTime();
    try {
      Callable<?> call = opened(frame);
      boolean isChunk = ChunkFn.elements(call) > 0;
      Pieces pieces = new Pieces(frame.id(), skipped);
      if (isChunk) {
        draft.begin(frame.id(), skipped);
        ChunkFn.reportTo(pieces);
      }
      skipped = 0;
      Task<?> task = pool.run(frame.text(), frame.number(), new Noted(this, frame, call));
      running = NOTHING;
      if (isChunk) {
        pieces.flush();
        encoder.reset();
      }
      report(frame.id(), System.nanoTime() - start, task);
    } catch (Throwable e) {
      fail(frame.id(), System.nanoTime() - start, e);
    }
  }

  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
  private <T> T opened(Frame frame) throws IOException {
    decoder.open(message(frame));
    try {
      return (T) decoder.read();
    } finally {
      decoder.reset();
    }
  }

  // ---- outcomes -------------------------------------------------------------------------------

  /// Sends reports on a chunk as pieces of a message, so that what they have in common is sent
  /// once. Those that were not sent yet are in the [#draft].
  private final class Pieces implements ChunkFn.Sink {
    private final long number;
    private final int skipped;
    private int done; // bytes of the message that were sent or are in the draft

    Pieces(long number, int skipped) {
      this.number = number;
      this.skipped = skipped;
    }

    @Override
    public int skipped() {
      return skipped;
    }

    @Override
    public void add(@Nullable Object report) {
      try {
        encoder.write(report);
        if (encoder.large().isEmpty()) {
          learn();
          piece();
        } else {
          encoder.reset();
          alone(packed(report));
        }
      } catch (CannotTravelException | RuntimeException e) {
        alone(packedFailure(report, e));
      } catch (IOException e) {
        Runtime.getRuntime().halt(ORPHANED);
      }
    }

    private void piece() {
      if (!draft.add(encoder, done)) {
        flush();
        if (!draft.add(encoder, done)) {
          ByteBuffer large = ByteBuffer.allocate(encoder.length() - done);
          encoder.copyTo(large, done, encoder.length());
          send(1, large.flip());
        }
      }
      if (memory == null) {
        flush(); // the draft would not outlive this process
      }
      done = encoder.length();
    }

    /// Sends what is in the draft.
    void flush() {
      if (draft.count() > 0) {
        send(draft.count(), draft.bytes());
      }
    }

    private void send(int count, ByteBuffer piece) {
      try {
        data.sendPiece(number, count, piece);
        draft.sent(count);
      } catch (IOException e) {
        Runtime.getRuntime().halt(ORPHANED);
      }
    }

    private void alone(Message message) {
      flush();
      WorkerMain.this.send(new Frame(Kind.REPORT, number, -1, "", message));
      draft.sent(1);
      done = 0;
    }
  }

  private Message packedFailure(@Nullable Object report, Exception why) {
    Throwable instead =
        report instanceof ChunkFn.Failed(Throwable thrown)
            ? substitute(thrown, why)
            : lostValue(why);
    try {
      return packed(new ChunkFn.Failed(instead));
    } catch (IOException e) {
      throw new AssertionError("a text and a stack travel", e);
    }
  }

  private static Throwable lostValue(Exception why) {
    var lost = new NotSerializableException("the value of the task cannot travel back: " + why);
    lost.initCause(why);
    return lost;
  }

  private void report(long number, long nanos, Task<?> done) {
    if (done.state() == Task.State.SUCCESS) {
      try {
        send(new Frame(Kind.DONE, number, nanos, "", packed(done.resultNow())));
      } catch (IOException | RuntimeException e) {
        fail(number, nanos, lostValue(e));
      }
    } else {
      fail(number, nanos, failure(done));
    }
  }

  private static Throwable failure(Task<?> task) {
    try {
      task.await();
      throw new AssertionError(task + " has not failed");
    } catch (TaskFailedException e) {
      return Objects.requireNonNullElse(e.getCause(), e);
    } catch (TaskCancelledException e) {
      if (task.cancelReason().orElseThrow() instanceof CancelReason.DeadlineExpired(var deadline)) {
        return new DeadlineExceededException(deadline);
      }
      return e.getCause() == null ? e : e.getCause();
    } catch (InterruptedException e) {
      return e;
    }
  }

  private void fail(long number, long nanos, Throwable thrown) {
    try {
      send(new Frame(Kind.FAILED, number, nanos, "", packed(thrown)));
    } catch (IOException | RuntimeException e) {
      fail(number, nanos, substitute(thrown, e));
    }
  }

  /// What is left of an exception that cannot travel: its text and its stack.
  private static Throwable substitute(Throwable thrown, Exception why) {
    var substitute =
        new NotSerializableException(thrown + " (which could not travel back: " + why + ")");
    substitute.setStackTrace(thrown.getStackTrace());
    return substitute;
  }

  private Message packed(@Nullable Object value) throws IOException {
    try {
      encoder.write(value);
      List<MemorySegment> large = encoder.large();
      List<MemorySegment> given = slabs == null || large.isEmpty() ? null : slabs.give(large);
      return given == null ? encoder.toMessage() : new Message(encoder.toByteArray(), given);
    } finally {
      encoder.reset();
    }
  }

  /// Sends a frame, and before it what its message needs of the lexicon. A worker that cannot reach
  /// its pool has nobody to work for.
  private void send(Frame frame) {
    try {
      learn();
      data.send(frame);
    } catch (IOException e) {
      Runtime.getRuntime().halt(ORPHANED);
    }
  }

  private void learn() throws IOException {
    int size = ours.size();
    if (told < size) {
      data.send(new Frame(Kind.LEARN, 0, -1, "", new Message(ours.entries(told, size), List.of())));
      told = size;
    }
  }
}
