package dev.selvedge.loop.io;

import dev.selvedge.internal.Times;
import dev.selvedge.internal.Waiter;
import dev.selvedge.loop.internal.LoopScheduler;
import dev.selvedge.loop.internal.Poller;
import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A socket, whose waits can be left without harm to it.
///
/// ## Why the channel does not block
///
/// The JDK can park a virtual thread in a read of a socket, but leaves such a read in one way only:
/// an interrupt closes the socket, and so does a close by somebody else. A read that is given up at
/// a deadline would cost the connection. Two other designs keep it:
///
/// - a thread for each connection that blocks in the read and hands on what comes. It takes every
///   byte through one more thread, and doubles the cost of an idle connection; and a byte that it
///   has taken belongs to nobody when its reader is cancelled;
/// - a channel that never blocks, and a wait *beside* it, until it is worth trying again. That is
///   what is done here. A wait is a [Signal] of the core's kind, which ends by cancellation and by
///   interrupt, and touches no byte; the operation on the channel takes no time, is not left by an
///   interrupt, and either moves bytes or does not.
///
/// So there is no point at which a wait can be left with a byte in its hands.
///
/// ## Reading
///
/// One thread reads at a time (the [InputBuffer] sees to it).
///
/// ```
///   try the channel ──bytes, end, failure──► done
///     ▲     │ nothing there
///     │     ▼
///     │  publish a signal as `reader`; look at `closed`; arm its poller
///     │     │
///     └─────┴── signalled          interrupted ──► forget `reader`, throw
/// ```
///
/// - *Bytes come between the try and the arming:* readiness is a level, not an edge. The poller
///   finds the channel ready when it looks.
/// - *The wait is left, and bytes come then:* the poller withdraws the interest and finds no
///   reader. The bytes are in the socket. The next read tries the channel first.
/// - *The poller signals the reader of an earlier wait's arming:* a wake-up too many; it tries,
///   finds nothing, and waits again.
/// - *The last read took all that there was:* then the next one on the loop that polls the channel
///   waits without trying, for its interest is still armed, and a try costs as much as a read.
/// - *Close beside a read:* the reader writes `reader` and then reads `closed`; who closes writes
///   `closed` and then reads `reader`. One of the two sees the other.
///
/// ## Writing
///
/// What is written is appended to `unsent`, under the lock, whole. [#pump()] moves it to the socket
/// as far as that takes it, and if something is left, arms the poller, which pumps again when the
/// socket has room. So what has been accepted is sent although its writer is cancelled, or waits
/// for something else; and a thread that reads never waits for a peer that does not read, which
/// would be how two sides that both write first wait for each other for ever.
///
/// Small writes are not sent one by one. They wait until there are many, for a flush, or for a read
/// that has to wait: who answers requests that came together answers them together. While a read
/// waits, nothing is held back. The reader publishes `reader` and then pumps under the lock; the
/// writer appends under the lock and then reads `reader`: so one of the two sends.
///
/// A coroutine of an event loop need not look who reads: what it has written is sent by its loop
/// when its step has ended ([LoopScheduler#atStepEnd]), whatever it waits for then. `promised` says
/// that this will be done.
///
/// A writer waits only *before* its bytes are accepted, while there is too much unsent, and a
/// [#flush()] while there is any. Each such wait is in `drains`, with the number of bytes at which
/// it is over. Whoever pumps, the poller included, signals those whose number is reached; all of
/// them if the channel has failed or is closed, and they look again and find out which it was.
///
/// The first failure stays, and what is unsent is forgotten with it.
///
/// ## Closing
///
/// A channel that a selector watches gives its descriptor back when the selector has let go of it,
/// so closing waits for a selection of the poller: whoever has closed a thousand connections can
/// open a thousand others. The peer learns of the end at once in either case.
final class ChannelWire implements Wire {
  /// How much is collected before it is sent without being asked for.
  private static final int COLLECTED = 8 * 1024;

  /// How much is given to the channel at once: it copies that into memory outside of the heap.
  private static final int PIECE = 128 * 1024;

  private static final byte[] NOTHING = {};

  private final SocketChannel channel;
  private final ConnectionOptions options;
  private final Object lock = new Object();
  private final Runnable stepEnd = this::keepPromise;

  private volatile boolean closed; // written under lock
  private volatile @Nullable Signal reader; // written by the reading thread
  private boolean drained; // by the last read; the reading thread's

  private volatile @Nullable Poller poller; // that of the first wait; written under lock

  // guarded by lock
  private @Nullable SelectionKey key;
  private byte[] unsent = NOTHING;
  private int start;
  private int end;
  private boolean sending; // whether the poller has been asked to pump
  private boolean promised; // whether a loop will pump when a step has ended
  private boolean outputClosed;
  private @Nullable IOException failure;
  private boolean reported; // whether somebody has been told of the failure
  private final List<Drain> drains = new ArrayList<>(0);

  /// @param channel does not block
  /// @param poller watches it already; null if none does
  ChannelWire(SocketChannel channel, ConnectionOptions options, @Nullable Poller poller) {
    this.channel = channel;
    this.options = options;
    this.poller = poller;
  }

  /// A thread that waits until not more than so many bytes are unsent.
  private record Drain(int most, Signal signal) {}

  // ---- reading --------------------------------------------------------------------------------

  @Override
  public int read(ByteBuffer into) throws IOException, InterruptedException {
    while (true) {
      checkOpen();
      int count = drained && isOnItsLoop() ? 0 : tryRead(into);
      if (count != 0) {
        drained = into.hasRemaining();
        return count;
      }
      awaitReadable();
      drained = false;
    }
  }

  private boolean isOnItsLoop() {
    Poller watching = poller;
    return watching != null && watching.isCurrent();
  }

  private int tryRead(ByteBuffer into) throws IOException {
    try {
      return channel.read(into);
    } catch (IOException e) {
      synchronized (lock) {
        fail(e);
        reported = true; // what follows needs not be said again at close
        wakeDrained();
      }
      throw e;
    }
  }

  private void awaitReadable() throws IOException, InterruptedException {
    Signal signal = new Signal();
    reader = signal;
    try {
      synchronized (lock) {
        if (!promised) {
          pump(); // the peer may wait for it before it answers
        }
      }
      if (!closed) {
        arm(SelectionKey.OP_READ);
        signal.await(this, Kernel.FOREVER);
      }
    } finally {
      reader = null;
    }
  }

  private void arm(int operations) throws IOException {
    Poller watching;
    SelectionKey mine;
    synchronized (lock) {
      checkOpen(); // who closes looks for the poller
      watching = poller;
      if (watching == null) {
        watching = Poller.current();
        poller = watching;
      }
      if (key == null) {
        key = watching.watch(channel, this::ready);
      }
      mine = key;
    }
    watching.arm(mine, operations);
  }

  /// Called by the poller.
  private boolean ready(int operations) {
    if ((operations & SelectionKey.OP_WRITE) != 0) {
      synchronized (lock) {
        sending = false;
        pump();
      }
    }
    return (operations & SelectionKey.OP_READ) != 0 && wakeReader();
  }

  private boolean wakeReader() {
    Signal waiting = reader;
    return waiting != null && waiting.give();
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  public void write(ByteBuffer bytes) throws IOException, InterruptedException {
    while (true) {
      awaitRoom();
      synchronized (lock) {
        checkWritable();
        if (end - start < options.highWater()) { // nobody else was faster
          accept(bytes);
          return;
        }
      }
    }
  }

  /// Waits while too much is unsent.
  void awaitRoom() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    while (true) {
      Drain drain;
      synchronized (lock) {
        checkWritable();
        if (end - start < options.highWater()) {
          return;
        }
        pump();
        drain = drain(options.highWater() / 4);
      }
      await(drain, Kernel.FOREVER);
    }
  }

  /// Takes all bytes, whatever is unsent. Does not wait.
  void offer(ByteBuffer bytes) throws IOException {
    synchronized (lock) {
      checkWritable();
      accept(bytes);
    }
  }

  private void accept(ByteBuffer bytes) throws IOException {
    if (start == end && bytes.remaining() >= COLLECTED) {
      sendAtOnce(bytes);
    }
    append(bytes);
    if (end - start >= COLLECTED) {
      pump();
    } else if (!promised) {
      promised = LoopScheduler.atStepEnd(stepEnd);
      if (!promised && reader != null) {
        pump();
      }
    }
    checkFailure();
  }

  private void keepPromise() {
    synchronized (lock) {
      promised = false;
      pump();
    }
  }

  /// Spares a large write the copy, as far as the socket takes it.
  private void sendAtOnce(ByteBuffer bytes) {
    int limit = bytes.limit();
    int count = 1;
    try {
      while (count > 0 && bytes.hasRemaining()) {
        bytes.limit(Math.min(limit, bytes.position() + PIECE));
        count = channel.write(bytes);
        bytes.limit(limit);
      }
    } catch (IOException e) {
      bytes.limit(limit);
      fail(e);
    }
  }

  private void append(ByteBuffer bytes) {
    int count = end - start;
    int more = bytes.remaining();
    if (end + more > unsent.length) {
      byte[] target = unsent;
      if (count + more > unsent.length) {
        target = new byte[Math.max(count + more, Math.max(512, 2 * unsent.length))];
      }
      System.arraycopy(unsent, start, target, 0, count);
      unsent = target;
      start = 0;
      end = count;
    }
    bytes.get(unsent, end, more);
    end += more;
  }

  /// Sends what it can, has the poller send the rest, and wakes those who waited for that.
  private void pump() {
    try {
      while (start < end && !sending && failure == null) {
        int count = channel.write(ByteBuffer.wrap(unsent, start, Math.min(end - start, PIECE)));
        start += count;
        if (count == 0) {
          sending = true;
          arm(SelectionKey.OP_WRITE);
        }
      }
    } catch (IOException e) {
      fail(e);
    }
    if (start == end) {
      start = 0;
      end = 0;
      if (unsent.length > options.highWater()) {
        unsent = NOTHING;
      }
    }
    wakeDrained();
  }

  private void fail(IOException e) {
    if (failure == null) {
      failure = e;
    }
    start = 0;
    end = 0;
    unsent = NOTHING;
  }

  private void wakeDrained() {
    if (drains.isEmpty()) {
      return;
    }
    boolean over = failure != null || closed;
    for (Iterator<Drain> each = drains.iterator(); each.hasNext(); ) {
      Drain drain = each.next();
      if (over || end - start <= drain.most) {
        each.remove();
        drain.signal.give();
      }
    }
  }

  private Drain drain(int most) {
    Drain drain = new Drain(most, new Signal());
    drains.add(drain);
    wakeDrained(); // what is reached already
    return drain;
  }

  private boolean await(Drain drain, long deadline) throws InterruptedException {
    try {
      return drain.signal.await(this, deadline);
    } finally {
      synchronized (lock) {
        drains.remove(drain);
      }
    }
  }

  @Override
  public void flush() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    flush(Kernel.FOREVER);
  }

  private boolean flush(long deadline) throws IOException, InterruptedException {
    while (true) {
      Drain drain;
      synchronized (lock) {
        if (isSent()) {
          return true;
        }
        drain = drain(0);
      }
      if (!await(drain, deadline)) {
        return false;
      }
    }
  }

  private boolean isSent() throws IOException {
    checkFailure();
    checkOpen();
    pump();
    checkFailure();
    return start == end;
  }

  private void checkWritable() throws IOException {
    checkFailure();
    checkOpen();
    if (outputClosed) {
      throw new ClosedChannelException();
    }
  }

  private void checkFailure() throws IOException {
    if (failure != null) {
      reported = true;
      throw failure;
    }
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public void closeOutput() throws IOException, InterruptedException {
    Waiter.checkInterrupt();
    while (true) {
      Drain drain;
      synchronized (lock) {
        if (outputClosed) {
          return;
        }
        if (isSent()) {
          outputClosed = true;
          channel.shutdownOutput();
          return;
        }
        drain = drain(0);
      }
      await(drain, Kernel.FOREVER);
    }
  }

  @Override
  public int unsent() {
    synchronized (lock) {
      return end - start;
    }
  }

  @Override
  public boolean isBeingRead() {
    return reader != null;
  }

  // ---- closing --------------------------------------------------------------------------------

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    try {
      long deadline = Times.deadline(Kernel.current(), options.closeTimeout());
      if (!isReported() && !flush(deadline)) {
        throw new IOException(
            "the other side did not take what was written within "
                + Times.text(options.closeTimeout())
                + "; the rest is lost");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while closing; what was not sent is lost");
    } catch (ClosedChannelException _) {
      // by somebody else meanwhile
    } finally {
      shut();
    }
  }

  /// {@return whether a write or flush has thrown the failure, which need not be said twice}
  private boolean isReported() {
    synchronized (lock) {
      return reported;
    }
  }

  @Override
  public void abort() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0); // a reset instead of an end
    } catch (IOException | UnsupportedOperationException _) {
      // closed already, or not over TCP
    }
    shut();
  }

  private void shut() {
    synchronized (lock) {
      closed = true;
      wakeDrained();
    }
    wakeReader();
    try {
      channel.close();
    } catch (IOException _) {
      // nobody could do anything about it
    }
    Poller watching = poller;
    if (watching != null) {
      watching.release(channel);
    }
  }
}
