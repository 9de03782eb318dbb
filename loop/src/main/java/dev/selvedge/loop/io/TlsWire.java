package dev.selvedge.loop.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/// TLS over another wire.
///
/// The engine turns bytes into records and back and never waits; all waits are those of the wire
/// below, where they can be left without harm. So this one keeps its promises if it never leaves a
/// wait with something done by half:
///
/// - *Reading.* Records are read from below into `received`, and unwrapped from there into `clear`.
///   A cancellation comes while nothing is there to be unwrapped; the part of a record that has
///   come stays in `received`. One thread reads at a time.
/// - *Writing.* Records are numbered: one that was wrapped and not sent is the end of the
///   connection. So a writer waits for room below first, and then wraps and hands over under `out`
///   without waiting. Several writers may come through at once when there is room; what is kept
///   exceeds the high-water mark by what they write.
/// - *In between.* A reader may have to answer, such as an update of keys. It wraps under `out`
///   too, and does not wait for room: the answers are small.
///
/// The engine allows one thread in `wrap` and one in `unwrap` at the same time.
///
/// The end of the input is the peer's `close_notify`. Where the connection below ends without one,
/// somebody may have cut it off, so that is a failure and not an end.
final class TlsWire implements Wire {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final ChannelWire below;
  private final SSLEngine engine;

  // both between writes and reads of them; used by the reading thread only
  private ByteBuffer received;
  private ByteBuffer clear;
  private boolean ended;

  private final Object out = new Object();
  private ByteBuffer records; // guarded by out; empty whenever it is free

  TlsWire(ChannelWire below, SSLEngine engine) {
    this.below = below;
    this.engine = engine;
    this.received = ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).flip();
    this.clear = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
    this.records = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
  }

  @Override
  public void handshake() throws IOException, InterruptedException {
    engine.beginHandshake();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> runTasks();
        case NEED_WRAP -> wrap(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap()) {
            throw new EOFException("the other side ended the connection during the TLS handshake");
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          below.flush();
          return;
        }
      }
    }
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  @Override
  public int read(ByteBuffer into) throws IOException, InterruptedException {
    while (!clear.hasRemaining()) {
      if (ended) {
        return -1;
      }
      if (unwrap()) {
        answer();
      } else {
        ended = true;
        answerLast();
      }
    }
    int count = Math.min(into.remaining(), clear.remaining());
    into.put(clear.slice(clear.position(), count));
    clear.position(clear.position() + count);
    return count;
  }

  /// Unwraps one record, and waits for it.
  ///
  /// @return false at the end
  private boolean unwrap() throws IOException, InterruptedException {
    while (true) {
      clear.compact();
      SSLEngineResult result;
      try {
        result = engine.unwrap(received, clear);
      } catch (SSLException e) {
        sendAlert(e);
        throw e;
      } finally {
        clear.flip();
      }
      switch (result.getStatus()) {
        case OK -> {
          return true;
        }
        case CLOSED -> {
          return false;
        }
        case BUFFER_OVERFLOW ->
            clear = enlarged(clear, engine.getSession().getApplicationBufferSize());
        case BUFFER_UNDERFLOW -> receive();
      }
    }
  }

  private void receive() throws IOException, InterruptedException {
    if (received.remaining() == received.capacity()) {
      received = enlarged(received, engine.getSession().getPacketBufferSize());
    }
    received.compact();
    int count;
    try {
      count = below.read(received);
    } finally {
      received.flip();
    }
    if (count < 0) {
      engine.closeInbound(); // throws, as no close_notify has come
      throw new EOFException("the connection ended without the end of TLS");
    }
  }

  private static ByteBuffer enlarged(ByteBuffer buffer, int more) {
    return ByteBuffer.allocate(buffer.capacity() + more).put(buffer).flip();
  }

  /// Does what the engine asks for after a record has come.
  private void answer() throws IOException {
    while (true) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        runTasks();
      } else if (status == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
        wrap(NOTHING);
      } else {
        return;
      }
    }
  }

  /// Answers the end, if the other side still listens.
  private void answerLast() {
    try {
      answer();
    } catch (IOException _) {
      // whoever writes learns of it
    }
  }

  /// Tells the other side what went wrong, if it still listens.
  private void sendAlert(SSLException e) {
    try {
      answer();
    } catch (IOException second) {
      e.addSuppressed(second);
    }
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  public void write(ByteBuffer bytes) throws IOException, InterruptedException {
    below.awaitRoom();
    wrap(bytes);
    if (bytes.hasRemaining()) {
      throw new ClosedChannelException();
    }
  }

  /// Wraps all bytes, and hands the records over without waiting. Stops early if the output is
  /// closed.
  private void wrap(ByteBuffer bytes) throws IOException {
    synchronized (out) {
      do {
        SSLEngineResult result = engine.wrap(bytes, records);
        switch (result.getStatus()) {
          case OK -> {}
          case BUFFER_OVERFLOW ->
              records =
                  ByteBuffer.allocate(
                      records.capacity() + engine.getSession().getPacketBufferSize());
          case BUFFER_UNDERFLOW -> throw new SSLException("cannot wrap: " + result);
          case CLOSED -> {
            handOver();
            return;
          }
        }
        handOver();
      } while (bytes.hasRemaining());
    }
  }

  private void handOver() throws IOException {
    try {
      below.offer(records.flip());
    } finally {
      records.clear();
    }
  }

  @Override
  public void flush() throws IOException, InterruptedException {
    below.flush();
  }

  @Override
  public void closeOutput() throws IOException, InterruptedException {
    end();
    below.flush();
  }

  /// Appends the `close_notify`.
  private void end() throws IOException {
    synchronized (out) {
      if (!engine.isOutboundDone()) {
        engine.closeOutbound();
        wrap(NOTHING);
      }
    }
  }

  // ---- closing --------------------------------------------------------------------------------

  @Override
  public void close() throws IOException {
    if (!below.isOpen()) {
      return;
    }
    try {
      end();
    } catch (IOException _) {
      // the wire below has failed, and says so if nobody has
    }
    below.close();
  }

  @Override
  public void abort() {
    below.abort();
  }

  @Override
  public boolean isOpen() {
    return below.isOpen();
  }

  @Override
  public int unsent() {
    return below.unsent();
  }

  @Override
  public boolean isBeingRead() {
    return below.isBeingRead();
  }
}
