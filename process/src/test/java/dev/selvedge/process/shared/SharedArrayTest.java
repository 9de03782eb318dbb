package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedArrayTest {
  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  private static void under(SharedLock lock, Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  @Test
  void allKindsAddAtomicallyInSeveralProcesses() throws Exception {
    SharedArray.OfLong longs = shared.longs(3);
    SharedArray.OfInt ints = shared.ints(3);
    SharedArray.OfDouble doubles = shared.doubles(3);
    SharedArray.OfByte bytes = shared.bytes(3);
    Call<Boolean> adder =
        () -> {
          for (int i = 0; i < 3_000; i++) {
            longs.getAndAdd(i % 3, 1);
            ints.getAndAdd(i % 3, 1);
            doubles.getAndAdd(i % 3, 0.5);
            bytes.getAndAdd(i % 3, (byte) 1); // neighbours in one word
            longs.accumulateAndGet(0, 0, Long::sum);
          }
          return true;
        };

    var left = Peer.left().begin(adder);
    var right = Peer.right().begin(adder);
    left.get(LONG.toSeconds(), TimeUnit.SECONDS);
    right.get(LONG.toSeconds(), TimeUnit.SECONDS);

    assertArrayEquals(new long[] {2_000, 2_000, 2_000}, longs.toArray());
    assertArrayEquals(new int[] {2_000, 2_000, 2_000}, ints.toArray());
    assertArrayEquals(new double[] {1_000, 1_000, 1_000}, doubles.toArray());
    assertArrayEquals(new byte[] {(byte) 2_000, (byte) 2_000, (byte) 2_000}, bytes.toArray());
  }

  @Test
  void itemsAreReadAndWrittenInAllWays() throws Exception {
    SharedArray.OfLong longs = shared.longs(4);
    longs.setAll(1, 5, 6, 7);
    assertArrayEquals(new long[] {0, 5, 6, 7}, Peer.left().call(longs::toArray));
    assertTrue(longs.compareAndSet(1, 5, 8));
    assertFalse(longs.compareAndSet(1, 5, 9));
    longs.setVolatile(0, 1);
    assertEquals(1, Peer.left().call(() -> longs.getVolatile(0)));
    assertEquals(8, longs.accumulateAndGet(0, 8, Math::max));
    assertEquals(32, longs.segment().byteSize());

    SharedArray.OfByte bytes = shared.bytes(5);
    bytes.set(4, (byte) -1);
    bytes.setVolatile(3, (byte) 3);
    assertTrue(bytes.compareAndSet(4, (byte) -1, (byte) -2));
    assertEquals((byte) 1, bytes.accumulateAndGet(4, (byte) 3, Integer::sum));
    assertArrayEquals(new byte[] {0, 0, 0, 3, 1}, Peer.left().call(bytes::toArray));

    SharedArray.OfDouble doubles = shared.doubles(1);
    doubles.set(0, Double.NaN);
    assertTrue(doubles.compareAndSet(0, Double.NaN, 2.5));
    assertEquals(2.5, Peer.left().call(() -> doubles.get(0)));
  }

  @Test
  void badIndexesAndLengthsAreRejected() throws Exception {
    for (SharedArray array : List.of(shared.longs(3), shared.ints(3), shared.bytes(3))) {
      assertEquals(3, array.length());
    }
    SharedArray.OfByte bytes = shared.bytes(3);
    SharedArray.OfInt ints = shared.ints(1);
    assertThrows(IndexOutOfBoundsException.class, () -> bytes.get(3));
    assertThrows(IndexOutOfBoundsException.class, () -> bytes.set(-1, (byte) 0));
    assertThrows(IndexOutOfBoundsException.class, () -> bytes.getAndAdd(3, (byte) 1));
    assertThrows(IndexOutOfBoundsException.class, () -> ints.compareAndSet(1, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> ints.setAll(0, 1, 2));
    assertThrows(IllegalArgumentException.class, () -> shared.longs(0));
    assertThrows(IllegalArgumentException.class, () -> shared.longs(Long.MAX_VALUE));
  }

  @Test
  @Tag("VALUE-01")
  void aValuesOperationsAreAtomicAndItsLockGuardsWhatTakesSeveralSteps() throws Exception {
    SharedValue.OfLong raw = shared.longValue(5);
    SharedValue.OfInt guarded = shared.intValue(0);
    SharedValue.OfDouble own = shared.doubleValue(0.5);
    SharedLock lock = shared.lock();
    Call<Boolean> adder =
        () -> {
          for (int i = 0; i < 2_000; i++) {
            raw.getAndAdd(1);
            raw.updateAndGet(n -> n + 1);
            under(guarded.lock(), () -> guarded.set(guarded.get() + 1));
            under(lock, () -> own.set(own.get() + 1));
          }
          return true;
        };

    var left = Peer.left().begin(adder);
    var right = Peer.right().begin(adder);
    left.get(LONG.toSeconds(), TimeUnit.SECONDS);
    right.get(LONG.toSeconds(), TimeUnit.SECONDS);

    assertEquals(8_005, raw.get());
    assertEquals(4_000, guarded.get());
    assertEquals(4_000.5, own.get());
  }

  @Test
  @Tag("VALUE-01")
  void theLockOfAValueTravels() throws Exception {
    SharedValue.OfInt value = shared.intValue(7);
    SharedLock lock = value.lock();
    assertTrue(lock.tryLock());
    assertFalse(Peer.left().call(() -> lock.tryLock()));
    assertTrue(Peer.left().call(() -> lock.equals(value.lock())));
    lock.unlock();
    assertThrows(UnsupportedOperationException.class, lock::newCondition);
    assertEquals(7, value.getAndSet(8));
    assertTrue(value.compareAndSet(8, 9));
    assertEquals(9, Peer.left().call(value::get));
  }
}
