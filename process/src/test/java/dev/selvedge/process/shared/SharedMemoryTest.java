package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SharedMemoryTest {
  private static final String NAME = "test.1_a-B";

  @Test
  @Tag("SHM-01")
  void aNameIsGivenOnceAndMustExistToAttach() throws Exception {
    try (var memory = SharedMemory.create(NAME, 100)) {
      assertThrows(FileAlreadyExistsException.class, () -> SharedMemory.create(NAME, 100));
      String there =
          Peer.left()
              .call(
                  () -> {
                    try {
                      SharedMemory.create(NAME, 1).close();
                      return "created";
                    } catch (FileAlreadyExistsException e) {
                      return "exists";
                    }
                  });
      assertEquals("exists", there);
      try (var again = SharedMemory.attach(NAME)) {
        assertEquals(100, again.size());
      }
      memory.unlink();
    }
    assertThrows(NoSuchFileException.class, () -> SharedMemory.attach(NAME));
    assertThrows(NoSuchFileException.class, () -> SharedMemory.attach("1-2-3/b-4"));
  }

  @Test
  @Tag("SHM-01")
  void sizesAndNamesMustMakeSense() {
    assertThrows(IllegalArgumentException.class, () -> SharedMemory.create(0));
    assertThrows(IllegalArgumentException.class, () -> SharedMemory.create(-1));
    assertThrows(IllegalArgumentException.class, () -> SharedMemory.create(NAME, 0));
    for (String name : new String[] {"", ".x", "../x", "a/b", "x".repeat(101), "1-2-3/../x"}) {
      assertThrows(IllegalArgumentException.class, () -> SharedMemory.create(name, 1));
      assertThrows(IllegalArgumentException.class, () -> SharedMemory.attach(name));
    }
  }

  @Test
  @Tag("SHM-02")
  void closingOneAttachmentLeavesTheOthers() throws Exception {
    SharedMemory first = SharedMemory.create(16);
    SharedMemory second = SharedMemory.attach(first.name());
    Peer.left().run(() -> first.segment().set(JAVA_LONG, 8, 42));
    assertEquals(42, first.segment().get(JAVA_LONG, 8));

    first.close();
    first.close();

    assertThrows(IllegalStateException.class, () -> first.segment().get(JAVA_LONG, 8));
    assertEquals(42, second.segment().get(JAVA_LONG, 8));
    assertEquals(42L, Peer.right().call(() -> second.segment().get(JAVA_LONG, 8)));
    second.unlink();
    second.close();
  }

  @Test
  @Tag("SHM-02")
  void unlinkRemovesTheNameOnceAndForThatBlockOnly() throws Exception {
    try (var old = SharedMemory.create(NAME, 8)) {
      var attached = SharedMemory.attach(NAME);
      Peer.left().run(old::unlink);
      assertThrows(NoSuchFileException.class, old::unlink);
      assertThrows(NoSuchFileException.class, attached::unlink);

      try (var young = SharedMemory.create(NAME, 8)) {
        assertNotEquals(old, young);
        assertThrows(NoSuchFileException.class, attached::unlink);
        young.segment().set(JAVA_LONG, 0, 1);
        attached.segment().set(JAVA_LONG, 0, 2);
        assertEquals(1L, Peer.right().call(() -> young.segment().get(JAVA_LONG, 0)));
        young.unlink();
      }
      attached.close();
    }
  }

  @Test
  @Tag("SHM-04")
  void aScopeReleasesAllOfItsBlocks() throws Exception {
    SharedMemory named;
    SharedMemory unnamed;
    try (var shared = SharedScope.open()) {
      named = shared.memory(NAME, 8);
      unnamed = shared.memory(8);
      shared.lock();
      shared.memory(8).unlink(); // by hand
      Peer.left().run(() -> named.segment().set(JAVA_LONG, 0, 7));
    }
    assertThrows(NoSuchFileException.class, () -> SharedMemory.attach(NAME));
    assertThrows(NoSuchFileException.class, () -> SharedMemory.attach(unnamed.name()));
    assertThrows(IllegalStateException.class, () -> named.segment().get(JAVA_LONG, 0));
    try (Stream<Path> files = Files.list(ProcessFolder.own().path())) {
      assertEquals(0, files.count());
    }
    var failure =
        assertThrows(
            ExecutionException.class, () -> Peer.right().call(() -> unnamed.segment().byteSize()));
    assertInstanceOf(InvalidObjectException.class, failure.getCause());
  }

  @Test
  void foldersAreForTheUserAlone() throws Exception {
    try (var memory = SharedMemory.create(NAME, 8)) {
      ProcessFolder folder = ProcessFolder.own();
      assertEquals("rwx------", permissions(folder.user().path()));
      assertEquals("rwx------", permissions(folder.path()));
      assertEquals("rw-------", permissions(folder.path().resolve("n-" + NAME)));
      assertEquals("rw-------", permissions(folder.user().path().resolve("names.lock")));
      memory.unlink();
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void anArrivedHandleKeepsItsMemoryAndEqualsTheOther() throws Exception {
    try (var shared = SharedScope.open()) {
      SharedMemory memory = shared.memory(8);
      assertTrue(
          Peer.left().call(() -> memory.equals(Shared.attach(SharedMemory.class, memory.name()))));
      SharedMemory back = Peer.left().call(() -> memory);
      assertEquals(memory, back);
      assertEquals(memory.segment(), back.segment());
      assertThrows(IOException.class, () -> Shared.attach(SharedLock.class, memory.name()));
      String lock = shared.lock().name();
      var failure = assertThrows(IOException.class, () -> SharedMemory.attach(lock));
      assertEquals(lock + " is a lock, no block of memory", failure.getMessage());
      assertThrows(IllegalArgumentException.class, () -> Shared.attach(SharedCondition.class, "x"));
    }
  }

  @Test
  void moreThanThereIsSpaceForIsRefusedAtOnce(@TempDir Path place) throws Exception {
    ProcessFolder folder = ProcessFolder.under(place);
    var failure =
        assertThrows(IOException.class, () -> SharedMemory.create(folder, Long.MAX_VALUE / 4));
    assertTrue(String.valueOf(failure).contains(": no space for a block of"), failure.toString());
    assertEmpty(folder);
  }

  @Test
  void aFullFileSystemIsAnExceptionAndNoSignal(@TempDir Path place) throws Exception {
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place.toString()));
    try {
      ProcessFolder folder = ProcessFolder.under(place);
      long space = Files.getFileStore(place).getUsableSpace();

      // fits if one does not count the head
      var failure = assertThrows(IOException.class, () -> SharedMemory.create(folder, NAME, space));

      assertTrue(String.valueOf(failure).contains(": no space for a block of"), failure.toString());
      assertEmpty(folder);
      try (var memory = SharedMemory.create(folder, NAME, space / 2)) {
        memory.segment().fill((byte) 1);
      }
    } finally {
      run("umount", place.toString());
    }
  }

  private static void assertEmpty(ProcessFolder folder) throws IOException {
    try (Stream<Path> files = Files.list(folder.path())) {
      assertEquals(0, files.count());
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
