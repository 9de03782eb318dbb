package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Frames that no sender of this version writes.
class LinkTest {

  /// A connection from which given bytes come, and then the end; it keeps what is sent.
  private static final class Given implements Transport {
    private final ByteBuffer bytes;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int largest; // room that was there for what comes

    Given(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    @Override
    public boolean awaitInput() {
      return true;
    }

    @Override
    public boolean hasInput() {
      return bytes.hasRemaining();
    }

    @Override
    public void awaitBriefly(long nanos) {}

    @Override
    public void passOn() {}

    @Override
    public int read(ByteBuffer target) {
      largest = Math.max(largest, target.remaining());
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(bytes.remaining(), target.remaining());
      target.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public int read(MemorySegment target) {
      ByteBuffer some = ByteBuffer.allocate((int) Math.min(target.byteSize(), 1000));
      int count = read(some);
      MemorySegment.copy(MemorySegment.ofBuffer(some.flip()), 0, target, 0, Math.max(count, 0));
      return count;
    }

    @Override
    public void write(MemorySegment source) {
      written.writeBytes(source.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void write(ByteBuffer source) {
      byte[] more = new byte[source.remaining()];
      source.get(more);
      written.writeBytes(more);
    }

    @Override
    public boolean hasRoom(long bytes) {
      return true;
    }

    @Override
    public void signal() {}

    @Override
    public void close() {}
  }

  private static ByteBuffer head(Kind kind) {
    return ByteBuffer.allocate(100).put((byte) index(kind)).putLong(1).putLong(0);
  }

  private static ByteBuffer piece(int reports) {
    return ByteBuffer.allocate(100).put((byte) index(Kind.PIECE)).putLong(1).putInt(reports);
  }

  private static IOException refused(ByteBuffer bytes) {
    Link link = new Link(new Given(bytes.flip()));
    return assertThrows(IOException.class, link::receive);
  }

  private static void assertCorrupt(String what, ByteBuffer bytes) {
    String message = refused(bytes).getMessage();
    assertTrue(message != null && message.contains("corrupt: " + what), message);
  }

  @Test
  void anUnknownKindIsRefused() {
    assertCorrupt("kind 99", ByteBuffer.allocate(100).put((byte) 99));
    assertCorrupt("kind -1", ByteBuffer.allocate(100).put((byte) -1));
  }

  @Test
  void negativeLengthsAreRefused() {
    assertCorrupt("text -5", head(Kind.DONE).putInt(-5));
    assertCorrupt("message -2", head(Kind.DONE).putInt(0).putInt(-2));
    assertCorrupt("number of large parts -1", head(Kind.DONE).putInt(0).putInt(0).putInt(-1));
    assertCorrupt(
        "large part -1", head(Kind.DONE).putInt(0).putInt(0).putInt(1).put((byte) 5).putLong(-1));
    assertCorrupt("piece -1", piece(1).putInt(-1));
    assertCorrupt("number of reports -1", piece(-1).putInt(1));
  }

  @Test
  void lengthsBeyondTheLimitsAreRefused() {
    assertCorrupt("text", head(Kind.HELLO).putInt(Integer.MAX_VALUE));
    assertCorrupt(
        "large part",
        head(Kind.DONE).putInt(0).putInt(0).putInt(1).put((byte) 5).putLong(1L << 40));
    assertCorrupt("number of large parts", head(Kind.DONE).putInt(0).putInt(0).putInt(1 << 20));
  }

  @Test
  void aFrameThatClaimsGigabytesTakesNoMoreMemoryThanHasCome() {
    int claim = Integer.MAX_VALUE - 8;
    ByteBuffer message = head(Kind.DONE).putInt(0).putInt(claim);
    for (ByteBuffer bytes : List.of(message, piece(1).putInt(claim))) {
      var given = new Given(bytes.flip());
      assertThrows(EOFException.class, new Link(given)::receive);
      assertTrue(given.largest < 10_000_000, given.largest + " bytes");
    }
  }

  @Test
  void aFrameThatIsCutOffAnywhereIsRefused() throws IOException {
    byte[] whole = sent(new Message(new byte[20], List.of()));
    for (int length = 1; length < whole.length; length++) {
      Link link = new Link(new Given(ByteBuffer.wrap(whole, 0, length)));
      assertThrows(EOFException.class, link::receive, length + " bytes");
    }
    assertNull(new Link(new Given(ByteBuffer.allocate(0))).receive(), "an end between frames");
  }

  @Test
  void messagesThatAreReadInPartsAreWhole() throws IOException {
    var random = new Random(1);
    for (int length : new int[] {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_001}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      Link link = new Link(new Given(ByteBuffer.wrap(sent(new Message(bytes, List.of())))));
      Frame frame = link.receive();
      assertNotNull(frame);
      Message message = frame.message();
      assertNotNull(message);
      assertArrayEquals(bytes, message.bytes());
    }
  }

  @Test
  void noiseIsNoFrame() {
    var random = new Random(2);
    for (int i = 0; i < 1_000; i++) {
      byte[] noise = new byte[1 + random.nextInt(200)];
      random.nextBytes(noise);
      noise[0] |= 16; // no kind
      Link link = new Link(new Given(ByteBuffer.wrap(noise)));
      assertThrows(IOException.class, link::receive);
    }
  }

  private static byte[] sent(Message message) throws IOException {
    var given = new Given(ByteBuffer.allocate(0));
    new Link(given).send(new Frame(Kind.DONE, 1, 2, "text", message));
    return given.written.toByteArray();
  }

  private static int index(Kind kind) {
    return List.of(Kind.values()).indexOf(kind);
  }
}
