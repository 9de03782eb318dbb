package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.process.internal.Slabs.Loan;
import dev.selvedge.process.internal.Slabs.Place;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Both sides of slabs, in one process.
class SlabsTest {
  private static final int LARGE = 100_000;

  @TempDir private Path folder;
  private final Slabs slabs = new Slabs(() -> folder.resolve("l-"));

  @AfterEach
  void close() {
    slabs.close();
  }

  private static MemorySegment array(int bytes, int value) {
    return MemorySegment.ofArray(new byte[bytes]).fill((byte) value);
  }

  private Loan lend(MemorySegment... parts) {
    return Objects.requireNonNull(slabs.lend(List.of(parts)));
  }

  private Place place(MemorySegment part) {
    return Objects.requireNonNull(slabs.find(part));
  }

  private SlabViews views() {
    return new SlabViews(folder.resolve("l-"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void theOtherSideSeesWhatWasCopiedAndNotWhatCameLater() throws IOException {
    MemorySegment source = array(LARGE, 1);
    MemorySegment second = array(LARGE + 1, 2);
    Loan loan = lend(source, second);
    source.fill((byte) 9);
    try (SlabViews views = views()) {
      for (int i = 0; i < 2; i++) {
        MemorySegment copy = loan.parts().get(i);
        MemorySegment seen = views.at(place(copy), copy.byteSize());
        assertEquals(-1, seen.mismatch(array(LARGE + i, i + 1)));
      }
    }
  }

  @Test
  void aSlabIsUsedAgainWhenItsLoanIsClosedAndNotBefore() throws IOException {
    Loan first = lend(array(LARGE, 1));
    Loan second = lend(array(LARGE, 2));
    assertNotEquals(place(first.parts().getFirst()), place(second.parts().getFirst()));
    Place before = place(first.parts().getFirst());
    first.close();
    first.close(); // has no effect
    Loan third = lend(array(LARGE / 2, 3));
    assertEquals(before, place(third.parts().getFirst()));
    first.close();
    Loan fourth = lend(array(LARGE, 4));
    assertEquals(3, files().size());
    assertEquals(3, third.parts().getFirst().get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(4, fourth.parts().getFirst().get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void whatIsGivenIsUsedAgainWhenTheOtherSideHasFreedIt() throws IOException {
    List<MemorySegment> given =
        Objects.requireNonNull(slabs.give(List.of(array(LARGE, 1), array(LARGE, 2))));
    try (SlabViews views = views()) {
      List<MemorySegment> seen = new ArrayList<>();
      for (MemorySegment part : given) {
        seen.add(views.at(place(part), part.byteSize()));
      }
      lend(array(2 * LARGE, 3));
      assertEquals(2, files().size());
      views.free(seen);
      lend(array(2 * LARGE, 4));
      assertEquals(2, files().size());
    }
  }

  @Test
  void aLoanThatIsForgottenIsClosed() throws IOException {
    lend(array(LARGE, 1));
    Path file = files().getFirst();
    assertEquals(Slabs.LENT, word(file));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (word(file) != Slabs.FREE) {
      assertTrue(System.nanoTime() - end < 0, "not in time");
      System.gc();
    }
  }

  private static long word(Path file) throws IOException {
    try (var in = new DataInputStream(Files.newInputStream(file))) {
      return Long.reverseBytes(in.readLong());
    }
  }

  @Test
  void filesAreTheirUsersAloneAndGoWithTheSlabs() throws IOException {
    lend(array(LARGE, 1));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(files().getFirst())));
    slabs.close();
    assertEquals(List.of(), files());
    assertNull(slabs.lend(List.of(array(LARGE, 1))));
  }

  @Test
  void whatIsTooMuchOrHasNoFolderIsRefused() throws IOException {
    MemorySegment part = array(1 << 24, 1);
    assertNull(slabs.lend(Collections.nCopies(64, part)), "a gigabyte, and a word");
    assertEquals(List.of(), files());
    try (Slabs nowhere = new Slabs(() -> folder.resolve("absent").resolve("l-"))) {
      assertNull(nowhere.lend(List.of(array(LARGE, 1))));
    }
    try (Slabs none =
        new Slabs(
            () -> {
              throw new IOException("no folder");
            })) {
      assertNull(none.lend(List.of(array(LARGE, 1))));
    }
  }

  @Test
  void whatLiesInNoSlabHasNoPlaceAndWhatIsGoneCannotBeSeen() throws IOException {
    assertNull(slabs.find(array(LARGE, 1)));
    Loan loan = lend(array(LARGE, 1));
    MemorySegment part = loan.parts().getFirst();
    Place before = place(part);
    try (SlabViews views = views()) {
      assertThrows(IOException.class, () -> views.at(new Place(before.slab(), 0), LARGE));
      assertThrows(IOException.class, () -> views.at(before, 1L << 40));
      assertThrows(IOException.class, () -> views.at(before, -1));
      slabs.close();
      assertNotNull(slabs.find(part));
      assertEquals(MemorySegment.NULL, views.at(place(part), LARGE));
    }
  }

  @Test
  void theFilesOfOneThatHasEndedAreRemoved() throws IOException {
    Files.createFile(folder.resolve("other"));
    lend(array(LARGE, 1));
    try (SlabViews views = views()) {
      views.deleteAll();
    }
    assertEquals(List.of(folder.resolve("other")), files());
  }
}
