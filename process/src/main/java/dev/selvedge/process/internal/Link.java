package dev.selvedge.process.internal;

import dev.selvedge.process.codec.Message;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One end of a connection between a pool and a worker: frames over a [Transport].
///
/// ```
/// kind 1 │ id 8 │ number 8 │ text: length 4, UTF-8 │ message: length 4 or -1, bytes
///        │ large parts: count 4, each kind 1, length 8, bytes
///        │              or IN_SLAB 1, length 8, slab 8, offset 8
/// PIECE 1 │ id 8 │ count of reports 4 │ length 4 │ bytes
/// ```
///
/// Everything that comes in is checked before memory is taken for it: a length that no sender of
/// this version writes ends the connection ([IOException]), which costs the worker and the one task
/// that it runs.
///
/// Any thread may send, one at a time; one thread receives.
public final class Link implements Closeable {
  private static final int HEAD = 1 + 8 + 8;
  private static final int BUFFER = 1 << 16;
  private static final int MAX_TEXT = 1 << 20;
  private static final int MAX_PARTS = 1 << 16;
  private static final int CHUNK = 1 << 20;
  private static final byte IN_SLAB = 64; // no kind of array has this number

  /// What a frame says.
  public enum Kind {
    /// From a worker, on the connection for control: here I am. The number is its pid, the text the
    /// pool's token.
    HELLO,
    /// From a worker without rings, on another connection, which is for tasks: the same.
    DATA,
    /// Either way, before a message that needs it: what the lexicon of the sender has got since the
    /// last time.
    LEARN,
    /// To a worker, first: the initializer to run. The number is 1 if it may take long.
    INITIALIZE,
    /// From a worker: ready for tasks.
    READY,
    /// To a worker: of the chunk that comes next, leave out the first elements. The number says how
    /// many.
    SKIP,
    /// To a worker: run this task. The number is the time left in nanoseconds, or -1; the text is
    /// the length of its name, a comma, its number here, a colon, and its path, which ends with the
    /// name.
    RUN,
    /// To a worker: stop this task. The text says why.
    CANCEL,
    /// To a worker: record as the file says that the text names, or no more if it is empty.
    RECORD,
    /// From a worker: further reports on the chunk that it runs, as a piece of a message. The
    /// number says how many. Sent by [#sendPiece].
    PIECE,
    /// From a worker: another report on the chunk that it runs, as a message of its own. Pieces
    /// that come after it begin another message.
    REPORT,
    /// From a worker: the task has returned this. The number is the time that it took, in
    /// nanoseconds.
    DONE,
    /// From a worker: the task, or with id 0 the initializer, has thrown this. The number is the
    /// time that it took.
    FAILED,
    /// To a worker: no more tasks.
    END
  }

  private static final List<Kind> KINDS = List.of(Kind.values()); // sent by their index

  /// What is sent.
  ///
  /// @param id the task's number
  public record Frame(Kind kind, long id, long number, String text, @Nullable Message message) {
    /// {@return a frame without a message}
    public static Frame of(Kind kind, long id, String text) {
      return new Frame(kind, id, -1, text, null);
    }
  }

  private final Transport transport;
  private final ReentrantLock sending = new ReentrantLock();
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER).limit(0);
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER); // guarded by sending
  private @Nullable Slabs slabs;
  private @Nullable SlabViews views;

  /// Takes a transport.
  Link(Transport transport) {
    this.transport = transport;
  }

  /// Takes a connected channel.
  public Link(SocketChannel channel) {
    this(new SocketTransport(channel));
  }

  /// Sends large parts that lie in slabs by their place, and looks for those of the other side in
  /// its slabs. To be called before anything is sent or received.
  void share(Slabs ours, SlabViews theirs) {
    slabs = ours;
    views = theirs;
  }

  private Slabs.@Nullable Place place(MemorySegment part) {
    return slabs == null ? null : slabs.find(part);
  }

  // ---- sending --------------------------------------------------------------------------------

  /// Sends a frame if that needs no waiting. To be called by the only sender.
  ///
  /// @return whether it was sent
  boolean trySend(Frame frame) throws IOException {
    if (!transport.hasRoom(most(frame))) {
      return false;
    }
    send(frame);
    return true;
  }

  /// {@return at least the length of a frame}
  private long most(Frame frame) {
    long most = HEAD + 12L + 3L * frame.text().length();
    Message message = frame.message();
    if (message != null) {
      most += message.bytes().length;
      for (MemorySegment part : message.large()) {
        most += 1 + 8 + (place(part) == null ? part.byteSize() : 8 + 8);
      }
    }
    return most;
  }

  /// Sends a frame, and waits while the other side does not read.
  public void send(Frame frame) throws IOException {
    byte[] text = frame.text().getBytes(StandardCharsets.UTF_8);
    sending.lock();
    try {
      out.clear();
      out.put((byte) KINDS.indexOf(frame.kind())).putLong(frame.id()).putLong(frame.number());
      out.putInt(text.length);
      write(ByteBuffer.wrap(text));
      writeMessage(frame.message());
      flush();
      transport.signal();
    } finally {
      sending.unlock();
    }
  }

  private void writeMessage(@Nullable Message message) throws IOException {
    ensure(8);
    if (message == null) {
      out.putInt(-1).putInt(0);
      return;
    }
    out.putInt(message.bytes().length);
    write(ByteBuffer.wrap(message.bytes()));
    ensure(4);
    out.putInt(message.large().size());
    for (MemorySegment part : message.large()) {
      Slabs.Place place = place(part);
      ensure(1 + 8 + 8 + 8);
      if (place == null) {
        out.put((byte) Message.kind(part)).putLong(part.byteSize());
        flush();
        transport.write(part);
      } else {
        out.put(IN_SLAB).putLong(part.byteSize()).putLong(place.slab()).putLong(place.offset());
      }
    }
  }

  /// Sends a piece of a message, and does not wake the reader, for more is to come: the one who
  /// ends the task does.
  ///
  /// @param count how many reports are in it
  void sendPiece(long id, int count, ByteBuffer piece) throws IOException {
    sending.lock();
    try {
      out.clear();
      out.put((byte) KINDS.indexOf(Kind.PIECE)).putLong(id).putInt(count);
      out.putInt(piece.remaining());
      write(piece);
      flush();
    } finally {
      sending.unlock();
    }
  }

  private void ensure(int bytes) throws IOException {
    if (out.remaining() < bytes) {
      flush();
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() <= out.remaining()) {
      out.put(bytes);
      return;
    }
    flush();
    transport.write(bytes);
  }

  private void flush() throws IOException {
    transport.write(out.flip());
    out.clear();
  }

  // ---- receiving ------------------------------------------------------------------------------

  /// As [Transport#awaitInput], of frames.
  boolean awaitInput() throws IOException {
    return in.hasRemaining() || transport.awaitInput();
  }

  /// As [Transport#hasInput], of frames.
  boolean hasInput() {
    return in.hasRemaining() || transport.hasInput();
  }

  /// As [Transport#awaitBriefly].
  void awaitBriefly(long nanos) {
    transport.awaitBriefly(nanos);
  }

  /// As [Transport#passOn].
  void passOn() {
    transport.passOn();
  }

  /// {@return the next frame, or null if the other side has ended the connection between two}
  public @Nullable Frame receive() throws IOException {
    if (!in.hasRemaining() && !fill()) {
      return null;
    }
    Kind kind = KINDS.get(checked(in.get(), KINDS.size() - 1, "kind"));
    if (kind == Kind.PIECE) {
      return readPiece();
    }
    require(HEAD + 4 - 1);
    long id = in.getLong();
    long number = in.getLong();
    byte[] text = readBytes(checked(in.getInt(), MAX_TEXT, "text"));
    return new Frame(kind, id, number, new String(text, StandardCharsets.UTF_8), readMessage());
  }

  private Frame readPiece() throws IOException {
    require(8 + 4 + 4);
    long id = in.getLong();
    int count = checked(in.getInt(), Integer.MAX_VALUE, "number of reports");
    byte[] bytes = readBytes(checked(in.getInt(), Integer.MAX_VALUE - 8, "piece"));
    return new Frame(Kind.PIECE, id, count, "", new Message(bytes, List.of()));
  }

  private @Nullable Message readMessage() throws IOException {
    require(4);
    int length = in.getInt();
    byte[] bytes = readBytes(length == -1 ? 0 : checked(length, Integer.MAX_VALUE - 8, "message"));
    require(4);
    int count = checked(in.getInt(), MAX_PARTS, "number of large parts");
    List<MemorySegment> large = new ArrayList<>(Math.min(count, 16));
    for (int i = 0; i < count; i++) {
      large.add(readLarge());
    }
    return length == -1 ? null : new Message(bytes, large);
  }

  /// A length is a mere claim: memory is taken for what has come, and as much again.
  private byte[] readBytes(int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, CHUNK)];
    read(ByteBuffer.wrap(bytes));
    while (bytes.length < length) {
      int at = bytes.length;
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * at));
      read(ByteBuffer.wrap(bytes, at, bytes.length - at));
    }
    return bytes;
  }

  /// Straight into the array that it becomes.
  private MemorySegment readLarge() throws IOException {
    require(1 + 8);
    int kind = in.get();
    long size = in.getLong();
    if (kind == IN_SLAB) {
      return readFromSlab(size);
    }
    if (size < 0 || size > 8L * (Integer.MAX_VALUE - 8)) {
      throw corrupt("large part", size);
    }
    MemorySegment part = Message.allocate(kind, size);
    long at = Math.min(in.remaining(), part.byteSize());
    MemorySegment.copy(MemorySegment.ofBuffer(in), 0, part, 0, at);
    in.position(in.position() + (int) at);
    while (at < part.byteSize()) {
      int count = transport.read(part.asSlice(at));
      if (count < 0) {
        throw new EOFException("the connection ended within a frame");
      }
      at += count;
    }
    return part;
  }

  private MemorySegment readFromSlab(long size) throws IOException {
    require(8 + 8);
    var place = new Slabs.Place(in.getLong(), in.getLong());
    if (views == null) {
      throw corrupt("large part at " + place + " of size", size);
    }
    return views.at(place, size);
  }

  private static int checked(int value, int most, String what) throws IOException {
    if (value < 0 || value > most) {
      throw corrupt(what, value);
    }
    return value;
  }

  private static IOException corrupt(String what, long value) {
    return new IOException("a frame is corrupt: " + what + " " + value);
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
      if (transport.read(target) < 0) {
        throw new EOFException("the connection ended within a frame");
      }
    }
  }

  private boolean fill() throws IOException {
    in.compact();
    try {
      return transport.read(in) >= 0;
    } finally {
      in.flip();
    }
  }

  @Override
  public void close() throws IOException {
    transport.close();
  }
}
