package dev.selvedge.loop.io;

import dev.selvedge.sync.Mutex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds lines and messages in the bytes of a [Source].
///
/// A read takes nothing out of the buffer before it has all that it wants. So a read that is
/// cancelled has had no effect, whatever has come meanwhile, and the next one, of another kind
/// perhaps, begins at the same byte. The one exception is a line beyond the limit, which is thrown
/// away piece by piece: that state, `skipping`, is in the buffer too and is taken up by the next
/// read.
///
/// The array starts small and doubles whenever a read of the source fills it, so that an idle
/// connection costs little and a busy one is read in large pieces.
final class InputBuffer implements Input {
  private static final int SMALLEST = 512;
  private static final int LARGEST_KEPT = 64 * 1024;
  private static final int LARGEST = Integer.MAX_VALUE - 8;
  private static final byte[] NOTHING = {};

  private final Source source;
  private final int limit;
  private final Mutex turn = Mutex.create();

  // all guarded by turn; `ended` and the number of bytes are read without it by atEnd
  private byte[] bytes = NOTHING;
  private int start;
  private int end;
  private boolean filled; // whether the last read of the source filled the array
  private boolean skipping;
  private @Nullable IOException failure;
  private volatile boolean ended;
  private volatile boolean empty = true;

  InputBuffer(Source source, int limit) {
    this.source = source;
    this.limit = limit;
  }

  @Override
  public byte[] read(int atMost) throws IOException, InterruptedException {
    check("number of bytes", atMost);
    try (var _ = turn.hold()) {
      skipRestOfLine();
      if (atMost > 0 && available() == 0) {
        fill();
      }
      return take(Math.min(atMost, available()));
    }
  }

  /// Reads what is there, and waits for at least one byte, without taking it through this buffer if
  /// nothing is in it.
  ///
  /// @return how many bytes, or -1 at the end
  int read(ByteBuffer into) throws IOException, InterruptedException {
    try (var _ = turn.hold()) {
      skipRestOfLine();
      if (!into.hasRemaining()) {
        return 0;
      }
      int count = Math.min(into.remaining(), available());
      if (count == 0) {
        return receive(into);
      }
      into.put(bytes, start, count);
      drop(count);
      return count;
    }
  }

  @Override
  public byte[] readExactly(int count) throws IOException, InterruptedException {
    check("number of bytes", count);
    try (var _ = turn.hold()) {
      skipRestOfLine();
      while (available() < count) {
        if (!fill()) {
          throw new IncompleteReadException(take(available()), count + " were");
        }
      }
      return take(count);
    }
  }

  @Override
  public byte[] readUntil(byte... separator) throws IOException, InterruptedException {
    if (separator.length == 0) {
      throw new IllegalArgumentException("the separator is empty; give at least one byte");
    }
    try (var _ = turn.hold()) {
      skipRestOfLine();
      int searched = 0;
      while (true) {
        int length = find(separator, searched);
        searched = Math.max(0, available() - separator.length + 1);
        int before = length < 0 ? searched : length;
        if (before > limit) {
          throw new InputLimitException("what should end with a separator", limit, before);
        }
        if (length >= 0) {
          return take(length + separator.length);
        }
        if (!fill()) {
          throw new IncompleteReadException(take(available()), "a separator was");
        }
      }
    }
  }

  @Override
  public byte[] readLineBytes() throws IOException, InterruptedException {
    try (var _ = turn.hold()) {
      skipRestOfLine();
      int searched = 0;
      while (true) {
        int length = indexOfLineFeed(searched);
        searched = available();
        if (length > limit) {
          drop(length + 1);
          throw new InputLimitException("a line", limit, length);
        }
        if (length >= 0) {
          return take(length + 1);
        }
        if (searched > limit) {
          drop(searched);
          skipping = true;
          throw new InputLimitException("a line", limit, searched);
        }
        if (!fill()) {
          return take(searched);
        }
      }
    }
  }

  @Override
  public @Nullable String readLine() throws IOException, InterruptedException {
    byte[] line = readLineBytes();
    int length = line.length;
    if (length == 0) {
      return null;
    }
    if (line[length - 1] == '\n') {
      length--;
      if (length > 0 && line[length - 1] == '\r') {
        length--;
      }
    }
    return new String(line, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public byte[] readAll() throws IOException, InterruptedException {
    try (var _ = turn.hold()) {
      skipRestOfLine();
      while (fill()) {
        // all of it
      }
      return take(available());
    }
  }

  @Override
  public String readAllText() throws IOException, InterruptedException {
    return new String(readAll(), StandardCharsets.UTF_8);
  }

  @Override
  public boolean atEnd() {
    return ended && empty;
  }

  private static void check(String what, int number) {
    if (number < 0) {
      throw new IllegalArgumentException(
          "the " + what + " is " + number + "; give one that is not negative");
    }
  }

  private int available() {
    return end - start;
  }

  private byte[] take(int count) {
    byte[] taken = count == 0 ? NOTHING : Arrays.copyOfRange(bytes, start, start + count);
    drop(count);
    return taken;
  }

  private void drop(int count) {
    start += count;
    if (start == end) {
      start = 0;
      end = 0;
      empty = true;
      if (bytes.length > LARGEST_KEPT) {
        bytes = NOTHING;
      }
    }
  }

  /// Discards what belongs to a line that was too long.
  private void skipRestOfLine() throws IOException, InterruptedException {
    while (skipping) {
      int length = indexOfLineFeed(0);
      if (length >= 0) {
        drop(length + 1);
        skipping = false;
      } else {
        drop(available());
        skipping = fill();
      }
    }
  }

  private int indexOfLineFeed(int from) {
    for (int i = start + from; i < end; i++) {
      if (bytes[i] == '\n') {
        return i - start;
      }
    }
    return -1;
  }

  private int find(byte[] separator, int from) {
    for (int i = start + from; i <= end - separator.length; i++) {
      if (Arrays.equals(bytes, i, i + separator.length, separator, 0, separator.length)) {
        return i - start;
      }
    }
    return -1;
  }

  /// Gets more bytes from the source.
  ///
  /// @return false at the end
  private boolean fill() throws IOException, InterruptedException {
    if (ended) {
      return false; // at the end no room is made
    }
    makeRoom();
    int count = receive(ByteBuffer.wrap(bytes, end, bytes.length - end));
    if (count < 0) {
      return false;
    }
    end += count;
    filled = end == bytes.length;
    empty = false;
    return true;
  }

  private int receive(ByteBuffer into) throws IOException, InterruptedException {
    if (ended) {
      return -1;
    }
    if (failure != null) {
      throw failure;
    }
    try {
      int count = source.read(into);
      ended = count < 0;
      return count;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private void makeRoom() throws IOException {
    int count = available();
    int length = bytes.length;
    boolean grow = count > length / 2 || (filled && length < LARGEST_KEPT) || length == 0;
    if (!grow && length - end >= length / 2) {
      return;
    }
    byte[] target = bytes;
    if (grow) {
      if (length == LARGEST) {
        throw new IOException("more than " + count + " bytes do not fit into one array");
      }
      target = new byte[(int) Math.min(LARGEST, Math.max(SMALLEST, 2L * length))];
    }
    System.arraycopy(bytes, start, target, 0, count);
    bytes = target;
    start = 0;
    end = count;
  }

  /// What changes the source.
  @FunctionalInterface
  interface Change {
    void make() throws IOException, InterruptedException;
  }

  /// Changes the source, while nobody reads.
  ///
  /// @throws IOException if bytes of the source as it was are still there
  void change(Change change) throws IOException, InterruptedException {
    try (var _ = turn.hold()) {
      if (available() > 0) {
        throw new IOException(
            available() + " bytes came before TLS began and were not read; they are not trusted");
      }
      change.make();
    }
  }

  /// {@return what has come and was not read}
  ///
  /// @param behind what the source still has
  byte[] peek(Supplier<byte[]> behind) throws InterruptedException {
    try (var _ = turn.hold()) {
      byte[] more = behind.get();
      byte[] all = Arrays.copyOfRange(bytes, start, end + more.length);
      System.arraycopy(more, 0, all, available(), more.length);
      return all;
    }
  }

  /// {@return how many bytes fit in at the moment} For tests, between reads.
  int capacity() {
    return bytes.length;
  }

  @Override
  public String toString() {
    return "Input " + (atEnd() ? "at its end" : "open");
  }
}
