package dev.selvedge.process.codec;

import static dev.selvedge.process.codec.Alike.assertAlike;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CodecLargeTest {
  private static final Codecs SMALL = Trip.CODECS.withLargeFrom(64);

  @Test
  void largeArraysGoBesideTheMessage() throws IOException {
    boolean[] booleans = new boolean[100];
    booleans[7] = true;
    for (Object array :
        List.of(
            booleans,
            new byte[] {1},
            IntStream.range(0, 100).toArray(),
            new byte[100],
            new short[100],
            new char[100],
            new long[100],
            new float[100],
            new double[] {1, 2, 3, 4, 5, 6, 7, 8})) {
      Message message = Trip.there(SMALL, array);
      assertEquals(
          array instanceof byte[] bytes && bytes.length == 1 ? 0 : 1, message.large().size());
      assertTrue(message.bytes().length < 10);
      assertAlike(array, Trip.back(SMALL, message));
    }
  }

  @Test
  void theEncoderGivesTheArrayItselfAndCopiesNothing() throws IOException {
    double[] data = new double[1 << 16];
    var encoder = new Encoder(Trip.CODECS);
    encoder.write(new Object[] {data, data});
    assertEquals(1, encoder.large().size());
    data[5] = 7;
    assertEquals(7, encoder.large().getFirst().getAtIndex(ValueLayout.JAVA_DOUBLE, 5));
    Message message = encoder.toMessage();
    data[5] = 8;
    Object[] back = Trip.back(Trip.CODECS, message);
    assertEquals(7, ((double[]) back[0])[5]);
    assertSame(back[0], back[1]);
    encoder.reset();
    assertEquals(List.of(), encoder.large());
  }

  @Test
  void capturedArraysAndThoseInsideSerializableObjectsGoBesideToo() throws Exception {
    double[] data = IntStream.range(0, 100).asDoubleStream().toArray();
    Call<Double> sum = () -> data[3] + data[4];
    Message message = Trip.there(SMALL, sum);
    assertEquals(1, message.large().size());
    assertEquals(7, Trip.<Call<Double>>back(SMALL, message).call());

    Message held = Trip.there(SMALL, new CodecRoundTripTest.Holder(data));
    assertEquals(1, held.large().size());
    assertAlike(data, Trip.<CodecRoundTripTest.Holder>back(SMALL, held).held());
  }

  @Test
  void memoryTravels() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      for (long size : new long[] {0, 1, 8, 13, 1000}) {
        MemorySegment memory = arena.allocate(size, 8);
        for (long i = 0; i < size; i++) {
          memory.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        Message message = Trip.there(SMALL, memory);
        assertEquals(size >= 64 ? 1 : 0, message.large().size());
        MemorySegment back = Trip.back(SMALL, message);
        assertEquals(-1, memory.mismatch(back));
        if (size >= 8) {
          assertEquals(memory.get(ValueLayout.JAVA_LONG, 0), back.get(ValueLayout.JAVA_LONG, 0));
        }
        MemorySegment fixed = Trip.of(SMALL, memory.asReadOnly());
        assertTrue(fixed.isReadOnly());
      }
    }
  }

  @Test
  void largeMemoryArrivesAsTheTransportBroughtIt() throws IOException {
    MemorySegment memory = MemorySegment.ofArray(new int[100]);
    Message message = Trip.there(SMALL, memory);
    assertSame(message.large().getFirst(), Trip.<MemorySegment>back(SMALL, message));
  }

  @Test
  void memoryThatIsGoneIsRefused() {
    Arena arena = Arena.ofConfined();
    MemorySegment memory = arena.allocate(8);
    arena.close();
    assertThrows(CannotTravelException.class, () -> Trip.there(memory));
  }

  @Test
  void memoryOfAnotherSizeIsNoArray() throws IOException {
    Message message = Trip.there(SMALL, new long[100]);
    var wrong = new Message(message.bytes(), List.of(MemorySegment.ofArray(new byte[801])));
    assertThrows(CorruptMessageException.class, () -> Trip.back(SMALL, wrong));
    var none = new Message(message.bytes(), List.of());
    assertThrows(CorruptMessageException.class, () -> Trip.back(SMALL, none));
  }
}
