package dev.selvedge.process.shared;

import dev.selvedge.process.shared.Ring.Item;
import dev.selvedge.spi.Kernel;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The receiving side of one direction of a pipe; [Outflow] says what lies in the ring.
///
/// Everything is done under the receive lock, also the waiting: who comes next could not go on
/// either. What a reader that was killed has left is at most the rest of a message.
///
/// **Within a message** a reader waits for its sender, who is in the middle of `send`, and goes on,
/// gives up or dies. So that wait does not end by an interrupt, which would tear the message; the
/// interrupt stays pending.
final class Inflow {
  private static final long LONGEST_MESSAGE = Integer.MAX_VALUE - 8;

  private final Object blocker;
  private final Ring ring;
  private final Holders own;
  private final Holders other;
  private final Parcels parcels = Parcels.current();

  /// A receiving side.
  ///
  /// @param blocker what those who wait wait for, for dumps
  Inflow(Object blocker, Ring ring, Holders own, Holders other) {
    this.blocker = blocker;
    this.ring = ring;
    this.own = own;
    this.other = other;
  }

  /// {@return the next message, as an object}
  @Nullable Object receive() throws IOException, InterruptedException {
    Incoming message = receive(false, LONGEST_MESSAGE);
    return message.isObject() ? parcels.unpack(message.bytes()) : message.bytes();
  }

  /// {@return the next message, which is one of bytes}
  ///
  /// @param most how long it may be
  byte[] receiveBytes(int most) throws IOException, InterruptedException {
    return receive(true, most).bytes();
  }

  /// A message.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Incoming(byte[] bytes, boolean isObject) {}

  /// Receives a message.
  ///
  /// @param wantsBytes whether one that is an object stays where it is
  /// @param most how long it may be
  private Incoming receive(boolean wantsBytes, long most) throws IOException, InterruptedException {
    WordWait.checkInterrupt();
    own.enter();
    lock(Kernel.FOREVER);
    try {
      Incoming message = null;
      while (message == null) {
        Item first = awaitMessage(Kernel.FOREVER);
        if (first == null) {
          throw new EOFException("the other end of the pipe is closed, or its process has ended");
        }
        check(first, wantsBytes, most);
        message = collected(first);
      }
      return message;
    } finally {
      ring.receiving().unlock();
    }
  }

  /// {@return whether a receive would not wait: there is a message, or the end}
  boolean poll(Duration timeout) throws IOException, InterruptedException {
    long deadline = WordWait.deadline(timeout.isNegative() ? Duration.ZERO : timeout);
    WordWait.checkInterrupt();
    own.enter();
    if (!lock(deadline)) {
      return false;
    }
    try {
      return awaitMessage(deadline) != null || isAtEnd();
    } finally {
      ring.receiving().unlock();
    }
  }

  /// Waits for one of several, as [PipeReceiver#awaitAny] says. It looks again and again: nothing
  /// in the kernel waits for several words that is there everywhere.
  static <R extends PipeReceiver> List<R> awaitAny(
      Collection<? extends R> receivers, Duration timeout)
      throws IOException, InterruptedException {
    long deadline = WordWait.deadline(timeout.isNegative() ? Duration.ZERO : timeout);
    var wait = new WordWait(receivers, deadline);
    while (true) {
      List<R> ready = new ArrayList<>();
      for (R receiver : receivers) {
        if (receiver.poll()) {
          ready.add(receiver);
        }
      }
      if (!ready.isEmpty() || wait.isOver()) {
        return ready;
      }
      wait.nap();
    }
  }

  /// Ends the receiving. The other side can send nothing more.
  void close() {
    ring.closeHead();
  }

  private boolean lock(long deadline) throws InterruptedException {
    if (!ring.receiving().acquire(deadline)) {
      return false;
    }
    if (ring.receiving().ownerDied()) {
      ring.receiving().markConsistent(); // nothing is broken: see above
    }
    return true;
  }

  /// {@return the first record of the next message, or null if the end or the deadline came before}
  private @Nullable Item awaitMessage(long deadline) throws IOException, InterruptedException {
    WordWait wait = null;
    while (true) {
      long tail = ring.tail();
      if (Ring.records(head(), tail) > 0) {
        Item item = ring.peek();
        if (is(item, Outflow.FIRST)) {
          return item;
        }
        remove(item); // of a message that nobody can have any more
        continue;
      }
      wait = wait == null ? WordWait.watching(blocker, deadline) : wait;
      if (Ring.isClosed(tail) || wait.isOver() || (wait.isTimeToLook() && isAtEnd())) {
        return null;
      }
      ring.awaitTail(wait, tail);
    }
  }

  /// {@return whether there is nothing more to receive, for ever} The dead send nothing, so what
  /// they have sent is seen after they were found dead.
  private boolean isAtEnd() {
    return (Ring.isClosed(ring.tail()) || other.areGone())
        && Ring.records(ring.head(), ring.tail()) == 0;
  }

  private void check(Item first, boolean wantsBytes, long most) throws IOException {
    if (wantsBytes && is(first, Outflow.OBJECT)) {
      throw new IOException("the next message is an object; take it with receive()");
    }
    if (first.total() > Math.min(most, LONGEST_MESSAGE)) {
      close();
      throw new IOException(
          "a message of "
              + first.total()
              + " bytes, of which "
              + most
              + " were allowed; this end of the pipe receives nothing more");
    }
  }

  /// {@return the message, or null if its sender gave it up}
  private @Nullable Incoming collected(Item first) throws IOException {
    byte[] bytes = new byte[(int) first.total()];
    boolean interrupted = false;
    try {
      Item item = first;
      for (int at = 0; ; item = awaitPart()) {
        interrupted |= Thread.interrupted(); // or the sleeps of awaitPart would end at once
        if (item == null || (at > 0 && is(item, Outflow.FIRST))) {
          return null;
        }
        ring.copy(item, 0, bytes, at);
        at += item.length();
        remove(item);
        if (is(item, Outflow.LAST)) {
          return new Incoming(bytes, is(item, Outflow.OBJECT));
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// {@return the next record, or null if nobody is about to send one}
  private @Nullable Item awaitPart() throws IOException {
    WordWait wait = WordWait.watching(blocker, Kernel.FOREVER);
    boolean interrupted = false;
    try {
      while (true) {
        long tail = ring.tail();
        if (Ring.records(head(), tail) > 0) {
          return ring.peek();
        }
        if (Ring.isClosed(tail) || (wait.isTimeToLook() && isTorn())) {
          return null;
        }
        try {
          ring.awaitTail(wait, tail);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// {@return whether nobody sends the rest of the message that is being read} Who does so has the
  /// send lock throughout; so if it can be had, also from a dead one, there is nobody.
  private boolean isTorn() {
    SharedLock sending = ring.sending();
    if (!sending.tryLock()) {
      return false;
    }
    try {
      return Ring.records(ring.head(), ring.tail()) == 0; // or it has just finished
    } finally {
      sending.unlock();
    }
  }

  private void remove(Item item) throws PipeClosedException {
    if (!ring.remove(item)) {
      throw closedHere();
    }
    ring.wakeWriter();
  }

  private long head() throws PipeClosedException {
    long head = ring.head();
    if (Ring.isClosed(head)) {
      throw closedHere();
    }
    return head;
  }

  private static PipeClosedException closedHere() {
    return new PipeClosedException("this end of the pipe is closed; nothing can be received");
  }

  private static boolean is(Item item, int flag) {
    return (item.flags() & flag) != 0;
  }
}
