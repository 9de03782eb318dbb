package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file of the memory.
class WorkerMemoryTest {
  @TempDir private Path place;

  @Test
  void theFileIsItsUsersAloneAndGoesWhenItIsUnlinked() throws IOException {
    ProcessFolder folder = ProcessFolder.under(place);
    try (WorkerMemory memory = WorkerMemory.create(folder.path(), true)) {
      assertEquals("rw-------", permissions(memory.file()));
      assertEquals("rwx------", permissions(folder.path()));
      assertEquals("rwx------", permissions(folder.user().path()));
      memory.unlink();
      assertFalse(Files.exists(memory.file()));
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aFolderThatIsGoneIsToldAsAnIoException() throws IOException {
    ProcessFolder folder = ProcessFolder.under(place);
    folder.remove();
    assertThrows(IOException.class, () -> WorkerMemory.create(folder.path(), true));
  }
}
