package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskFailedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ByteRingTest {
  private static final int CAPACITY = 64;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(ByteRing.size(CAPACITY), 512);
  private final ByteRing writer = new ByteRing(memory, false);
  private final ByteRing reader = new ByteRing(memory, false);

  @BeforeAll
  static void link() {
    FutexLink.link();
  }

  @AfterEach
  void unmap() {
    arena.close();
  }

  private byte[] read(int most) throws IOException {
    byte[] bytes = new byte[most];
    int count = reader.read(MemorySegment.ofArray(bytes));
    return count < 0 ? new byte[0] : Arrays.copyOf(bytes, count);
  }

  @Test
  void whatIsWrittenIsReadAlsoAcrossTheEnd() throws IOException {
    for (int i = 0; i < 100; i++) {
      byte[] bytes = {(byte) i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
      writer.write(MemorySegment.ofArray(bytes));
      assertArrayEquals(bytes, read(CAPACITY));
    }
  }

  @Test
  void theEndComesAfterEverythingWasRead() throws IOException {
    writer.write(MemorySegment.ofArray(new byte[] {1, 2}));
    writer.close();
    assertArrayEquals(new byte[] {1, 2}, read(CAPACITY));
    assertEquals(-1, reader.read(MemorySegment.ofArray(new byte[1])));
  }

  @Test
  void itHasRoomForWhatFits() throws IOException {
    assertTrue(writer.hasRoom(CAPACITY));
    writer.write(MemorySegment.ofArray(new byte[CAPACITY - 1]));
    assertTrue(writer.hasRoom(1));
    assertFalse(writer.hasRoom(2));
    read(CAPACITY);
    assertTrue(writer.hasRoom(CAPACITY));
  }

  @Test
  void aWriterThatWaitsForRoomFailsWhenTheRingIsClosed() throws Exception {
    try (Pool pool = Pool.threads(1)) {
      Task<@Nullable Void> writes =
          pool.submit(() -> writer.write(MemorySegment.ofArray(new byte[2 * CAPACITY])));
      while (writer.hasRoom(1)) {
        LockSupport.parkNanos(100_000);
      }
      reader.close();
      assertThrows(TaskFailedException.class, writes::await);
    }
  }

  /// Every byte, in order, with a reader that sleeps as often as it can and pieces of all lengths;
  /// a lost wake-up would last longer than the test.
  @Test
  void twoThreadsLoseNothing() throws Exception {
    int length = 2_000_000;
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    try (Pool pool = Pool.threads(1)) {
      Task<@Nullable Void> writes =
          pool.submit(
              () -> {
                Random random = new Random(11);
                for (int at = 0; at < length; ) {
                  int count = Math.min(length - at, 1 + random.nextInt(2 * CAPACITY));
                  writer.write(MemorySegment.ofArray(bytes).asSlice(at, count));
                  writer.signal();
                  at += count;
                }
                writer.close();
              });
      byte[] all = new byte[length + 1];
      int size = 0;
      for (int count = 0; count >= 0; size += Math.max(count, 0)) {
        count = reader.read(MemorySegment.ofArray(all).asSlice(size));
      }
      writes.await();
      assertArrayEquals(bytes, Arrays.copyOf(all, length));
      assertEquals(length, size);
    }
  }

  /// The writer wakes the guest or the reader, never nobody: each of many bytes is read by one of
  /// them at once, while both wait again and again.
  @Test
  void aGuestTakesNothingFromTheReader() throws Exception {
    int count = 20_000;
    try (Pool pool = Pool.threads(2)) {
      Task<@Nullable Void> guest =
          pool.submit(
              () -> {
                while (!Thread.interrupted()) {
                  reader.awaitBriefly(100_000);
                  reader.passOn();
                }
              });
      Task<@Nullable Void> writes =
          pool.submit(
              () -> {
                for (int i = 0; i < count; i++) {
                  writer.write(MemorySegment.ofArray(new byte[] {(byte) i}));
                  writer.signal();
                }
              });
      for (int i = 0; i < count; ) {
        for (byte read : read(CAPACITY)) {
          assertEquals((byte) i++, read);
        }
      }
      writes.await();
      guest.cancel(true);
    }
  }
}
