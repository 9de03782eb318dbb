package dev.selvedge.loop.io;

import dev.selvedge.Deadline;
import dev.selvedge.Stability;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.Times;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A connection to another program: bytes in both directions, over TCP or a Unix-domain socket.
///
/// ```java
/// try (Connection connection = TcpClient.connect("localhost", 8025)) {
///   connection.write("hello\n");
///   System.out.println(connection.readLine());
/// }
/// ```
///
/// It reads as blocking code does, on any thread; on a virtual thread a wait costs only that
/// thread. [Input] says how reading works, [Output] the same for writing. Both directions are
/// independent: one task may read while another writes.
///
/// **Event loops.** A connection belongs to the [loop][dev.selvedge.loop.EventLoop] on which it was
/// connected, or on which an accepted one was first waited for: that loop's thread learns when
/// there is something to read. Other threads may use it, too, at the cost of two wake-ups for each
/// wait; and closing it there waits for the loop to end its step.
///
/// **Deadlines** need no parameter, as every wait ends with its task:
///
/// ```java
/// String line = Deadline.within(Duration.ofSeconds(2), connection::readLine);
/// ```
///
/// The connection can be used on after that, and so it can after every cancellation.
///
/// **End.** [#close()] sends what was written and closes; [#abort()] closes at once. Whoever waits
/// in a read or a write then gets a [java.nio.channels.ClosedChannelException], as does whoever
/// writes later, or reads more than had come already. A connection that was forgotten is closed by
/// the garbage collector, with a warning in the log. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class Connection implements Input, Output, Closeable {
  private static final Cleaner CLEANER = Cleaner.create();

  private volatile Wire wire; // replaced once at most, by one that stands on it
  private final InputBuffer input;
  private final SocketAddress local;
  private final SocketAddress remote;
  private final Duration handshakeTimeout;

  Connection(Wire wire, ConnectionOptions options, SocketAddress local, SocketAddress remote) {
    this.wire = wire;
    this.input = new InputBuffer(into -> this.wire.read(into), options.limit());
    this.local = local;
    this.remote = remote;
    this.handshakeTimeout = options.handshakeTimeout();
    String text = toString();
    CLEANER.register(this, () -> reclaim(wire, text));
  }

  private static void reclaim(Wire wire, String text) {
    if (wire.isOpen()) {
      Problems.warn(text + " was never closed; close it, best by try-with-resources");
      wire.abort();
    }
  }

  /// Agrees with the other side on how to go on; before anything else.
  ///
  /// @throws IOException if they do not agree, or the other side took too long
  void handshake() throws IOException, InterruptedException {
    if (wire instanceof TlsWire tls) {
      handshakeInTime(tls);
    }
  }

  /// Goes on with TLS, as the client: after both sides have agreed, in clear, to do so. The
  /// certificate of the other side is verified.
  ///
  /// ```java
  /// connection.write("STARTTLS\r\n");
  /// if (String.valueOf(connection.readLine()).startsWith("220")) {
  ///   connection.startTls(SSLContext.getDefault(), "mail.example.org");
  /// }
  /// ```
  ///
  /// Nobody may read or write meanwhile. If it fails, also by a cancellation, the connection is
  /// closed, for half a handshake is of no use.
  ///
  /// @param context whom this side trusts
  /// @param host who is expected on the other side
  /// @throws IOException if the two sides do not agree, the other side takes longer than
  ///   [ConnectionOptions#handshakeTimeout()], or bytes that came in clear were not read
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalStateException if the connection has TLS already
  public void startTls(SSLContext context, String host) throws IOException, InterruptedException {
    startTls(Sockets.engine(context, Objects.requireNonNull(host, "host"), remote));
  }

  /// Goes on with TLS, as the server; see [#startTls(SSLContext, String)].
  ///
  /// @param context the key and certificate of this side
  /// @throws IOException if the two sides do not agree, the other side takes longer than
  ///   [ConnectionOptions#handshakeTimeout()], or bytes that came in clear were not read
  /// @throws InterruptedException if the thread is interrupted or the task cancelled
  /// @throws IllegalStateException if the connection has TLS already
  public void startTls(SSLContext context) throws IOException, InterruptedException {
    startTls(Sockets.engine(context, null, remote));
  }

  private void startTls(SSLEngine engine) throws IOException, InterruptedException {
    if (!(wire instanceof ChannelWire clear)) {
      throw new IllegalStateException("the " + this + " has TLS already");
    }
    TlsWire tls = new TlsWire(clear, engine);
    try {
      input.change(
          () -> {
            handshakeInTime(tls);
            wire = tls;
          });
    } catch (SSLException e) {
      closeAfter(e, tls);
      throw e;
    } catch (IOException | InterruptedException | RuntimeException e) {
      clear.abort();
      throw e;
    }
  }

  /// Tells the other side what is wrong with it.
  private static void closeAfter(SSLException e, Wire wire) {
    try {
      wire.close();
    } catch (IOException second) {
      e.addSuppressed(second);
    }
  }

  private void handshakeInTime(TlsWire tls) throws IOException, InterruptedException {
    try {
      boolean inTime = Deadline.moveOnAfter(handshakeTimeout, tls::handshake);
      if (!inTime) {
        throw new SocketTimeoutException(
            "the other side of the "
                + this
                + " did not finish the TLS handshake within "
                + Times.text(handshakeTimeout));
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the TLS handshake of the " + this + " failed: " + e.getMessage(), e);
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  @Override
  public byte[] read(int atMost) throws IOException, InterruptedException {
    return input.read(atMost);
  }

  /// Reads what is there into a buffer, and waits for at least one byte: the way to pass bytes on
  /// without an array for each read.
  ///
  /// ```java
  /// ByteBuffer buffer = ByteBuffer.allocateDirect(8 * 1024);
  /// while (connection.read(buffer.clear()) >= 0) {
  ///   connection.write(buffer.flip());
  /// }
  /// ```
  ///
  /// @param into gets the bytes at its position; nobody else may touch it meanwhile. If it has no
  ///   room, this returns without waiting
  /// @return how many bytes, or -1 at the end
  /// @throws IOException if the connection fails or is closed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the buffer is
  ///   unchanged
  public int read(ByteBuffer into) throws IOException, InterruptedException {
    return input.read(into);
  }

  @Override
  public byte[] readExactly(int count) throws IOException, InterruptedException {
    return input.readExactly(count);
  }

  @Override
  public byte[] readUntil(byte... separator) throws IOException, InterruptedException {
    return input.readUntil(separator);
  }

  @Override
  public byte[] readLineBytes() throws IOException, InterruptedException {
    return input.readLineBytes();
  }

  @Override
  public @Nullable String readLine() throws IOException, InterruptedException {
    return input.readLine();
  }

  @Override
  public byte[] readAll() throws IOException, InterruptedException {
    return input.readAll();
  }

  @Override
  public String readAllText() throws IOException, InterruptedException {
    return input.readAllText();
  }

  @Override
  public boolean atEnd() {
    return input.atEnd();
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
    wire.write(ByteBuffer.wrap(bytes, offset, length));
  }

  /// Writes the bytes between position and limit of a buffer, which are consumed.
  ///
  /// @param bytes the buffer
  /// @throws IOException if the other side or this one has closed, or the connection has failed
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; nothing is
  ///   written then
  public void write(ByteBuffer bytes) throws IOException, InterruptedException {
    wire.write(bytes);
  }

  @Override
  public void flush() throws IOException, InterruptedException {
    wire.flush();
  }

  @Override
  public void closeOutput() throws IOException, InterruptedException {
    wire.closeOutput();
  }

  // ---- who and whether ------------------------------------------------------------------------

  /// {@return this side's address}
  public SocketAddress localAddress() {
    return local;
  }

  /// {@return the other side's address; of a client of a Unix-domain server it is empty}
  public SocketAddress remoteAddress() {
    return remote;
  }

  /// {@return whether this side has not closed it} What the other side has done is learned by
  /// reading and writing.
  public boolean isOpen() {
    return wire.isOpen();
  }

  /// Sends what was written and closes the connection. Waits for the other side to take it, but not
  /// longer than [ConnectionOptions#closeTimeout()], and not on through an interrupt, which stays
  /// pending. Without effect if it is closed.
  ///
  /// @throws IOException if not all of it could be sent, and no write or flush has said so before;
  ///   it is closed nevertheless
  @Override
  public void close() throws IOException {
    wire.close();
  }

  /// Closes the connection at once. What was written and not sent is lost, and over TCP the other
  /// side sees a reset. Without effect if it is closed.
  public void abort() {
    if (wire.isOpen()) {
      wire.abort();
    }
  }

  /// {@return how many bytes were written and not sent} For tests.
  int unsent() {
    return wire.unsent();
  }

  /// {@return whether a thread waits for input} For tests.
  boolean isBeingRead() {
    return wire.isBeingRead();
  }

  /// {@return how many bytes the input could hold at the moment} For tests.
  int inputCapacity() {
    return input.capacity();
  }

  @Override
  public String toString() {
    return "connection from " + local + " to " + remote;
  }
}
