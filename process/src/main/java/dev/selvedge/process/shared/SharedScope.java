package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes what processes share, and removes it at the end.
///
/// ```java
/// try (var shared = SharedScope.open()) {
///   SharedLock lock = shared.lock();
///   SharedArray.OfLong sums = shared.longs(1000);
///   // hand them to other processes, and wait for those
/// }
/// ```
///
/// **The end.** [#close()] unlinks everything that the scope has made and ends its attachments in
/// this process: nobody can attach any more, and whoever uses one of the handles here gets an
/// [IllegalStateException]. The memory is free when no other process has it attached. So close it
/// when the others are through. If this process is killed instead, the next one that shares
/// something removes what is left; if it ends in order without closing, it removes that itself.
///
/// **Failures.** Everything that makes something throws [IOException] if it cannot be made, for
/// instance because there is no space in shared memory; and [IllegalStateException] when the scope
/// is closed. Thread-safe.
///
/// @since 0.1
public final class SharedScope implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");

  private static final long QUEUE_BYTES = 1 << 20;
  private static final long PIPE_BYTES = 1 << 18;

  private final @Nullable ProcessFolder chosen;
  private final Deque<Block> blocks = new ArrayDeque<>(); // guarded by this
  private boolean closed; // guarded by this

  private SharedScope(@Nullable ProcessFolder chosen) {
    this.chosen = chosen;
  }

  /// {@return a new scope, with nothing in it}
  public static SharedScope open() {
    return new SharedScope(null);
  }

  /// {@return a scope that makes its things in a folder}
  static SharedScope open(ProcessFolder folder) {
    return new SharedScope(folder);
  }

  /// {@return a new block of bytes, which are zero}
  ///
  /// @param size how many
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the size is not positive
  public SharedMemory memory(long size) throws IOException {
    return add(SharedMemory.create(folder(), size));
  }

  /// {@return a new block of bytes, which are zero}
  ///
  /// @param name by which others can attach; see [SharedMemory#create(String, long)]
  /// @param size how many
  /// @throws java.nio.file.FileAlreadyExistsException if there is a block with that name
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the size is not positive, or the name is none
  public SharedMemory memory(String name, long size) throws IOException {
    return add(SharedMemory.create(folder(), name, size));
  }

  /// {@return a new array of longs, which are zero}
  ///
  /// @param length how many
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the length is not positive
  public SharedArray.OfLong longs(long length) throws IOException {
    return add(new SharedArray.OfLong(array(Kind.LONGS, length, JAVA_LONG.byteSize())));
  }

  /// {@return a new array of ints, which are zero}
  ///
  /// @param length how many
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the length is not positive
  public SharedArray.OfInt ints(long length) throws IOException {
    return add(new SharedArray.OfInt(array(Kind.INTS, length, JAVA_INT.byteSize())));
  }

  /// {@return a new array of doubles, which are zero}
  ///
  /// @param length how many
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the length is not positive
  public SharedArray.OfDouble doubles(long length) throws IOException {
    return add(new SharedArray.OfDouble(array(Kind.DOUBLES, length, JAVA_DOUBLE.byteSize())));
  }

  /// {@return a new array of bytes, which are zero}
  ///
  /// @param length how many
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the length is not positive
  public SharedArray.OfByte bytes(long length) throws IOException {
    return add(new SharedArray.OfByte(array(Kind.BYTES, length, JAVA_BYTE.byteSize())));
  }

  /// {@return a new value}
  ///
  /// @throws IOException if it cannot be made
  public SharedValue.OfLong longValue(long initial) throws IOException {
    return add(SharedValue.OfLong.create(folder(), initial));
  }

  /// {@return a new value}
  ///
  /// @throws IOException if it cannot be made
  public SharedValue.OfInt intValue(int initial) throws IOException {
    return add(SharedValue.OfInt.create(folder(), initial));
  }

  /// {@return a new value}
  ///
  /// @throws IOException if it cannot be made
  public SharedValue.OfDouble doubleValue(double initial) throws IOException {
    return add(SharedValue.OfDouble.create(folder(), initial));
  }

  /// {@return a new list of simple values} Each slot has room for what its first value needs.
  ///
  /// @param values the first values; see [SharedList] for what may be one
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if there are none, or one cannot be in such a list
  public SharedList list(@Nullable Object... values) throws IOException {
    return list(0, Arrays.asList(values));
  }

  /// {@return a new list of simple values}
  ///
  /// @param room how many bytes each slot has room for at least
  /// @param values the first values; see [SharedList] for what may be one
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if there are none, or one cannot be in such a list
  public SharedList list(int room, List<? extends @Nullable Object> values) throws IOException {
    return add(SharedList.create(folder(), values, room));
  }

  /// {@return a new lock, free}
  ///
  /// @throws IOException if it cannot be made
  public SharedLock lock() throws IOException {
    return add(SharedLock.create(folder()));
  }

  /// {@return a new semaphore, without a bound}
  ///
  /// @param permits how many there are at first; may be zero
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if that is negative
  public SharedSemaphore semaphore(int permits) throws IOException {
    return semaphore(permits, Integer.MAX_VALUE);
  }

  /// {@return a new semaphore}
  ///
  /// @param permits how many there are at first; may be zero
  /// @param bound how many there may ever be
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if there are more than may be, or a number is negative
  public SharedSemaphore semaphore(int permits, int bound) throws IOException {
    return add(SharedSemaphore.create(folder(), permits, bound));
  }

  /// {@return a new limit, of which all permits are free}
  ///
  /// @param permits how many, 1 to 65,536
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if there cannot be so many
  public SharedLimit limit(int permits) throws IOException {
    return add(SharedLimit.create(folder(), permits));
  }

  /// {@return a new event, not set}
  ///
  /// @throws IOException if it cannot be made
  public SharedEvent event() throws IOException {
    return add(SharedEvent.create(folder()));
  }

  /// {@return a new barrier}
  ///
  /// @param parties how many have to come, 1 to 65,535
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if there cannot be so many
  public SharedBarrier barrier(int parties) throws IOException {
    return add(SharedBarrier.create(folder(), parties));
  }

  /// {@return a new queue with room for a megabyte}
  ///
  /// @param capacity how many items it takes at most
  /// @param <T> the type of its items
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the capacity is not positive, or above 2²⁷
  public <T> SharedQueue<T> queue(int capacity) throws IOException {
    return queue(capacity, QUEUE_BYTES);
  }

  /// {@return a new queue}
  ///
  /// @param capacity how many items it takes at most
  /// @param bytes how many bytes it has room for at least; an item takes those of its travelling
  ///   form and up to 24 more
  /// @param <T> the type of its items
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the capacity is not positive or above 2²⁷, or the bytes
  ///   are not positive or above 2³⁰
  public <T> SharedQueue<T> queue(int capacity, long bytes) throws IOException {
    return add(SharedQueue.<T>create(folder(), capacity, bytes));
  }

  /// {@return a new pipe, with room for some 256 KiB of messages in each direction}
  ///
  /// @throws IOException if it cannot be made
  public SharedPipe pipe() throws IOException {
    return pipe(PIPE_BYTES);
  }

  /// {@return a new pipe}
  ///
  /// @param bytes how many bytes of messages there is room for in each direction; longer messages
  ///   are sent while they are received
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the bytes are not positive or above 2³⁰
  public SharedPipe pipe(long bytes) throws IOException {
    return add(SharedPipe.create(folder(), bytes));
  }

  /// {@return a new pipe in one direction, with room for some 256 KiB of messages}
  ///
  /// @throws IOException if it cannot be made
  public SharedOneWayPipe oneWayPipe() throws IOException {
    return oneWayPipe(PIPE_BYTES);
  }

  /// {@return a new pipe in one direction}
  ///
  /// @param bytes how many bytes of messages there is room for; longer messages are sent while they
  ///   are received
  /// @throws IOException if it cannot be made
  /// @throws IllegalArgumentException if the bytes are not positive or above 2³⁰
  public SharedOneWayPipe oneWayPipe(long bytes) throws IOException {
    return add(SharedOneWayPipe.create(folder(), bytes));
  }

  /// Removes everything that the scope has made. Without effect if called again.
  @Override
  public void close() {
    for (Block block : end()) {
      end(block);
    }
  }

  private synchronized List<Block> end() {
    closed = true;
    List<Block> all = new ArrayList<>(blocks);
    blocks.clear();
    return all;
  }

  private static void end(Block block) {
    try {
      block.unlink();
    } catch (NoSuchFileException e) {
      // it was unlinked by hand
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "left behind: " + block, e);
    }
    block.close();
  }

  private Block array(Kind kind, long length, long scale) throws IOException {
    return SharedArray.create(folder(), kind, length, scale);
  }

  private ProcessFolder folder() throws IOException {
    return chosen != null ? chosen : ProcessFolder.own();
  }

  private <T extends Shared> T add(T made) {
    if (isAdded(made.block())) {
      return made;
    }
    end(made.block());
    throw new IllegalStateException("the scope is closed; make things before");
  }

  private synchronized boolean isAdded(Block block) {
    if (!closed) {
      blocks.addFirst(block);
    }
    return !closed;
  }
}
