package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CodecCorruptionTest {
  private static final long ALLOWED_PER_BYTE = 256;
  private static final long ALLOWED_ALWAYS = 4 << 20; // stack traces, class look-ups

  private static final Object THREADS;
  private static final Method ALLOCATED;

  static {
    try { // reflectively, for the module does not read java.management
      THREADS =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      ALLOCATED =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no counters", e);
    }
  }

  private static @Nullable Object read(byte... bytes) throws IOException {
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    decoder.open(bytes, 0, bytes.length, List.of());
    return decoder.read();
  }

  private static void assertCorrupt(int... bytes) {
    byte[] message = new byte[bytes.length + 1];
    message[0] = Wire.VERSION;
    for (int i = 0; i < bytes.length; i++) {
      message[i + 1] = (byte) bytes[i];
    }
    assertThrows(CorruptMessageException.class, () -> read(message));
  }

  @Test
  void anotherVersionIsRefused() {
    var refused = assertThrows(CorruptMessageException.class, () -> read((byte) 9, (byte) 0));
    assertTrue(String.valueOf(refused.getMessage()).contains("version 9"));
    assertThrows(CorruptMessageException.class, () -> read());
  }

  @Test
  void nonsenseIsRefused() {
    assertCorrupt();
    assertCorrupt(127);
    assertCorrupt(44); // a tag that nobody has
    assertCorrupt(Wire.BACK, 0);
    assertCorrupt(Wire.INT_4, 1, 2);
    assertCorrupt(Wire.RECORD, 1 + 4 * 5);
    assertCorrupt(Wire.RECORD, 2); // there is no lexicon
    assertCorrupt(Wire.RECORD, 3); // a class is no record
    assertCorrupt(Wire.LARGE_ARRAY, 1, 0);
    assertCorrupt(Wire.ARRAY, 99, 0);
    assertCorrupt(Wire.EMBEDDED, Wire.NULL);
    assertCorrupt(Wire.EMBEDDED, Wire.CHUNK, 0);
    assertCorrupt(Wire.TEXT, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
  }

  /// Two billion of anything, in a few bytes.
  @Test
  void lengthsThatCannotBeAreRefusedBeforeAnythingIsAllocated() {
    int[] huge = {0xFF, 0xFF, 0xFF, 0xFF, 0x07};
    long before = allocated();
    for (int tag :
        List.of(
            Wire.TEXT,
            Wire.BIG_INTEGER,
            Wire.MEMORY,
            Wire.ARRAY_LIST,
            Wire.ARRAYS_AS_LIST,
            Wire.LIST_OF,
            Wire.HASH_SET,
            Wire.HASH_MAP,
            Wire.MAP_OF)) {
      assertCorrupt(with(huge, tag));
    }
    for (int kind = 0; kind < 8; kind++) {
      assertCorrupt(with(huge, Wire.ARRAY, kind));
    }
    assertCorrupt(with(huge, Wire.OBJECTS, 3));
    assertCorrupt(with(huge, Wire.EMBEDDED, Wire.CHUNK));
    assertTrue(allocated() - before < ALLOWED_ALWAYS);
  }

  private static int[] with(int[] huge, int... before) {
    int[] all = Arrays.copyOf(before, before.length + huge.length);
    System.arraycopy(huge, 0, all, before.length, huge.length);
    return all;
  }

  /// Each list claims that all the bytes behind it are its elements.
  @Test
  void nestedClaimsTogetherAreNoMoreThanTheBytes() {
    byte[] message = new byte[1 << 20];
    message[0] = Wire.VERSION;
    int at = 1;
    for (int i = 0; i < 450; i++) {
      message[at++] = Wire.ARRAY_LIST;
      int claimed = message.length - at - 5;
      message[at++] = (byte) (claimed | 0x80);
      message[at++] = (byte) (claimed >>> 7 | 0x80);
      message[at++] = (byte) (claimed >>> 14);
    }
    long before = allocated();
    assertThrows(CorruptMessageException.class, () -> read(message));
    assertTrue(allocated() - before < 16L << 20, () -> allocated() - before + " bytes");
  }

  private static long allocated() {
    try {
      return (long) ALLOCATED.invoke(THREADS);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no counters", e);
    }
  }

  private static List<Object> samples() {
    int captured = 7;
    String text = "captured";
    Call<String> function = () -> text + captured;
    List<Object> samples = new ArrayList<>();
    samples.add(function);
    samples.add(new IllegalStateException("x", new IOException("y")));
    samples.add(new CodecSharingTest.Box(Optional.of(new CodecSharingTest.Box("x"))));
    samples.add(new HashMap<>(Map.of("a", new int[] {1, 2}, "b", List.of(1, "x"))));
    samples.add(
        new CodecRoundTripTest.Holder(new CodecSharingTest.Box(new HashMap<>(Map.of(1, 2)))));
    samples.add(new Object[] {new CodecFunctionTest.Program(), java.nio.file.Path.of("x")});
    for (int seed = 0; seed < 20; seed++) {
      samples.add(List.of(Optional.ofNullable(new RandomValues(seed).next(4))));
    }
    return samples;
  }

  @Test
  void damagedMessagesGiveOtherValuesOrAnIoException() throws IOException {
    var random = new Random(1);
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    int refused = 0;
    for (Object sample : samples()) {
      Message message = Trip.there(sample);
      for (int round = 0; round < 400; round++) {
        byte[] damaged = damage(message.bytes(), random);
        long before = allocated();
        try {
          decoder.open(damaged, 0, damaged.length, message.large());
          decoder.read();
        } catch (IOException e) {
          refused++;
        }
        long used = allocated() - before;
        assertTrue(used < ALLOWED_ALWAYS + ALLOWED_PER_BYTE * damaged.length, used + " bytes");
      }
      // and it goes on
      decoder.open(message);
      assertEquals(
          sample.getClass().isHidden(),
          Objects.requireNonNull(decoder.read()).getClass().isHidden());
    }
    assertTrue(refused > 2000, refused + " refused");
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] damaged = bytes.clone();
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(damaged, random.nextInt(damaged.length));
    }
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      int at = random.nextInt(damaged.length);
      damaged[at] =
          (byte) (random.nextBoolean() ? damaged[at] ^ 1 << random.nextInt(8) : random.nextInt());
    }
    return damaged;
  }

  @Test
  void noiseIsNoMessage() {
    var random = new Random(2);
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = new byte[1 + random.nextInt(60)];
      random.nextBytes(noise);
      noise[0] = Wire.VERSION;
      try {
        decoder.open(noise, 0, noise.length, List.of(MemorySegment.ofArray(new byte[3])));
        decoder.read();
      } catch (IOException e) {
        // as it should be
      }
    }
  }
}
