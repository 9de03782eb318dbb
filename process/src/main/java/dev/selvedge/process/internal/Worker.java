package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Lexicon;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A worker process as its pool sees it.
///
/// ```
///   STARTING ──ready──► READY ──retire──► it ends when its tasks are done
///      │                  │                      │
///      └───── the process ends ◄─────────────────┘   exit, crash, kill after the grace
/// ```
///
/// It has two connections. Tasks and their outcomes go over the first, for which there are rings in
/// shared memory ([WorkerMemory]) where native calls are allowed, and a socket otherwise.
/// Cancellations go over the second, a socket, and are read by a thread of their own.
///
/// **Tasks ahead.** A worker gets its next tasks while it still runs one, if its tasks are short;
/// [#depth] says how many. What it has not begun can be taken back at any time, in order to cancel
/// it, or to give it to a worker that has nothing to do.
///
/// **The end.** The reader thread is the only one that sees outcomes and the end, in this order: it
/// reads everything that the worker has sent, and then the end of the connection, which the exit of
/// the process brings about if nothing else does. So a task whose outcome was sent before a crash
/// has that outcome; one that was begun is lost; one that was not goes back to the pool. Without
/// shared memory, for which there may be no space, a worker has one task at a time, and nobody
/// knows whether it was begun, so it counts as lost.
///
/// **A worker that stands still**, since somebody has stopped it for instance, does not begin its
/// tasks. So it is looked at now and then while it has some: if the oldest one was not begun, and
/// the next time neither it was nor any processor time spent, the worker is killed, and others run
/// them. (One that reads a large argument or collects garbage spends some.) A task that has begun
/// may take as long as its deadline says.
///
/// A lock guards what was sent. No other lock is taken while it is held, and nobody waits for the
/// worker with it.
public final class Worker {

  /// Who has the workers. Called by the worker's threads, without locks.
  public interface Owner {
    /// The worker is ready for its first task.
    void ready(Worker worker);

    /// The worker has one task less.
    void freed(Worker worker);

    /// The process has ended. Called once, before [#lost].
    ///
    /// @param failure why it never got ready, or null if it was
    /// @param notBegun the tasks to be given to others
    void ended(Worker worker, @Nullable Throwable failure, List<Assignment> notBegun);

    /// The process has ended while it ran a task.
    ///
    /// @param loss what is known about it
    void lost(Assignment assignment, WorkerLoss loss);
  }

  private static final int MAX_DEPTH = 16;
  private static final long AHEAD_NANOS = 500_000; // as much work as lies ready for a worker
  private static final long GUEST_NANOS = 500_000;
  private static final int MEAN_OF = 8;
  private static final long FIRST_LOOK_NANOS = 1_000_000;
  private static final long LONGEST_GAP_NANOS = 50_000_000;

  private static final long STILL_NANOS = 1_000_000_000;

  private final Owner owner;
  private final String name;
  private final ProcessOptions options;
  private final Process process;
  private final WorkerOutput out;
  private final WorkerOutput err;
  private final Lexicon ours;
  private final Lexicon theirs = new Lexicon();
  private final Decoder decoder; // of who reads
  private final Slabs slabs;
  private final @Nullable SlabViews views; // of who reads
  private final @Nullable WorkerMemory memory;
  private final boolean hasRings;
  private final CompletableFuture<@Nullable Link> connected = new CompletableFuture<>();

  private volatile int depth = 1;
  private volatile @Nullable String killedBecause;
  private boolean wasReady; // of who reads, as the next two
  private @Nullable Throwable startFailure;
  private long meanNanos;

  private final ReentrantLock reading = new ReentrantLock(); // who reads
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final ArrayDeque<Assignment> sent = new ArrayDeque<>(); // and not done, in this order
  private @Nullable Outbox data;
  private @Nullable Outbox control;
  private @Nullable Link controlLink;
  private final Message initializer;
  private long numbers;
  private int known; // how much of our lexicon it knows
  private boolean watched; // whether it stands still
  private Look look = new Look(0, Duration.ZERO);
  private boolean ended;

  /// Starts a process. It connects to the pool's socket, which calls [#connected].
  public Worker(
      Owner owner,
      String name,
      ProcessOptions options,
      Codecs codecs,
      Lexicon lexicon,
      Slabs slabs,
      Message initializer,
      Hub.Address address)
      throws IOException {
    this.owner = owner;
    this.name = name;
    this.options = options;
    this.ours = lexicon;
    this.slabs = slabs;
    this.decoder = new Decoder(codecs, Thread.currentThread().getContextClassLoader(), theirs);
    this.initializer = initializer;
    this.memory = memory(options);
    this.views = memory == null ? null : new SlabViews(memory.slabsOfWorker());
    this.hasRings = memory != null && memory.hasRings();
    String recording = WorkerRecordings.own().order();
    this.process = process(address, recording);
    WorkerRecordings.own().started(this, recording);
    this.out =
        new WorkerOutput(name, process.getInputStream(), StandardCharsets.UTF_8, () -> System.out);
    this.err =
        new WorkerOutput(name, process.getErrorStream(), StandardCharsets.UTF_8, () -> System.err);
    if (memory != null && hasRings) {
      start(new Link(memory.poolEnd()), Thread.ofPlatform().daemon()); // a futex holds its thread
    }
    Thread.ofPlatform().daemon().name(name + "-reader").start(this::live);
    process.onExit().thenRun(this::exited);
  }

  /// Where there is no room for it, sockets do.
  private static @Nullable WorkerMemory memory(ProcessOptions options) {
    boolean rings = Native.isAvailable() && !options.jvmOptions().contains(Native.FORBIDDEN);
    try {
      if (rings) {
        FutexLink.link();
      }
      return WorkerMemory.create(ProcessFolder.own().path(), rings);
    } catch (IOException e) {
      System.getLogger("dev.selvedge.process")
          .log(System.Logger.Level.WARNING, "no rings in shared memory, but sockets: " + e);
      return null;
    }
  }

  /// @param recording the order for what to record, or empty
  private Process process(Hub.Address address, String recording) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(WorkerCommand.of(options));
    builder.environment().putAll(options.environment());
    boolean started = false;
    try {
      Process child = builder.start();
      started = true;
      String file = memory == null ? "" : memory.file().toString();
      invite(
          child,
          String.join("\n", address.socket().toString(), address.token(), name, file, recording)
              + "\n");
      return child;
    } finally {
      if (!started && memory != null) {
        memory.unlink();
        memory.close();
      }
    }
  }

  /// Tells the worker where we are, over a pipe that is left open: its end is ours.
  private static void invite(Process child, String lines) {
    try {
      OutputStream in = child.getOutputStream();
      in.write(lines.getBytes(StandardCharsets.UTF_8));
      in.flush();
    } catch (IOException e) {
      // it has ended already, which is noticed, with its reasons
    }
  }

  /// {@return the pid}
  public long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// {@return its name}
  public String name() {
    return name;
  }

  // ---- connecting -----------------------------------------------------------------------------

  /// Takes the connection for control of this worker, whose first frame was read. Tasks may have
  /// been cancelled before it came.
  void connected(Link link) throws IOException {
    lock.lock();
    try {
      if (ended) {
        link.close();
        return;
      }
      controlLink = link;
      control = new Outbox(link, Thread.ofVirtual().name(name + "-control"));
      for (Assignment assignment : sent) {
        if (assignment.cancelled() != null) {
          tellCancelled(assignment);
        }
      }
      if (memory != null) {
        memory.unlink();
      }
    } finally {
      lock.unlock();
    }
    WorkerRecordings.own().connected(this);
  }

  /// Tells the worker what to record.
  ///
  /// @return whether it can be told
  boolean record(String order) {
    lock.lock();
    try {
      if (control == null || ended) {
        return false;
      }
      control.post(Frame.of(Kind.RECORD, 0, order));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes the connection for tasks of a worker that uses no rings.
  void dataConnected(Link link) {
    start(link, Thread.ofVirtual());
  }

  private void start(Link link, Thread.Builder writer) {
    if (views != null) {
      link.share(slabs, views);
    }
    Outbox outbox = new Outbox(link, writer.name(name + "-writer"));
    lock.lock();
    try {
      if (ended) {
        closeQuietly(link);
        return;
      }
      data = outbox;
      learn(outbox);
      outbox.post(new Frame(Kind.INITIALIZE, 0, options.hasInitializer() ? 1 : 0, "", initializer));
    } finally {
      lock.unlock();
    }
    connected.complete(link);
  }

  /// Sends what the worker does not know of the lexicon. With the lock held.
  private void learn(Outbox outbox) {
    int size = ours.size();
    if (known < size) {
      outbox.post(
          new Frame(Kind.LEARN, 0, -1, "", new Message(ours.entries(known, size), List.of())));
      known = size;
    }
  }

  // ---- tasks ----------------------------------------------------------------------------------

  /// {@return how many tasks it should have at most, one of which it runs}
  public int depth() {
    return depth;
  }

  /// Gives the worker a task that has begun.
  ///
  /// @return false if it has ended
  public boolean run(Assignment assignment) {
    PoolTask task = assignment.task();
    lock.lock();
    try {
      Outbox outbox = data;
      if (ended || outbox == null) {
        return false;
      }
      long number = ++numbers;
      assignment.give(this, number);
      sent.add(assignment);
      if (memory != null) {
        memory.offer(number);
      }
      learn(outbox);
      if (assignment.reports().size() > 0) {
        outbox.post(new Frame(Kind.SKIP, number, assignment.reports().size(), "", null));
      }
      outbox.post(new Frame(Kind.RUN, number, timeLeft(task), title(task), assignment.work()));
      watch();
    } finally {
      lock.unlock();
    }
    Transfers.sent(assignment, name);
    if (hasLimit()) {
      killAfterLimit(assignment, FIRST_LOOK_NANOS);
    }
    if (assignment.cancelled() != null) {
      cancel(assignment);
    }
    return true;
  }

  /// With the lock held.
  private void watch() {
    if (memory != null && !watched) {
      watched = true;
      Kernel kernel = Kernel.system();
      kernel.at(kernel.nanoTime() + STILL_NANOS, this::look);
    }
  }

  /// What was seen of the worker.
  ///
  /// @param notBegun its oldest task, if that was not begun, or 0
  private record Look(long notBegun, Duration processorTime) {}

  private void look() {
    Duration spent = process.info().totalCpuDuration().orElse(Duration.ZERO);
    boolean standsStill;
    lock.lock();
    try {
      watched = false;
      Assignment oldest = sent.peek();
      if (memory == null || ended || oldest == null) {
        return;
      }
      Look now = new Look(memory.hasBegun(oldest.number()) ? 0 : oldest.number(), spent);
      standsStill = now.notBegun != 0 && now.equals(look);
      look = now;
      watch();
    } finally {
      lock.unlock();
    }
    if (standsStill) {
      kill("was killed, since it stood still and began no task");
    }
  }

  /// {@return the path of a task, how much of it is the name, and its number}
  private static String title(PoolTask task) {
    return task.name().length() + "," + task.id() + ":" + task.path();
  }

  /// {@return how long the task may run, in nanoseconds, or -1 for ever}
  private long timeLeft(PoolTask task) {
    long left = task.remaining().map(Duration::toNanos).map(n -> Math.max(0, n)).orElse(-1L);
    if (!hasLimit()) {
      return left;
    }
    long limit = options.limit().toNanos();
    return left < 0 ? limit : Math.min(left, limit);
  }

  private boolean hasLimit() {
    return !options.limit().equals(ProcessOptions.FOREVER);
  }

  /// {@return the memory that it takes, as Linux counts it, or 0 where that is not known}
  long residentBytes() {
    return ProcessStat.residentBytes(pid());
  }

  /// {@return whether it can be given a task now without a doubt about its slot}
  public boolean hasSlot() {
    lock.lock();
    try {
      Assignment oldest = sent.peek();
      return oldest == null || numbers + 1 - oldest.number() < WorkerMemory.SLOTS;
    } finally {
      lock.unlock();
    }
  }

  /// Takes back the task that it would run last, if there is one that it has not begun.
  public @Nullable Assignment takeBack() {
    lock.lock();
    try {
      Iterator<Assignment> last = sent.descendingIterator();
      while (last.hasNext()) {
        Assignment assignment = last.next();
        if (assignment.cancelled() == null && withdraw(assignment)) {
          last.remove();
          return assignment;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// {@return whether the worker had not begun it, and never will} With the lock held.
  private boolean withdraw(Assignment assignment) {
    return memory != null && !ended && memory.takeBack(assignment.number());
  }

  /// Stops a task that was cancelled, if it is with this worker.
  void cancel(Assignment assignment) {
    boolean withdrawn;
    lock.lock();
    try {
      if (ended || !sent.contains(assignment)) {
        return;
      }
      withdrawn = withdraw(assignment);
      if (withdrawn) {
        sent.remove(assignment);
      } else {
        tellCancelled(assignment);
      }
    } finally {
      lock.unlock();
    }
    if (withdrawn) {
      owner.freed(this);
      assignment.withdraw();
    } else {
      killAfter(options.grace(), assignment, "after its cancellation");
    }
  }

  /// With the lock held.
  private void tellCancelled(Assignment assignment) {
    if (control != null) {
      String why = Objects.requireNonNull(assignment.cancelled()).describe();
      control.post(Frame.of(Kind.CANCEL, assignment.number(), why));
    }
  }

  /// Counts the limit from when the task begins, which the first one of a new worker may not do at
  /// once.
  private void killAfterLimit(Assignment assignment, long gap) {
    if (!isWaiting(assignment)) {
      killAfter(options.limit().plus(options.grace()), assignment, "after its time limit");
      return;
    }
    Kernel kernel = Kernel.system();
    assignment.killer(
        kernel.at(
            kernel.nanoTime() + gap,
            () -> killAfterLimit(assignment, Math.min(2 * gap, LONGEST_GAP_NANOS))));
  }

  /// {@return whether it was sent, and its worker has surely not begun it}
  private boolean isWaiting(Assignment assignment) {
    lock.lock();
    try {
      return memory != null
          && !ended
          && sent.contains(assignment)
          && !memory.hasBegun(assignment.number());
    } finally {
      lock.unlock();
    }
  }

  private void killAfter(Duration time, Assignment assignment, String what) {
    Kernel kernel = Kernel.system();
    Kernel.Alarm alarm =
        kernel.at(
            kernel.nanoTime() + time.toNanos(),
            () -> {
              if (has(assignment)) {
                kill(
                    "was killed, since its task '"
                        + assignment.task().name()
                        + "' went on "
                        + options.grace().toMillis()
                        + " ms "
                        + what);
              }
            });
    assignment.killer(alarm);
    if (!has(assignment)) {
      alarm.cancel();
    }
  }

  private boolean has(Assignment assignment) {
    lock.lock();
    try {
      return sent.contains(assignment);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Assignment find(long number) {
    lock.lock();
    try {
      for (Assignment assignment : sent) {
        if (assignment.number() == number) {
          return assignment;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private boolean remove(Assignment assignment) {
    lock.lock();
    try {
      return sent.remove(assignment);
    } finally {
      lock.unlock();
    }
  }

  // ---- the reader -----------------------------------------------------------------------------

  private void live() {
    Link link = connected.join();
    if (link != null) {
      read(link);
    }
    try {
      end(link);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The process is gone: its connection ends too, whatever it left open.
  private void exited() {
    connected.complete(null);
    Link link = connected.join();
    lock.lock();
    try {
      if (hasRings && !ended) {
        closeQuietly(link);
      }
    } finally {
      lock.unlock();
    }
  }

  private static void closeQuietly(@Nullable Link link) {
    try {
      if (link != null) {
        link.close();
      }
    } catch (IOException e) {
      // it is closed then
    }
  }

  private void read(Link link) {
    boolean more = true;
    while (more) {
      try {
        more = link.awaitInput() && readSome(link);
      } catch (IOException | RuntimeException | Error e) { // such as no memory for an outcome
        broken(e);
        more = false;
      }
    }
  }

  /// Reads what is there. By one thread at a time: the reader or a guest.
  ///
  /// @return whether there may be more to come
  private boolean readSome(Link link) throws IOException {
    reading.lock();
    try {
      do {
        Frame frame = link.receive();
        if (frame == null) {
          return false;
        }
        receive(frame);
      } while (link.hasInput());
      return true;
    } finally {
      reading.unlock();
    }
  }

  private void broken(Throwable why) {
    if (process.isAlive()) {
      String what = why instanceof IOException ? why.getMessage() : why.toString();
      kill("was killed, since its connection broke: " + what);
    }
  }

  /// Reads the outcome of a task on the thread that is about to wait for it, in place of the
  /// reader, which sleeps meanwhile. Only if that is the worker's only task: the outcomes of
  /// others, and what their callbacks do, are none of this thread's business. Not on a virtual
  /// thread, whose carrier it would hold.
  void hasten(Assignment assignment) {
    Link link = connected.getNow(null);
    if (!hasRings || link == null || Thread.currentThread().isVirtual() || !reading.tryLock()) {
      return;
    }
    long end = System.nanoTime() + GUEST_NANOS;
    try {
      for (long left = GUEST_NANOS;
          left > 0 && isOnly(assignment);
          left = end - System.nanoTime()) {
        if (!link.hasInput()) {
          link.awaitBriefly(left);
        }
        if (link.hasInput()) {
          readSome(link);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      broken(e);
    } finally {
      leave(link);
    }
  }

  private void leave(Link link) {
    reading.unlock();
    lock.lock();
    try {
      if (!ended) {
        link.passOn();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isOnly(Assignment assignment) {
    lock.lock();
    try {
      return !ended && sent.size() == 1 && assignment.equals(sent.peek());
    } finally {
      lock.unlock();
    }
  }

  private void receive(Frame frame) throws IOException {
    switch (frame.kind()) {
      case READY -> {
        wasReady = true;
        AotCache cache = WorkerCommand.cache(options);
        if (cache != null) {
          cache.prepare();
        }
        owner.ready(this);
      }
      case LEARN -> theirs.learn(message(frame).bytes());
      case PIECE ->
          reports(frame, frame.number()).append(message(frame).bytes(), (int) frame.number());
      case REPORT -> {
        reports(frame, 1).append(message(frame), decoder);
        free(message(frame));
      }
      case DONE, FAILED -> outcome(frame);
      default -> throw new IOException("it sent " + frame.kind());
    }
  }

  private void free(Message read) {
    if (views != null) {
      views.free(read.large());
    }
  }

  private static Message message(Frame frame) throws IOException {
    Message message = frame.message();
    if (message == null) {
      throw new IOException("a frame is corrupt: " + frame.kind() + " without a message");
    }
    return message;
  }

  /// {@return the reports on a chunk, to which so many are to be added}
  private ChunkReports reports(Frame frame, long more) throws IOException {
    Assignment assignment = find(frame.id());
    if (assignment == null || more > assignment.elements() - assignment.reports().size()) {
      throw new IOException("it reports on what it does not have");
    }
    return assignment.reports();
  }

  private void outcome(Frame frame) throws IOException {
    Message message = message(frame);
    boolean failed = frame.kind() == Kind.FAILED;
    long begin = Transfers.now();
    Object value;
    try {
      decoder.open(message);
      value = decoder.read();
    } catch (IOException e) {
      failed = true;
      value = ChunkReports.unreadable(e);
    } finally {
      decoder.reset();
      free(message);
    }
    if (frame.id() == 0) {
      startFailure = (Throwable) value;
      kill("was ended, since its initializer failed");
      return;
    }
    Assignment assignment = find(frame.id());
    if (assignment == null) {
      return; // taken back meanwhile, or never sent
    }
    Transfers.received(assignment, name, message, begin);
    ChunkReports reports = assignment.reports();
    reports.readPieces(decoder); // while it has not ended: there may be no memory for it
    boolean byElement = assignment.isChunk() && assignment.cancelled() == null;
    if (byElement && !failed && reports.size() < assignment.elements()) {
      throw new IOException("it ended a chunk without a report on each element");
    }
    if (remove(assignment)) {
      took(frame.number());
      assignment.done();
      reports.took(frame.number());
      owner.freed(this); // before callbacks, which may take long
      if (byElement) {
        assignment.succeedAsReported(failed ? (Throwable) value : null);
      } else {
        report(assignment, failed, value);
      }
    }
  }

  private static void report(Assignment assignment, boolean failed, @Nullable Object value) {
    if (failed) {
      assignment.fail((Throwable) Objects.requireNonNull(value));
    } else {
      assignment.succeed(value);
    }
  }

  private void took(long nanos) {
    if (memory != null && !hasLimit()) { // which is counted from when the task is sent
      meanNanos = meanNanos == 0 ? nanos : meanNanos + (nanos - meanNanos) / MEAN_OF;
      depth = Math.clamp(AHEAD_NANOS / Math.max(meanNanos, 1), 1, MAX_DEPTH);
    }
  }

  // ---- the end --------------------------------------------------------------------------------

  /// Lets the worker end when its tasks are done; kills it after the grace.
  public void retire() {
    lock.lock();
    try {
      if (data != null) {
        data.post(Frame.of(Kind.END, 0, ""));
      }
    } finally {
      lock.unlock();
    }
    Kernel kernel = Kernel.system();
    kernel.at(
        kernel.nanoTime() + options.grace().toNanos(),
        () -> kill("was killed, since it did not end when it was told to"));
  }

  /// Ends the process at once.
  public void kill(String why) {
    if (process.isAlive()) {
      killedBecause = why;
      process
          .toHandle()
          .destroyForcibly(); // the other one closes its streams, and loses its last words
    }
  }

  /// Waits until the process has ended.
  public void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  private void end(@Nullable Link link) throws InterruptedException {
    if (!process.waitFor(options.grace().toMillis(), TimeUnit.MILLISECONDS)) {
      kill("was killed, since it closed its connection and went on");
    }
    int code = process.waitFor();
    WorkerRecordings.own().ended(this);
    List<Assignment> begun = new ArrayList<>();
    List<Assignment> notBegun = new ArrayList<>();
    release(link, begun, notBegun);
    if (wasReady) {
      owner.ended(
          this, null, notBegun); // the next one need not wait for the last words of this one
      awaitOutput();
    } else {
      awaitOutput();
      owner.ended(this, startFailure(), notBegun);
    }
    for (Assignment assignment : begun) {
      assignment.done();
      assignment.reports().readPieces(decoder);
      owner.lost(assignment, loss(code, killedBecause));
    }
  }

  private void awaitOutput() throws InterruptedException {
    out.awaitEnd();
    err.awaitEnd();
  }

  /// Lets go of the connections, and says which tasks were left.
  private void release(@Nullable Link link, List<Assignment> begun, List<Assignment> notBegun) {
    lock.lock();
    try {
      for (Assignment assignment : sent) {
        if (withdraw(assignment)) {
          notBegun.add(assignment);
        } else {
          begun.add(assignment);
          recover(assignment);
        }
      }
      sent.clear();
      ended = true;
    } finally {
      lock.unlock();
    }
    reading.lock(); // a guest that is there leaves; one that comes sees that it has ended
    try {
      disconnect(link);
    } finally {
      reading.unlock();
    }
  }

  private void recover(Assignment assignment) {
    if (memory != null && assignment.isChunk()) {
      memory.draft().recover(assignment.number(), assignment.reports());
    }
  }

  private void disconnect(@Nullable Link link) {
    closeQuietly(link);
    closeQuietly(controlLink);
    for (Outbox outbox : new @Nullable Outbox[] {data, control}) {
      if (outbox != null) {
        outbox.close();
      }
    }
    if (memory != null) {
      try {
        memory.unlink();
      } catch (IOException e) {
        // its folder is removed later
      }
      memory.close();
    }
    if (views != null) {
      views.close();
      views.deleteAll();
    }
  }

  private Throwable startFailure() {
    return startFailure != null
        ? startFailure
        : loss(process.exitValue(), "could not start").exception(null);
  }

  private WorkerLoss loss(int code, @Nullable String why) {
    return new WorkerLoss(name, pid(), code, why, err.lastLines(), crashReport());
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
