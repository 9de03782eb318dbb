package dev.selvedge.process.internal;

import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One end of a connection with a host: a greeting, and then frames, each with a message of the
/// codec.
///
/// ```
/// greeting   token 32 │ key 8
/// frame      kind 1 │ first 8 │ second 8 │ length 4 │ large 4 │ message │ large: size 8, bytes …
/// ```
///
/// One request is under way at a time, so the thread that asks also reads the answer, without
/// another one in between: that is what makes a call quick. For one thread at a time; an interrupt
/// closes the connection, as it does with all channels.
final class HostLine implements Closeable {
  /// How long a token is, in characters.
  static final int TOKEN = 32;

  private static final int HEAD = 1 + 8 + 8 + 4 + 4;
  private static final int BUFFER = 1 << 14;
  private static final int KEPT = 1 << 20;
  private static final int CHUNK = 1 << 20;

  /// What a frame says.
  enum Kind {
    /// Call a method; first is the object, second the time left in nanoseconds or -1.
    CALL,
    /// Run a function; as before.
    APPLY,
    /// Stop what the connection with the key `first` asked for, and answer when it has stopped.
    CANCEL,
    /// What was asked for has stopped.
    STOPPED,
    /// The call returned this.
    VALUE,
    /// The call threw this.
    THROWN,
    /// The call could not be made, or its result not be sent, for this reason.
    REFUSED,
    /// The call was cancelled.
    CANCELLED,
    /// There is no such object any more.
    GONE,
    /// To a host, first: the interface, the initializer, and what makes the object.
    MAKE,
    /// From a host: the address of its object.
    READY,
    /// From a host: the object was not made, for this reason.
    FAILED,
    /// To a host: end.
    END
  }

  private static final List<Kind> KINDS = List.of(Kind.values()); // sent by their index

  /// The head of a frame; the message is read from [HostLine#decoder].
  record Frame(Kind kind, long first, long second) {}

  private final SocketChannel channel;
  private final Encoder encoder;
  private final Decoder decoder;
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER);
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER).limit(0);
  private byte[] body = new byte[256];
  private long key;

  /// Takes a connected channel.
  HostLine(SocketChannel channel, Codecs codecs, @Nullable ClassLoader loader) {
    this.channel = channel;
    this.encoder = new Encoder(codecs);
    this.decoder = new Decoder(codecs, loader);
  }

  /// Connects, with a greeting that goes out with the first frame.
  static HostLine connect(
      Path socket, String token, long key, Codecs codecs, @Nullable ClassLoader loader)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      HostLine line = new HostLine(channel, codecs, loader);
      line.out.put(token.getBytes(StandardCharsets.US_ASCII)).putLong(key);
      line.key = key;
      return line;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// What writes the next message.
  Encoder encoder() {
    return encoder;
  }

  /// What reads the message that was received last.
  Decoder decoder() {
    return decoder;
  }

  // ---- sending --------------------------------------------------------------------------------

  /// Sends what the encoder holds, and what is beside it.
  void send(Kind kind, long first, long second) throws IOException {
    send(kind, first, second, encoder.large());
  }

  /// Sends what the encoder holds, and this in place of what is beside it.
  void send(Kind kind, long first, long second, List<MemorySegment> large) throws IOException {
    try {
      head(kind, first, second, encoder.length(), large.size());
      if (encoder.length() <= out.remaining()) {
        encoder.copyTo(MemorySegment.ofBuffer(out));
        out.position(out.position() + encoder.length());
      } else {
        write(ByteBuffer.wrap(encoder.toByteArray()));
      }
      finish(large);
    } finally {
      encoder.reset();
    }
  }

  /// Sends a message that was made elsewhere.
  void send(Kind kind, Message message) throws IOException {
    head(kind, 0, -1, message.bytes().length, message.large().size());
    write(ByteBuffer.wrap(message.bytes()));
    finish(message.large());
  }

  private void head(Kind kind, long first, long second, int length, int large) {
    out.put((byte) KINDS.indexOf(kind)).putLong(first).putLong(second).putInt(length).putInt(large);
  }

  private void finish(List<MemorySegment> large) throws IOException {
    for (MemorySegment part : large) {
      write(ByteBuffer.allocate(8).putLong(part.byteSize()).flip());
      copy(part);
    }
    flush();
  }

  private void copy(MemorySegment part) throws IOException {
    for (long at = 0; at < part.byteSize(); ) {
      if (!out.hasRemaining()) {
        flush();
      }
      int length = (int) Math.min(out.remaining(), part.byteSize() - at);
      MemorySegment.copy(part, at, MemorySegment.ofBuffer(out), 0, length);
      out.position(out.position() + length);
      at += length;
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() <= out.remaining()) {
      out.put(bytes);
      return;
    }
    flush();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Sends what is waiting, such as a greeting.
  void flush() throws IOException {
    out.flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
    out.clear();
  }

  // ---- receiving ------------------------------------------------------------------------------

  /// {@return whether the other side greets with this token} Its key is in [#key].
  boolean isGreetedWith(String token) throws IOException {
    require(TOKEN + 8);
    byte[] given = new byte[TOKEN];
    in.get(given);
    key = in.getLong();
    return java.security.MessageDigest.isEqual(given, token.getBytes(StandardCharsets.US_ASCII));
  }

  /// {@return the key in the greeting of this connection}
  long key() {
    return key;
  }

  /// {@return the next frame, whose message the decoder has, or null if there is no more}
  @Nullable Frame receive() throws IOException {
    if (!in.hasRemaining() && !fill()) {
      return null;
    }
    require(HEAD);
    Frame frame = new Frame(KINDS.get(in.get()), in.getLong(), in.getLong());
    int length = in.getInt();
    int count = in.getInt();
    if (body.length < length || body.length > KEPT) {
      body = new byte[Math.max(length, 256)];
    }
    read(ByteBuffer.wrap(body, 0, length));
    List<MemorySegment> large = List.of();
    if (count > 0) {
      large = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        large.add(readLarge());
      }
    }
    if (length > 0) {
      decoder.open(body, 0, length, large);
    }
    return frame;
  }

  private MemorySegment readLarge() throws IOException {
    require(8);
    long size = in.getLong();
    MemorySegment part = allocate(size);
    ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, size));
    for (long at = 0; at < size; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), size - at));
      read(chunk);
      MemorySegment.copy(MemorySegment.ofBuffer(chunk.flip()), 0, part, at, chunk.limit());
    }
    return part;
  }

  /// Memory in the heap, of longs, so that it is aligned for every array that it may become.
  static MemorySegment allocate(long size) {
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(size, 8L))])
        .asSlice(0, size);
  }

  private void require(int bytes) throws IOException {
    while (in.remaining() < bytes) {
      if (!fill()) {
        throw new EOFException("the connection ended within a frame");
      }
    }
  }

  private void read(ByteBuffer target) throws IOException {
    int buffered = Math.min(in.remaining(), target.remaining());
    target.put(in.slice(in.position(), buffered));
    in.position(in.position() + buffered);
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        throw new EOFException("the connection ended within a frame");
      }
    }
  }

  private boolean fill() throws IOException {
    in.compact();
    try {
      return channel.read(in) >= 0;
    } finally {
      in.flip();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // as good as closed
    }
  }
}
