package dev.selvedge.process.shared;

import static dev.selvedge.process.shared.Peer.LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedListTest {
  private final SharedScope shared = SharedScope.open();

  @AfterEach
  void closeScope() {
    shared.close();
  }

  @Test
  @Tag("SHM-05")
  void keepsMixedSimpleValues() throws Exception {
    List<@Nullable Object> values =
        Arrays.asList(null, true, false, 7, 1L << 40, 2.5, "naïve", "", new byte[] {1, 2});
    SharedList list = shared.list(values.toArray());

    assertEquals(values.size(), list.size());
    List<@Nullable Object> here = list.toList();
    List<Object> there = List.copyOf(Peer.left().call(() -> List.of(list.get(3), list.get(6))));
    assertEquals(values.subList(0, 8), here.subList(0, 8));
    assertArrayEquals(new byte[] {1, 2}, (byte[]) list.get(8));
    assertEquals(List.of(7, "naïve"), there);
  }

  @Test
  @Tag("SHM-05")
  void anyKindReplacesAnyOtherWithinTheRoomOfTheSlot() throws Exception {
    SharedList list = shared.list("twelve bytes", 1, null);
    assertEquals(16, list.room(0));
    assertEquals(8, list.room(1));

    Peer.left()
        .run(
            () -> {
              list.set(0, "sixteen bytes ok");
              list.set(1, "8 bytes!");
              list.set(2, -0.5);
            });

    assertEquals(List.of("sixteen bytes ok", "8 bytes!", -0.5), list.toList());
    list.set(0, null);
    list.set(1, Long.MIN_VALUE);
    assertEquals(Arrays.asList(null, Long.MIN_VALUE, -0.5), list.toList());
  }

  @Test
  @Tag("SHM-05")
  void longerValuesAreRejectedAndTouchNothing() throws Exception {
    SharedList list = shared.list("left", "middle", "right");

    var failure = assertThrows(IllegalArgumentException.class, () -> list.set(1, "nine byte"));
    assertTrue(
        String.valueOf(failure.getMessage()).contains("9 bytes for slot 1, which has room for 8"));
    assertThrows(IllegalArgumentException.class, () -> list.set(1, "ééééé")); // ten in UTF-8
    assertThrows(IllegalArgumentException.class, () -> list.set(1, new byte[9]));
    assertThrows(IllegalArgumentException.class, () -> list.set(1, List.of()));

    assertEquals(
        List.of("left", "middle", "right"), Peer.left().call(list::toList).stream().toList());
    assertThrows(IllegalArgumentException.class, () -> shared.list());
    assertThrows(IllegalArgumentException.class, () -> shared.list(new Object()));
    assertEquals(104, shared.list(100, List.of(1)).room(0));
  }

  @Test
  @Tag("SHM-05")
  void badIndexesAreRejected() throws Exception {
    SharedList list = shared.list(1, 2);
    assertThrows(IndexOutOfBoundsException.class, () -> list.get(2));
    assertThrows(IndexOutOfBoundsException.class, () -> list.get(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> list.set(2, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> list.room(2));
  }

  @Test
  void aReaderNeverSeesAMixture() throws Exception {
    String ones = "1".repeat(400);
    String twos = "2".repeat(300);
    SharedList list = shared.list(ones, false);
    var writer =
        Peer.left()
            .begin(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    list.set(0, i % 2 == 0 ? twos : ones);
                  }
                  list.set(1, true);
                  return true;
                });

    while (!Boolean.TRUE.equals(list.get(1))) {
      @Nullable Object value = list.get(0);
      assertTrue(List.of(ones, twos).contains(value), () -> "mixed: " + value);
    }
    writer.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aWriterThatIsKilledLeavesTheOldValueOrTheNew() throws Exception {
    String ones = "1".repeat(400);
    String twos = "2".repeat(300);
    SharedList list = shared.list(ones);
    try (Peer victim = Peer.start()) {
      victim.begin(
          () -> {
            for (int i = 0; true; i++) {
              list.set(0, i % 2 == 0 ? twos : ones);
            }
          });
      Peer.eventually("it writes", () -> twos.equals(list.get(0)));
      victim.kill();
      victim.awaitEnd();
    }
    @Nullable Object value = list.get(0);
    assertTrue(List.of(ones, twos).contains(value));
    list.set(0, "new");
    assertEquals("new", Peer.left().call(() -> list.get(0)));
  }
}
