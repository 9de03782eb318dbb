package dev.selvedge.process.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Shared memory for large arrays and memory that go beside messages: they are copied into it once,
/// when the message is made, and out of it once, into the array that they become ([SlabViews]). The
/// message itself only says where they are.
///
/// A slab is a file, and holds what is beside one message. It is used again and again, because a
/// new page of shared memory takes as long as a dozen copies of it.
///
/// ```
///           copy
///   FREE ──────────► LENT          by its owner alone
///    ▲                │
///    └────────────────┘            by who had it last:
/// ```
///
/// - **What a pool sends** is its own until the task has ended, whichever workers have had it
///   ([Loan#close]): for the one who takes over a task of a lost worker reads it again. Work that
///   was cancelled before it began is forgotten here and there; so a loan that nobody refers to is
///   closed, too.
/// - **What a worker sends** is free as soon as the pool has read it. Pool and worker share the
///   word at the beginning of the slab, which says so. If the worker ends, the pool removes its
///   files.
///
/// **Who reads a slab that is not his any more?** A worker may find a message in its ring whose
/// task was taken back, and whose slab holds something else by now, or is gone. It looks into slabs
/// only for a task that it has begun ([WorkerMemory#begin]), and such a task has not ended.
///
/// **Limits.** Slabs take at most a gigabyte, and never more than half of what is there; each byte
/// is written before it is used, for a page that is missing is no exception but the end of the
/// process. What finds no room goes through the connection, as everything that is not large does.
/// Slabs that nobody has used for a while are given back.
///
/// Thread-safe; a lock guards everything but the word.
public final class Slabs implements AutoCloseable {
  /// Where the contents of a slab begin.
  static final long DATA = 64;

  static final long LENT = 1;
  static final long FREE = 0;
  static final VarHandle STATE = JAVA_LONG.varHandle();

  private static final int PART_ALIGNMENT = 64;
  private static final long SMALLEST = 1 << 17;
  private static final int STEPS = 8; // sizes between a power of two and the next one
  private static final int LOOSEST = 4; // how much larger a slab may be than what is put into it
  private static final long MOST_BYTES = 1L << 30;
  private static final int MOST = 256;
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int ZEROS = 1 << 20;

  private static final class Backstop { // its thread is started with the first loan
    static final Cleaner CLEANER = Cleaner.create();
  }

  private record Slab(long id, Path file, Arena arena, MemorySegment memory) {
    boolean isFree() {
      return (long) STATE.getAcquire(memory, 0L) == FREE;
    }
  }

  /// Where something lies, for the other side.
  ///
  /// @param slab its number
  record Place(long slab, long offset) {}

  /// Says how the names of files begin, in a folder that is the user's alone.
  @FunctionalInterface
  interface Prefix {
    Path path() throws IOException;
  }

  private static final Place NOWHERE = new Place(0, DATA); // no slab has this number
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final Prefix prefix;
  private final ConcurrentSkipListMap<Long, Slab> all =
      new ConcurrentSkipListMap<>(); // by address; changed with the lock, read by anyone
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private long bytes;
  private Kernel.@Nullable Alarm trimming;
  private boolean closed;

  /// Makes no slab yet.
  ///
  /// @param prefix of the names of its files
  Slabs(Prefix prefix) {
    this.prefix = prefix;
  }

  /// {@return the slabs of a pool}
  public static Slabs ofPool() {
    return new Slabs(() -> WorkerMemory.slabsOfPools(ProcessFolder.own().path()));
  }

  static Path file(Path prefix, long number) {
    return prefix.resolveSibling(prefix.getFileName().toString() + number);
  }

  // ---- lending --------------------------------------------------------------------------------

  /// Copies of what goes beside a message.
  public final class Loan implements AutoCloseable {
    private final List<MemorySegment> parts;
    private final Cleaner.Cleanable end;

    private Loan(Slab slab, List<MemorySegment> parts) {
      this.parts = parts;
      this.end = Backstop.CLEANER.register(this, () -> free(slab));
    }

    /// {@return the copies, in the same order, valid until this is closed}
    public List<MemorySegment> parts() {
      return parts;
    }

    /// Lets the memory be used for something else. Without effect if called again.
    @Override
    public void close() {
      end.clean();
    }
  }

  /// Copies memory until the loan is closed or forgotten.
  ///
  /// @return null if there is no room
  public @Nullable Loan lend(List<MemorySegment> parts) {
    Slab slab = take(parts);
    return slab == null ? null : new Loan(slab, fill(slab, parts));
  }

  /// Copies memory until the one who gets it frees it.
  ///
  /// @return the copies, in the same order, or null if there is no room
  @Nullable List<MemorySegment> give(List<MemorySegment> parts) {
    Slab slab = take(parts);
    return slab == null ? null : fill(slab, parts);
  }

  private static long padded(MemorySegment part) {
    return (part.byteSize() + PART_ALIGNMENT - 1) / PART_ALIGNMENT * PART_ALIGNMENT;
  }

  private static List<MemorySegment> fill(Slab slab, List<MemorySegment> parts) {
    List<MemorySegment> copies = new ArrayList<>(parts.size());
    long offset = DATA;
    for (MemorySegment part : parts) {
      copies.add(slab.memory.asSlice(offset, part.byteSize()).copyFrom(part));
      offset += padded(part);
    }
    return copies;
  }

  private @Nullable Slab take(List<MemorySegment> parts) {
    long needed = DATA;
    for (MemorySegment part : parts) {
      needed += padded(part);
    }
    lock.lock();
    try {
      if (closed) {
        return null;
      }
      Slab slab = smallestFree(needed);
      if (slab == null) {
        slab = create(size(needed));
      }
      if (slab != null) {
        STATE.setRelease(slab.memory, 0L, LENT);
        trimLater();
      }
      return slab;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Slab smallestFree(long needed) {
    Slab best = null;
    for (Slab slab : all.values()) {
      long size = slab.memory.byteSize();
      if (size >= needed
          && size <= LOOSEST * Math.max(needed, SMALLEST)
          && (best == null || size < best.memory.byteSize())
          && slab.isFree()) {
        best = slab;
      }
    }
    return best;
  }

  private static long size(long needed) {
    long step = Math.max(Long.highestOneBit(needed) / STEPS, SMALLEST);
    return (needed + step - 1) / step * step;
  }

  private @Nullable Slab create(long size) {
    if (bytes + size > MOST_BYTES || all.size() >= MOST) {
      trim();
    }
    if (bytes + size > MOST_BYTES || all.size() >= MOST) {
      return null;
    }
    long id = NUMBERS.incrementAndGet();
    Path file = null;
    try {
      file = file(prefix.path(), id);
      if (Files.getFileStore(file.getParent()).getUsableSpace() / 2 < size) {
        return null;
      }
      UserFolder.createPrivateFile(file);
      Slab slab = mapped(id, file, size);
      all.put(slab.memory.address(), slab);
      bytes += size;
      return slab;
    } catch (IOException e) {
      if (file != null) {
        delete(file);
      }
      return null;
    }
  }

  private static Slab mapped(long id, Path file, long size) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);
      for (long at = 0; at < size; ) {
        at += channel.write(zeros.position(0).limit((int) Math.min(ZEROS, size - at)), at);
      }
      return new Slab(id, file, arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena));
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  // ---- finding --------------------------------------------------------------------------------

  /// {@return where memory lies, or null if that is not in a slab} What was lent before is nowhere
  /// any more: a message that waits to be sent may be of a task that was taken back.
  ///
  /// @param part lent or given from here, or in the heap
  @Nullable Place find(MemorySegment part) {
    if (!part.isMapped()) {
      return null;
    }
    var before = all.floorEntry(part.address());
    if (before != null) {
      Slab slab = before.getValue();
      long offset = part.address() - slab.memory.address();
      if (offset < slab.memory.byteSize()) {
        return new Place(slab.id, offset);
      }
    }
    return NOWHERE;
  }

  // ---- giving back ----------------------------------------------------------------------------

  private void free(Slab slab) {
    lock.lock();
    try {
      if (!closed) {
        STATE.setRelease(slab.memory, 0L, FREE);
      }
    } finally {
      lock.unlock();
    }
  }

  private void trimLater() {
    if (trimming != null) {
      trimming.cancel();
    }
    Kernel kernel = Kernel.system();
    trimming = kernel.at(kernel.nanoTime() + IDLE_NANOS, this::trimIdle);
  }

  private void trimIdle() {
    lock.lock();
    try {
      trimming = null;
      trim();
      if (!all.isEmpty()) {
        trimLater();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Removes what nobody uses. The other side may have it mapped; without its length it takes no
  /// memory.
  private void trim() {
    Collection<Slab> slabs = all.values();
    for (Iterator<Slab> i = slabs.iterator(); i.hasNext(); ) {
      Slab slab = i.next();
      if (slab.isFree()) {
        i.remove();
        bytes -= slab.memory.byteSize();
        remove(slab);
      }
    }
  }

  private static void remove(Slab slab) {
    slab.arena.close();
    try (FileChannel channel = FileChannel.open(slab.file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    } catch (IOException e) {
      // it goes with the last one who has it mapped
    }
    delete(slab.file);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // its folder is removed later
    }
  }

  /// {@return how many bytes the slabs take}
  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /// Removes all slabs. Nobody may read them any more.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (trimming != null) {
        trimming.cancel();
      }
      all.values().forEach(Slabs::remove);
      all.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
  }
}
