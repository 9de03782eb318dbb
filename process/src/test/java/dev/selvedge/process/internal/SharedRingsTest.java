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

/// The file of the rings.
class SharedRingsTest {
  @TempDir private Path place;

  @Test
  void theFileIsItsUsersAloneAndGoesWhenItIsUnlinked() throws IOException {
    ProcessFolder folder = ProcessFolder.under(place);
    try (SharedRings rings = SharedRings.create(folder.path())) {
      assertEquals("rw-------", permissions(rings.file()));
      assertEquals("rwx------", permissions(folder.path()));
      assertEquals("rwx------", permissions(folder.user().path()));
      rings.unlink();
      assertFalse(Files.exists(rings.file()));
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aFolderThatIsGoneIsToldAsAnIoException() throws IOException {
    ProcessFolder folder = ProcessFolder.under(place);
    folder.remove();
    assertThrows(IOException.class, () -> SharedRings.create(folder.path()));
  }
}
