package dev.selvedge.sync;

import dev.selvedge.Stability;
import dev.selvedge.internal.Times;
import dev.selvedge.internal.WaitKind;
import dev.selvedge.internal.Waiter;
import dev.selvedge.spi.Kernel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A channel: tasks send items into it, and others receive them.
///
/// ```java
/// Chan<Path> found = Chan.bounded(100);
/// TaskGroup.run(group -> {
///   group.fork(() -> {
///     try (found) {                      // closed when all is sent
///       walk(root, found::send);
///     }
///   });
///   found.forEach(path -> index(path));  // until it is closed and empty
/// });
/// ```
///
/// **Kinds.** [#bounded] and [#unbounded] give items out in the order sent, [#lifo] the latest
/// first, [#priority] the smallest first; [#rendezvous] keeps nothing: a send waits for its
/// receive.
///
/// **Waiting or not.** Each direction has three forms, and the last two also exist without waiting:
///
/// | | waits as long as it takes | waits for a time, and throws | waits for a time, and tells |
/// |---|---|---|---|
/// | send | `send(item)` | `send(item, timeout)`: [TimeoutException] | `trySend(item, timeout)`, `trySend(item)`: false |
/// | receive | `receive()` | `receive(timeout)`: [TimeoutException] | `tryReceive(timeout)`, `tryReceive()`: empty |
///
/// **Closing.** [#close()] ends the sending: a send that waits or comes later throws
/// [ChanClosedException], and has sent nothing; receivers get what is left, and then the same
/// exception. [#closeNow()] takes what is left away from them. A send that returned is in the
/// channel or received, and counts.
///
/// **Counting.** Receivers that call [#taskDone()] after each item let others wait in [#join()]
/// until everything that was sent has been worked off.
///
/// **Fair, and nothing is lost.** Waiters are served in the order in which they came, by direct
/// hand-over. A waiter that was interrupted, cancelled or timed out before the hand-over is passed
/// over, and the next one gets the item. If both happen at the same moment, the waiter gets the
/// item, and the interrupt stays pending.
///
/// **Cancellation.** The operations that may wait begin by looking at the interrupt flag, and then
/// throw even if they would not have to wait; they have done nothing then.
///
/// **Memory effects.** What happened before a send happens before the return of the receive of its
/// item. Thread-safe.
///
/// @param <T> the type of the items; null is refused
/// @since 0.1
@SuppressWarnings("ReferenceEquality") // the marks LOCKED, QUEUED and TAKEN are themselves
@Stability(Stability.Level.STABLE)
public final class Chan<T> implements AutoCloseable {

  // States, by who waits. `size` is the number of stored items, R and S the numbers of receivers
  // and senders that wait and are not abandoned.
  //
  //   open, R > 0:   size == 0 and S == 0                 receivers wait for items
  //   open, S > 0:   size == capacity and R == 0          senders wait for room
  //   open, else:    0 <= size <= capacity, R == S == 0
  //   closed:        R == S == 0                          what is stored can still be received
  //
  // Each operation, under the lock, keeps these:
  //
  //   send       R > 0: settle the first receiver with the item. Else size < capacity: store it.
  //              Else wait as a sender, with the item in the wait.
  //   receive    size > 0: take the next; there is room now, so if S > 0 store the item of the
  //              first sender and settle it. Else S > 0 (rendezvous): take the item of the first
  //              sender and settle it. Else closed: throw. Else wait as a receiver.
  //   close      settle all that wait, as closed. (R > 0 means that there is nothing to drain.)
  //   closeNow   close, and empty the store.
  //   leaving    (interrupted, timed out) R or S falls by one, which breaks nothing. So a cancelled
  //              sender does not keep room from those behind it: that is given away as it comes.
  //
  // An item is in exactly one place: with its sender (who keeps it if the send throws), in the
  // store, in the settled wait of a receiver, or returned. It moves under the lock or by a claim,
  // and a settled wait never throws; so nothing is lost or received twice.
  //
  // Code of others under the lock is only a comparator. If it throws while an item is added or the
  // next one is searched, nothing has changed (see Store), and the caller gets the error. When a
  // receive makes room, an item of a waiting sender is compared on the receiver's thread: then the
  // error goes to that sender, who caused it, and the room to the next.
  //
  // `unfinished` counts what was accepted and not yet marked as done: up before the receiver can
  // have the item, down in taskDone and by what closeNow takes; who brings it to zero settles all
  // joiners. Only a meeting raises it without the lock.
  //
  // The meeting place. In a rendezvous, two who come while nobody else waits meet without the lock,
  // which costs more than all the rest:
  //
  //        ┌────────── met, and cleared by who sees it ─────────┐
  //        ▼                                                     │
  //      EMPTY ── arrive: one wait, of a sender or receiver ──► a wait
  //      │   ▲                                                   │
  //      │   └──── exit: open, and nobody waits ──── LOCKED ◄────┤
  //      └───────────────── enter the lock ────────────▲─────────┘
  //
  // - EMPTY or a wait means that the channel is open and both queues are empty. Everything else
  //   goes through the lock, which first takes over the wait at the place. So the order of arrival
  //   is kept, and under the lock all is as above.
  // - A wait at the place is decided by one compare-and-set of its `met`, from null: by a partner
  //   to what it gets, or by the lock to QUEUED; from then on only the lock settles it. A wait that
  //   leaves does so under the lock, so it was met before or it is queued.
  // - It is met first, and the place cleared afterwards: the partner goes on one transfer of a
  //   cache line earlier. A wait is new for each operation, so a compare-and-set of the place
  //   cannot take an old one for a new one.
  // - An item must be counted before its receiver can mark it as done. The sender counts: as a
  //   partner before it meets, on arrival in advance, which the lock takes back when it takes over
  //   the wait. So under the lock the count is right, but for senders that have counted and neither
  //   met nor arrived. Those will not while somebody joins, since the place stays LOCKED then; see
  //   uncount(). The count has a cache line of its own, which so stays with the sender.
  // - A wait that was abandoned is not met but left to the lock, which passes over it.
  //
  // Other channels keep the place LOCKED for ever.

  private static final VarHandle PLACE = handle(Chan.class, "place");
  private static final VarHandle MET = handle(Wait.class, "met");
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int LINE = 16; // longs: two cache lines, which processors fetch together
  private static final Object LOCKED = new Object();
  private static final Object QUEUED = new Object();
  private static final Object TAKEN = new Object();

  private static VarHandle handle(Class<?> type, String field) {
    try {
      return MethodHandles.lookup().findVarHandle(type, field, Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Object lock = new Object();
  private volatile @Nullable Object place;
  private final WaitQueue<Wait> receivers; // guarded by lock
  private final WaitQueue<Wait> senders; // guarded by lock
  private final WaitQueue<Wait> joiners = new WaitQueue<>(lock); // guarded by lock
  private final Store<T> store; // guarded by lock
  private final int capacity;
  private final long[] unfinished; // one at `counter`; lowered under the lock, raised atomically
  private final int counter;
  private volatile boolean closed; // written under lock

  /// What an operation under the lock has settled, for the caller to wake; null between operations.
  private WaitQueue.@Nullable Wait woken;

  private Chan(int capacity, Store<T> store) {
    this.capacity = capacity;
    this.store = store;
    boolean meets = capacity == 0;
    this.place = meets ? null : LOCKED;
    this.unfinished = new long[meets ? 2 * LINE : 1];
    this.counter = meets ? LINE : 0;
    this.receivers = meets ? new WaitQueue<>(lock, this::enter) : new WaitQueue<>(lock);
    this.senders = meets ? new WaitQueue<>(lock, this::enter) : new WaitQueue<>(lock);
  }

  private static final class Wait extends WaitQueue.Wait {
    final boolean sends;

    /// The item of a sender; under the lock, what a receiver gets or what a comparator threw,
    /// written before the wait is settled.
    @Nullable Object item;

    /// What became of a wait at the place: null, the item for a receiver, TAKEN, or QUEUED.
    volatile @Nullable Object met;

    boolean closed;
    boolean failed;

    Wait(@Nullable Object item, @Nullable Object met) {
      this.sends = item != null;
      this.item = item;
      this.met = met;
    }

    @Override
    protected WaitKind kind() {
      return WaitKind.CHAN;
    }

    @Override
    protected boolean ready() {
      Object met = this.met;
      return (met != null && met != QUEUED) || super.ready();
    }

    @Nullable Object received() {
      Object met = this.met;
      return met == QUEUED ? item : met;
    }
  }

  // ---- the meeting place ----------------------------------------------------------------------

  /// Looks for a partner at the place, without the lock.
  ///
  /// @param item what the caller sends, or null if it receives
  /// @param stays whether it waits at the place if that is empty
  /// @return the partner's wait; the caller's own, which has the caller's direction, if it waits at
  ///   the place now; or null, and it has to go through the lock
  private @Nullable Wait approach(@Nullable T item, boolean stays) {
    Wait own = null;
    for (Object at = place; at != LOCKED; at = place) {
      if (at instanceof Wait other && other.met == null) {
        if (own != null && own.sends) {
          uncount();
        }
        return other.sends == (item != null) || other.isAbandoned() ? null : other;
      }
      if (at != null) {
        PLACE.compareAndSet(this, at, null);
      } else if (stays) {
        if (own == null) {
          own = new Wait(item, null);
          if (own.sends) {
            count(1);
          }
        }
        if (PLACE.compareAndSet(this, null, own)) {
          return own;
        }
      } else {
        return null;
      }
    }
    if (own != null && own.sends) {
      uncount();
    }
    return null;
  }

  /// Takes back what was counted in advance. Whoever joins locks the place before it reads the
  /// count, and this reads the place after it has lowered the count: so a joiner is woken, or need
  /// not wait.
  private void uncount() {
    if (count(-1) == 0 && place == LOCKED) {
      WaitQueue.Wait settled;
      synchronized (lock) {
        settled = unfinished() == 0 ? joiners.settleAll(null) : null;
      }
      WaitQueue.wake(settled);
    }
  }

  /// {@return whether the partner gets this from the caller, and not from another one}
  private boolean meet(Wait partner, Object gets) {
    boolean sends = !partner.sends;
    if (sends) {
      count(1);
    }
    boolean first = MET.compareAndSet(partner, null, gets);
    if (first) {
      partner.wakeIfParking();
    } else if (sends) {
      uncount();
    }
    PLACE.compareAndSet(this, partner, null);
    return first;
  }

  /// Locks the place, under the lock; the one who waits there goes into its queue.
  private void enter() {
    if (place != LOCKED
        && PLACE.getAndSet(this, LOCKED) instanceof Wait wait
        && MET.compareAndSet(wait, null, QUEUED)) {
      if (wait.sends) {
        count(-1);
      }
      (wait.sends ? senders : receivers).add(wait);
    }
  }

  /// Ends what is done under the lock; opens the place if nobody waits.
  ///
  /// @return what was settled, for the caller to wake
  private WaitQueue.@Nullable Wait exit() {
    if (capacity == 0
        && place == LOCKED
        && !closed
        && receivers.isEmpty()
        && senders.isEmpty()
        && joiners.isEmpty()) {
      place = null;
    }
    WaitQueue.Wait settled = woken;
    woken = null;
    return settled;
  }

  private long unfinished() {
    return capacity == 0 ? (long) COUNT.getVolatile(unfinished, counter) : unfinished[counter];
  }

  /// Changes the number of unfinished items, under the lock or at a meeting.
  ///
  /// @return what it is then
  private long count(long difference) {
    return capacity == 0
        ? (long) COUNT.getAndAdd(unfinished, counter, difference) + difference
        : (unfinished[counter] += difference);
  }

  /// {@return a channel that gives items out in the order sent, and makes senders wait while it is
  /// full}
  ///
  /// @param capacity how many items it keeps
  /// @param <T> the type of the items
  /// @throws IllegalArgumentException if that is less than one
  public static <T> Chan<T> bounded(int capacity) {
    return new Chan<>(check(capacity), new Store.Fifo<>(capacity));
  }

  /// {@return a channel that keeps nothing: a send waits until its item is received}
  ///
  /// @param <T> the type of the items
  public static <T> Chan<T> rendezvous() {
    return new Chan<>(0, new Store.Fifo<>(0));
  }

  /// {@return a channel that gives items out in the order sent, and never makes senders wait} If
  /// they are faster than the receivers for long, it fills the heap; [#bounded] slows them down.
  ///
  /// @param <T> the type of the items
  public static <T> Chan<T> unbounded() {
    return bounded(Integer.MAX_VALUE);
  }

  /// {@return a channel that gives out the latest item first, and makes senders wait while it is
  /// full}
  ///
  /// @param capacity how many items it keeps; [Integer#MAX_VALUE] for any number
  /// @param <T> the type of the items
  /// @throws IllegalArgumentException if that is less than one
  public static <T> Chan<T> lifo(int capacity) {
    return new Chan<>(check(capacity), new Store.Lifo<>(capacity));
  }

  /// {@return a channel that gives out the smallest item first, of equal ones the first sent, and
  /// makes senders wait while it is full}
  ///
  /// If the comparator throws, the operation that compared throws the same, nothing is lost, and
  /// the channel stays usable. It should be short, and must not use the channel.
  ///
  /// @param capacity how many items it keeps; [Integer#MAX_VALUE] for any number
  /// @param order tells which of two items is smaller
  /// @param <T> the type of the items
  /// @throws IllegalArgumentException if the capacity is less than one
  public static <T> Chan<T> priority(int capacity, Comparator<? super T> order) {
    Objects.requireNonNull(order, "order");
    return new Chan<>(check(capacity), new Store.Smallest<>(capacity, order));
  }

  private static int check(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "the capacity is "
              + capacity
              + "; give at least 1, or use rendezvous() for a channel that keeps nothing");
    }
    return capacity;
  }

  // ---- sending --------------------------------------------------------------------------------

  /// Sends an item, and waits for room (in a rendezvous, for a receiver) if need be.
  ///
  /// @param item the item
  /// @throws ChanClosedException if the channel is closed, now or while this waits
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was sent then
  public void send(T item) throws InterruptedException {
    transfer(item, Kernel.FOREVER);
  }

  /// Sends an item, and waits for at most the given time.
  ///
  /// @param item the item
  /// @param timeout how long to wait at most; zero does not wait
  /// @throws TimeoutException if there was no room in time; nothing was sent then
  /// @throws ChanClosedException if the channel is closed, now or while this waits
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was sent then
  /// @throws IllegalArgumentException if the timeout is negative
  public void send(T item, Duration timeout) throws InterruptedException, TimeoutException {
    if (!trySend(item, timeout)) {
      throw new TimeoutException(
          "nothing was sent within "
              + Times.text(timeout)
              + ": "
              + this
              + (capacity == 0 ? " has no receiver" : " is full"));
    }
  }

  /// Sends an item if there is room, in a rendezvous if a receiver waits. Does not wait.
  ///
  /// @param item the item
  /// @return whether it was sent
  /// @throws ChanClosedException if the channel is closed
  public boolean trySend(T item) {
    Objects.requireNonNull(item, "item");
    Waiter.step();
    for (Wait receiver = approach(item, false);
        receiver != null;
        receiver = approach(item, false)) {
      if (meet(receiver, item)) {
        return true;
      }
    }
    boolean sent;
    WaitQueue.Wait settled;
    synchronized (lock) {
      enter();
      sent = accept(item);
      settled = exit();
    }
    WaitQueue.wake(settled);
    return sent;
  }

  /// Sends an item, and waits for at most the given time.
  ///
  /// @param item the item
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it was sent
  /// @throws ChanClosedException if the channel is closed, now or while this waits
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was sent then
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean trySend(T item, Duration timeout) throws InterruptedException {
    return transfer(item, Times.deadline(Kernel.current(), timeout));
  }

  private boolean transfer(T item, long deadline) throws InterruptedException {
    Objects.requireNonNull(item, "item");
    Waiter.step();
    Waiter.checkInterrupt();
    Wait wait = approach(item, true);
    while (wait != null && !wait.sends) {
      if (meet(wait, item)) {
        return true;
      }
      wait = approach(item, true);
    }
    if (wait == null) {
      WaitQueue.Wait settled;
      synchronized (lock) {
        enter();
        if (!accept(item)) {
          wait = new Wait(item, QUEUED);
          senders.add(wait);
        }
        settled = exit();
      }
      WaitQueue.wake(settled);
    }
    return wait == null || (senders.await(wait, this, deadline) && sent(wait));
  }

  private boolean sent(Wait wait) {
    if (wait.failed) {
      throw Chan.<RuntimeException>sneak((Throwable) Objects.requireNonNull(wait.item));
    }
    if (wait.closed) {
      throw closedException("nothing was sent");
    }
    return true;
  }

  /// What a comparator throws is unchecked, or was smuggled in by its author.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Throwable> X sneak(Throwable thrown) throws X {
    throw (X) thrown;
  }

  /// Takes an item from a sender, under the lock.
  ///
  /// @return false, and nothing has changed, if the sender has to wait
  private boolean accept(T item) {
    store.refuseReentry();
    if (closed) {
      throw closedException("nothing was sent");
    }
    Wait receiver = receivers.next();
    if (receiver != null) {
      receiver.item = item;
      woken = receivers.settle(receiver, woken);
    } else if (store.size < capacity) {
      store.add(item);
    } else {
      return false;
    }
    count(1);
    return true;
  }

  // ---- receiving ------------------------------------------------------------------------------

  /// Receives an item, and waits for it if need be.
  ///
  /// @return the item
  /// @throws ChanClosedException if the channel is closed and nothing is left in it
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was received then
  public T receive() throws InterruptedException {
    return Objects.requireNonNull(poll(Kernel.FOREVER));
  }

  /// Receives an item, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return the item
  /// @throws TimeoutException if there was none in time
  /// @throws ChanClosedException if the channel is closed and nothing is left in it
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was received then
  /// @throws IllegalArgumentException if the timeout is negative
  public T receive(Duration timeout) throws InterruptedException, TimeoutException {
    T item = poll(Times.deadline(Kernel.current(), timeout));
    if (item == null) {
      throw new TimeoutException(
          "nothing was received within "
              + Times.text(timeout)
              + ": "
              + this
              + (capacity == 0 ? " has no sender" : " is empty"));
    }
    return item;
  }

  /// Receives an item if there is one. Does not wait.
  ///
  /// @return the item, or empty
  /// @throws ChanClosedException if the channel is closed and nothing is left in it
  public Optional<T> tryReceive() {
    Waiter.step();
    for (Wait sender = approach(null, false); sender != null; sender = approach(null, false)) {
      if (meet(sender, TAKEN)) {
        return Optional.of(Chan.<T>item(sender.item));
      }
    }
    T item;
    WaitQueue.Wait settled;
    synchronized (lock) {
      enter();
      item = take();
      settled = exit();
    }
    WaitQueue.wake(settled);
    return Optional.ofNullable(item);
  }

  /// Receives an item, and waits for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return the item, or empty
  /// @throws ChanClosedException if the channel is closed and nothing is left in it
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled; nothing was received then
  /// @throws IllegalArgumentException if the timeout is negative
  public Optional<T> tryReceive(Duration timeout) throws InterruptedException {
    return Optional.ofNullable(poll(Times.deadline(Kernel.current(), timeout)));
  }

  private @Nullable T poll(long deadline) throws InterruptedException {
    Waiter.step();
    Waiter.checkInterrupt();
    Wait wait = approach(null, true);
    while (wait != null && wait.sends) {
      if (meet(wait, TAKEN)) {
        return Chan.<T>item(wait.item);
      }
      wait = approach(null, true);
    }
    T item = null;
    if (wait == null) {
      WaitQueue.Wait settled;
      synchronized (lock) {
        enter();
        item = take();
        if (item == null) {
          wait = new Wait(null, QUEUED);
          receivers.add(wait);
        }
        settled = exit();
      }
      WaitQueue.wake(settled);
    }
    if (wait == null || !receivers.await(wait, this, deadline)) {
      return item;
    }
    if (wait.closed) {
      throw closedException("nothing is left");
    }
    return Chan.<T>item(wait.received());
  }

  /// {@return a sender's item, or what a receiver was given}
  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T item(@Nullable Object item) {
    return (T) item;
  }

  /// Takes the next item for a receiver, under the lock.
  ///
  /// @return null, and nothing has changed, if the receiver has to wait
  private @Nullable T take() {
    store.refuseReentry();
    if (store.size > 0) {
      T item = store.remove();
      admit();
      return item;
    }
    if (closed) {
      throw closedException("nothing is left");
    }
    Wait sender = senders.next();
    if (sender == null) {
      return null;
    }
    T item = Chan.<T>item(sender.item);
    count(1);
    woken = senders.settle(sender, woken);
    return item;
  }

  /// Gives room that has come up to the first sender whose item can be stored.
  private void admit() {
    for (Wait sender = senders.next(); sender != null; sender = senders.next()) {
      try {
        store.add(Chan.<T>item(sender.item));
        count(1);
        woken = senders.settle(sender, woken);
        return;
      } catch (Throwable thrown) {
        sender.failed = true;
        sender.item = thrown;
        woken = senders.settle(sender, woken);
      }
    }
  }

  /// What a loop over a channel does with each item; it may throw.
  ///
  /// @param <T> the type of the items
  /// @param <X> what it may throw
  /// @since 0.1
  @FunctionalInterface
  public interface Receiver<T, X extends Exception> {
    /// Uses an item.
    ///
    /// @param item the item
    /// @throws X if it fails
    void accept(T item) throws X;
  }

  /// Receives until the channel is closed and nothing is left in it. Several tasks may do so at the
  /// same time; each item goes to one of them. [#taskDone()] is left to the receiver.
  ///
  /// @param receiver uses each item, on this thread
  /// @param <X> what it may throw
  /// @throws X if it throws that; the channel stays as it is, with the remaining items
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled
  public <X extends Exception> void forEach(Receiver<? super T, X> receiver)
      throws X, InterruptedException {
    Objects.requireNonNull(receiver, "receiver");
    while (true) {
      T item;
      try {
        item = receive();
      } catch (ChanClosedException e) {
        return;
      }
      receiver.accept(item);
    }
  }

  // ---- closing --------------------------------------------------------------------------------

  /// Ends the sending. Waiting senders throw [ChanClosedException], and so do receivers as soon as
  /// nothing is left. Without effect if the channel is closed.
  @Override
  public void close() {
    Waiter.step();
    WaitQueue.Wait settled;
    synchronized (lock) {
      enter();
      end();
      settled = exit();
    }
    WaitQueue.wake(settled);
  }

  /// Closes the channel and takes what is left in it, which counts as done.
  ///
  /// @return the items in the order in which they would have been received; items of senders that
  ///   wait are not among them, as those sends fail. If the comparator throws, those that it fails
  ///   to order follow in the order sent.
  public List<T> closeNow() {
    Waiter.step();
    List<T> left;
    WaitQueue.Wait settled;
    synchronized (lock) {
      enter();
      end();
      left = store.drain();
      finished(left.size());
      settled = exit();
    }
    WaitQueue.wake(settled);
    return left;
  }

  private void end() {
    store.refuseReentry();
    if (!closed) {
      closed = true;
      endAll(receivers);
      endAll(senders);
    }
  }

  private void endAll(WaitQueue<Wait> waits) {
    for (Wait wait = waits.next(); wait != null; wait = waits.next()) {
      wait.closed = true;
      woken = waits.settle(wait, woken);
    }
  }

  /// {@return whether the channel is closed; there may be items left}
  public boolean isClosed() {
    return closed;
  }

  private ChanClosedException closedException(String what) {
    return new ChanClosedException(this + ": " + what);
  }

  // ---- counting -------------------------------------------------------------------------------

  /// Marks an item that was received as worked off.
  ///
  /// @throws IllegalStateException if all items that were sent are marked already
  public void taskDone() {
    Waiter.step();
    WaitQueue.Wait settled;
    synchronized (lock) {
      enter();
      if (unfinished() == 0) {
        throw new IllegalStateException(
            "taskDone() for more items than were sent; call it once for each item received");
      }
      finished(1);
      settled = exit();
    }
    WaitQueue.wake(settled);
  }

  private void finished(int items) {
    long counted = Math.min(items, unfinished()); // taskDone() may have come before the receive
    if (counted > 0 && count(-counted) == 0) {
      woken = joiners.settleAll(woken);
    }
  }

  /// Waits until everything that was sent is marked as done, or was taken by [#closeNow()].
  ///
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled
  public void join() throws InterruptedException {
    awaitFinished(Kernel.FOREVER);
  }

  /// Waits for at most the given time until everything that was sent is marked as done, or was
  /// taken by [#closeNow()].
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it is
  /// @throws InterruptedException if the calling thread is interrupted or the calling task
  ///   cancelled
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean join(Duration timeout) throws InterruptedException {
    return awaitFinished(Times.deadline(Kernel.current(), timeout));
  }

  private boolean awaitFinished(long deadline) throws InterruptedException {
    Waiter.step();
    Waiter.checkInterrupt();
    Wait wait = null;
    synchronized (lock) {
      store.refuseReentry();
      enter();
      if (unfinished() != 0) {
        wait = new Wait(null, QUEUED);
        joiners.add(wait);
      }
      exit();
    }
    return wait == null || joiners.await(wait, this, deadline);
  }

  // ---- looking --------------------------------------------------------------------------------

  /// {@return how many items could be received at the moment, without those of waiting senders}
  public int size() {
    synchronized (lock) {
      return store.size;
    }
  }

  /// {@return how many items it keeps; 0 for a rendezvous, [Integer#MAX_VALUE] for any number}
  public int capacity() {
    return capacity;
  }

  @Override
  public String toString() {
    return "Chan "
        + size()
        + " of "
        + (capacity == Integer.MAX_VALUE ? "any number" : capacity)
        + (closed ? ", closed" : "");
  }
}
