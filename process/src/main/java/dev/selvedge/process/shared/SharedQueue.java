package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.io.Serial;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A bounded queue between processes: several send items, several receive them, each item once.
///
/// ```java
/// try (var shared = SharedScope.open(); Pool pool = ProcessPool.of(2)) {
///   SharedQueue<Path> found = shared.queue(100);
///   Task<Long> words = pool.submit(() -> {         // in another process
///     long sum = 0;
///     for (Optional<Path> path = found.next(); path.isPresent(); path = found.next()) {
///       sum += count(path.get());
///     }
///     return sum;
///   });
///   walk(root, found::send);
///   found.close();                                 // ends the loop over there
///   words.await();
/// }
/// ```
///
/// It is the [dev.selvedge.sync.Chan] for processes, and its methods have the same names and forms.
/// Items are copied; see [dev.selvedge.process.codec.Encoder] for what travels.
///
/// **Order.** Items of one thread are received in the order in which it sent them. None among those
/// who wait.
///
/// **Room** is limited twice: by the number of items, and by the bytes that they take, which is
/// what [SharedScope#queue(int, long)] is for. An item that is larger than all of the room is
/// refused.
///
/// **Closing.** [#close()] ends the sending, for all processes: a send that waits or comes later
/// throws [SharedClosedException], and has sent nothing. Receivers get what is left, and then the
/// same exception.
///
/// **Counting.** Receivers that call [#taskDone()] after each item let others wait in [#join()]
/// until everything that was sent has been worked off. A process that is killed between does not
/// mark its item; so give `join` a time.
///
/// **When a process dies**, by `kill -9` in the middle of anything: what it has sent is there, also
/// after its end; what it was about to send is not, and takes no room. An item that it was about to
/// receive is received by another one, unless the copy was complete, and then it is gone with its
/// process. All others go on, within some milliseconds.
///
/// **Cancellation.** All that may wait end by an interrupt, and so by the cancellation of the task;
/// nothing is sent or received then. **Memory effects:** what happened before a send happens before
/// the return of the receive of its item. Thread-safe.
///
/// @param <T> the type of the items; null is refused
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class SharedQueue<T> extends Shared implements AutoCloseable {

  // A ring (which see), whose records are items. In its own words are
  //
  //   capacity   how many items it takes at most
  //   done       how many items were marked, as the tail counts: modulo 2^29
  //
  // What is unfinished is the number in the tail less `done`, so an item counts from the very move
  // that sends it, and a kill cannot separate the two. Nothing waits under a lock of the ring, but
  // for the other lock's owner to copy: who finds no record or no room sleeps without.

  @Serial private static final long serialVersionUID = 1;

  private static final long CAPACITY = Ring.extra(0);
  private static final long DONE = Ring.extra(1);
  private static final int LARGEST_CAPACITY = 1 << 27;

  /// How long those that do not wait for items or room wait for another process that is copying
  /// one.
  private static final long COPYING = 5_000_000;

  private final transient Ring ring;
  private final transient Parcels parcels = Parcels.current();
  private final transient int capacity;

  SharedQueue(Block block) {
    super(block, Kind.QUEUE, WHOLE);
    this.ring = new Ring(block, Kind.QUEUE, 0);
    this.capacity = Words.plainInt(data(), CAPACITY);
  }

  static <T> SharedQueue<T> create(ProcessFolder folder, int capacity, long bytes)
      throws IOException {
    if (capacity < 1 || capacity > LARGEST_CAPACITY) {
      throw new IllegalArgumentException(
          "a queue of " + capacity + " items; give 1 to " + LARGEST_CAPACITY);
    }
    return new SharedQueue<>(
        Block.create(
            folder,
            Kind.QUEUE,
            Ring.bytes(bytes),
            data -> {
              Ring.initialise(data, 0, bytes);
              Words.plainInt(data, CAPACITY, capacity);
            }));
  }

  // ---- sending --------------------------------------------------------------------------------

  /// Sends an item, and waits for room if need be.
  ///
  /// @param item the item
  /// @throws SharedClosedException if the queue is closed, also while this waits
  /// @throws CannotTravelException if something in the item cannot travel; the queue stays as it is
  /// @throws IllegalArgumentException if the item is larger than the queue
  /// @throws InterruptedException if the calling thread is interrupted
  public void send(T item) throws CannotTravelException, InterruptedException {
    WordWait.checkInterrupt();
    send(item, Kernel.FOREVER);
  }

  /// Sends an item, and waits for room for at most the given time.
  ///
  /// @param item the item
  /// @param timeout how long to wait at most
  /// @throws TimeoutException if there was no room in time
  /// @throws SharedClosedException if the queue is closed, also while this waits
  /// @throws CannotTravelException if something in the item cannot travel; the queue stays as it is
  /// @throws IllegalArgumentException if the item is larger than the queue, or the timeout negative
  /// @throws InterruptedException if the calling thread is interrupted
  public void send(T item, Duration timeout)
      throws CannotTravelException, InterruptedException, TimeoutException {
    if (!trySend(item, timeout)) {
      throw new TimeoutException("no room in " + this + " within " + timeout);
    }
  }

  /// Sends an item if there is room at once.
  ///
  /// @param item the item
  /// @return whether it was sent
  /// @throws SharedClosedException if the queue is closed
  /// @throws CannotTravelException if something in the item cannot travel; the queue stays as it is
  /// @throws IllegalArgumentException if the item is larger than the queue
  public boolean trySend(T item) throws CannotTravelException {
    try {
      return send(item, WordWait.deadline(0));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Sends an item, and waits for room for at most the given time.
  ///
  /// @param item the item
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it was sent; otherwise the time has passed
  /// @throws SharedClosedException if the queue is closed, also while this waits
  /// @throws CannotTravelException if something in the item cannot travel; the queue stays as it is
  /// @throws IllegalArgumentException if the item is larger than the queue, or the timeout negative
  /// @throws InterruptedException if the calling thread is interrupted
  public boolean trySend(T item, Duration timeout)
      throws CannotTravelException, InterruptedException {
    long deadline = WordWait.deadline(timeout);
    WordWait.checkInterrupt();
    return send(item, deadline);
  }

  private boolean send(T item, long deadline) throws CannotTravelException, InterruptedException {
    checkOpen(ring.tail());
    MemorySegment bytes = parcels.pack(Objects.requireNonNull(item, "item"));
    long units = Ring.units(bytes.byteSize());
    if (units > ring.units()) {
      throw tooLarge(item, bytes.byteSize());
    }
    return write(bytes, (int) units, deadline);
  }

  private boolean write(MemorySegment bytes, int units, long deadline) throws InterruptedException {
    WordWait wait = null;
    while (true) {
      long head = ring.head();
      if (hasRoom(head, checkOpen(ring.tail()), units)) {
        if (wrote(bytes, units, deadline)) {
          if (wait != null) {
            ring.passOnToWriter();
          }
          return true;
        }
      }
      wait = wait == null ? new WordWait(this, deadline) : wait;
      if (wait.isOver()) {
        return false;
      }
      ring.awaitHead(wait, head, 1);
    }
  }

  private boolean wrote(MemorySegment bytes, int units, long deadline) throws InterruptedException {
    if (!lock(ring.sending(), deadline)) {
      return false;
    }
    boolean written = false;
    try {
      long head = ring.head();
      written = hasRoom(head, checkOpen(ring.tail()), units) && ring.write(0, 0, bytes);
    } finally {
      ring.sending().unlock();
    }
    if (written) {
      ring.wakeReader();
    }
    return written;
  }

  private boolean hasRoom(long head, long tail, int units) {
    return Ring.records(head, tail) < capacity && ring.room(head, tail) >= units;
  }

  private long checkOpen(long tail) {
    if (Ring.isClosed(tail)) {
      throw new SharedClosedException("the queue " + name() + " is closed; nothing can be sent");
    }
    return tail;
  }

  private IllegalArgumentException tooLarge(T item, long size) {
    return new IllegalArgumentException(
        "a "
            + item.getClass().getName()
            + " that takes "
            + size
            + " bytes, for a queue with room for "
            + ((long) ring.units() - Ring.UNITS_OF_HEAD) * Ring.UNIT
            + "; make the queue with more bytes, send smaller items, or send it through a pipe");
  }

  /// Locks one side, which others hold only to copy an item; a dead owner leaves nothing to repair.
  private static boolean lock(SharedLock lock, long deadline) throws InterruptedException {
    boolean waits = deadline == Kernel.FOREVER || deadline - Kernel.current().nanoTime() > COPYING;
    if (!lock.acquire(waits ? deadline : WordWait.deadline(COPYING))) {
      return false;
    }
    if (lock.ownerDied()) {
      lock.markConsistent();
    }
    return true;
  }

  // ---- receiving ------------------------------------------------------------------------------

  /// Receives the next item, and waits for one if need be.
  ///
  /// @return the item
  /// @throws SharedClosedException if the queue is closed and nothing is left in it
  /// @throws IOException if the item cannot be read in this process; it is received, and later ones
  ///   are not affected
  /// @throws InterruptedException if the calling thread is interrupted
  public T receive() throws IOException, InterruptedException {
    WordWait.checkInterrupt();
    return required(received(Kernel.FOREVER));
  }

  /// Receives the next item, and waits for one for at most the given time.
  ///
  /// @param timeout how long to wait at most
  /// @return the item
  /// @throws TimeoutException if there was none in time
  /// @throws SharedClosedException if the queue is closed and nothing is left in it
  /// @throws IOException if the item cannot be read in this process
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws InterruptedException if the calling thread is interrupted
  public T receive(Duration timeout) throws IOException, InterruptedException, TimeoutException {
    return tryReceive(timeout)
        .orElseThrow(() -> new TimeoutException("no item in " + this + " within " + timeout));
  }

  /// Receives the next item if there is one at once.
  ///
  /// @return the item, or empty
  /// @throws SharedClosedException if the queue is closed and nothing is left in it
  /// @throws IOException if the item cannot be read in this process
  public Optional<T> tryReceive() throws IOException {
    try {
      return Optional.ofNullable(checkEnd(received(WordWait.deadline(0))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /// Receives the next item, and waits for one for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return the item, or empty if the time has passed
  /// @throws SharedClosedException if the queue is closed and nothing is left in it
  /// @throws IOException if the item cannot be read in this process
  /// @throws IllegalArgumentException if the timeout is negative
  /// @throws InterruptedException if the calling thread is interrupted
  public Optional<T> tryReceive(Duration timeout) throws IOException, InterruptedException {
    long deadline = WordWait.deadline(timeout);
    WordWait.checkInterrupt();
    return Optional.ofNullable(checkEnd(received(deadline)));
  }

  /// Receives the next item, and waits for one or for the end: for loops over all that is sent.
  ///
  /// @return the item, or empty if the queue is closed and nothing is left in it
  /// @throws IOException if the item cannot be read in this process
  /// @throws InterruptedException if the calling thread is interrupted
  public Optional<T> next() throws IOException, InterruptedException {
    WordWait.checkInterrupt();
    Received<T> received = received(Kernel.FOREVER);
    return Optional.ofNullable(received.item);
  }

  /// What became of a receive: an item, or the end of the queue, or neither in time.
  private record Received<T>(@Nullable T item, boolean isEnd) {}

  private T required(Received<T> received) {
    return Objects.requireNonNull(checkEnd(received));
  }

  private @Nullable T checkEnd(Received<T> received) {
    if (received.isEnd) {
      throw new SharedClosedException(
          "the queue " + name() + " is closed, and nothing is left in it");
    }
    return received.item;
  }

  @SuppressWarnings("unchecked") // what was sent as a T
  private Received<T> received(long deadline) throws IOException, InterruptedException {
    WordWait wait = null;
    while (true) {
      long tail = ring.tail();
      if (Ring.records(ring.head(), tail) > 0) {
        byte[] bytes = taken(deadline);
        if (bytes != null) {
          if (wait != null) {
            ring.passOnToReader();
          }
          return new Received<>((T) parcels.unpack(bytes), false);
        }
      } else if (Ring.isClosed(tail)) {
        return new Received<>(null, true);
      }
      wait = wait == null ? new WordWait(this, deadline) : wait;
      if (wait.isOver()) {
        return new Received<>(null, false);
      }
      ring.awaitTail(wait, tail);
    }
  }

  private byte @Nullable [] taken(long deadline) throws InterruptedException {
    if (!lock(ring.receiving(), deadline)) {
      return null;
    }
    byte[] bytes = null;
    try {
      if (Ring.records(ring.head(), ring.tail()) > 0) {
        Ring.Item item = ring.peek();
        bytes = new byte[item.length()];
        ring.copy(item, 0, bytes, 0);
        ring.remove(item);
      }
    } finally {
      ring.receiving().unlock();
    }
    if (bytes != null) {
      ring.wakeWriter();
    }
    return bytes;
  }

  // ---- closing, counting, looking -------------------------------------------------------------

  /// Ends the sending, for all processes. Without effect if the queue is closed.
  @Override
  public void close() {
    ring.closeTail();
  }

  /// {@return whether it is closed; items may be left in it}
  public boolean isClosed() {
    return Ring.isClosed(ring.tail());
  }

  /// Marks an item that was received as done. When all that were sent are, [#join()] returns.
  ///
  /// @throws IllegalStateException if it is called more often than items were sent
  public void taskDone() {
    while (true) {
      int done = Words.readInt(data(), DONE);
      int left = unfinished(done);
      if (left == 0) {
        throw new IllegalStateException(
            "taskDone was called more often than items were sent to the queue " + name());
      }
      if (Words.swapInt(data(), DONE, done, Ring.next(done))) {
        if (left == 1) {
          WordWait.wakeAll(data(), DONE);
        }
        return;
      }
    }
  }

  /// Waits until all items that were sent are marked as done.
  ///
  /// @throws InterruptedException if the calling thread is interrupted
  public void join() throws InterruptedException {
    join(Kernel.FOREVER);
  }

  /// Waits until all items that were sent are marked as done, for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether they are; otherwise the time has passed
  /// @throws InterruptedException if the calling thread is interrupted
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean join(Duration timeout) throws InterruptedException {
    return join(WordWait.deadline(timeout));
  }

  private boolean join(long deadline) throws InterruptedException {
    WordWait.checkInterrupt();
    var wait = new WordWait(this, deadline);
    while (true) {
      int done = Words.readInt(data(), DONE);
      if (unfinished(done) == 0) {
        return true;
      }
      if (wait.isOver()) {
        return false;
      }
      wait.pause(data(), DONE, done);
    }
  }

  private int unfinished(int done) {
    return Ring.difference(Ring.number(ring.tail()), done);
  }

  /// {@return how many items are in it at the moment}
  public int size() {
    return Ring.records(ring.head(), ring.tail());
  }

  /// {@return how many items it takes at most}
  public int capacity() {
    return capacity;
  }

  @Override
  public String toString() {
    return "SharedQueue "
        + name()
        + ", "
        + size()
        + " of "
        + capacity
        + " items"
        + (isClosed() ? ", closed" : "");
  }
}
