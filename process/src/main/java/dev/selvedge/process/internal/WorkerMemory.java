package dev.selvedge.process.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// What a pool and one of its workers have in common: a word for each task that was sent, what the
/// worker has not sent yet, and, where native calls are allowed, a ring for each direction. It is
/// one file, which is gone as soon as both have it.
///
/// ```
/// ┌─────────────┬───────┬──────────────────┬────────────────────┐
/// │ slots: 64×8 │ draft │ ring to a worker │ ring from a worker │
/// └─────────────┴───────┴──────────────────┴────────────────────┘
/// ```
///
/// **Slots.** Tasks are sent before the worker has finished the last one, so that it never waits
/// for work. A task that was sent can still be taken back, and if the worker dies, one has to know
/// which it had begun. Both is decided in one word, by compare-and-set:
///
/// ```
///             pool: offer             worker: begin
///    (other) ────────────► OFFERED n ──────────────► BEGUN n
///                              │ pool: takeBack
///                              └─────────────────► WITHDRAWN n
/// ```
///
/// The number `n` of a task is in the word, and `n mod 64` is its slot. So a worker that reads a
/// task which was taken back finds another number or state, and skips it. The pool sends a task
/// only if all those that are 64 before it have ended.
final class WorkerMemory implements AutoCloseable {
  static final int SLOTS = 64;

  private static final long CAPACITY = 1 << 18;
  private static final long SLOT_BYTES = SLOTS * 8L;
  private static final long RING_BYTES = ByteRing.size(CAPACITY);
  private static final long RINGS = SLOT_BYTES + Draft.size();
  private static final long OFFERED = 1;
  private static final long BEGUN = 2;
  private static final long WITHDRAWN = 3;
  private static final int STATE_BITS = 2;
  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final Arena arena;
  private final Path file;
  private final MemorySegment memory;

  private WorkerMemory(Arena arena, Path file, MemorySegment memory) {
    this.arena = arena;
    this.file = file;
    this.memory = memory;
  }

  /// Makes the file.
  ///
  /// @param rings whether there shall be rings in it
  /// @throws IOException if there is no space for it, among others: every byte is written, for the
  ///   one who touches a page that is missing dies of it
  static WorkerMemory create(Path folder, boolean rings) throws IOException {
    Path file =
        folder.resolve("r-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet());
    UserFolder.createPrivateFile(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect((int) (rings ? RINGS + 2 * RING_BYTES : RINGS));
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
      WorkerMemory memory = open(file);
      if (rings) {
        memory.mute(true);
      }
      return memory;
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /// Maps the file that the other process has made.
  static WorkerMemory open(Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
      return new WorkerMemory(
          arena, file, channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  Path file() {
    return file;
  }

  /// Removes the name; the memory goes when both have closed.
  void unlink() throws IOException {
    Files.deleteIfExists(file);
  }

  /// {@return whether there are rings in it}
  boolean hasRings() {
    return memory.byteSize() > RINGS;
  }

  /// {@return how the names of the slabs begin in which a pool sends}
  static Path slabsOfPools(Path folder) {
    return folder.resolve("l-");
  }

  /// {@return how the names of the slabs begin in which the pool sends}
  Path slabsOfPool() {
    return slabsOfPools(Objects.requireNonNull(file.getParent()));
  }

  /// {@return how the names of the slabs begin in which the worker sends}
  Path slabsOfWorker() {
    return file.resolveSibling(file.getFileName() + "-l-");
  }

  /// {@return what the worker has not sent yet}
  Draft draft() {
    return new Draft(memory.asSlice(SLOT_BYTES, Draft.size()));
  }

  private ByteRing ring(int number, boolean readerSpins) {
    return new ByteRing(memory.asSlice(RINGS + number * RING_BYTES, RING_BYTES), readerSpins);
  }

  /// Says whether the worker cannot wake the pool yet.
  void mute(boolean isMute) {
    ring(0, false).mute(isMute);
    ring(1, false).mute(isMute);
  }

  /// {@return the end of the pool}
  Transport poolEnd() {
    return new RingTransport(ring(1, false), ring(0, false));
  }

  /// {@return the end of the worker}
  Transport workerEnd() {
    return new RingTransport(ring(0, true), ring(1, false));
  }

  private static long offset(long number) {
    return number % SLOTS * Long.BYTES;
  }

  private boolean move(long number, long from, long to) {
    return LONG.compareAndSet(
        memory, offset(number), number << STATE_BITS | from, number << STATE_BITS | to);
  }

  /// For the pool, before it sends the task.
  void offer(long number) {
    LONG.setVolatile(memory, offset(number), number << STATE_BITS | OFFERED);
  }

  /// For the pool: {@return whether the worker had not begun the task, and never will}
  boolean takeBack(long number) {
    return move(number, OFFERED, WITHDRAWN);
  }

  /// For the pool: {@return whether the worker has begun the task}
  boolean hasBegun(long number) {
    return (long) LONG.getAcquire(memory, offset(number)) == (number << STATE_BITS | BEGUN);
  }

  /// For the worker: {@return whether the task is still to be run}
  boolean begin(long number) {
    return move(number, OFFERED, BEGUN);
  }

  /// Unmaps the memory. Nobody may use it any more.
  @Override
  public void close() {
    arena.close();
  }
}
