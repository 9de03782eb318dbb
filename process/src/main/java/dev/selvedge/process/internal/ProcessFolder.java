package dev.selvedge.process.internal;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The folder of a process for what others may attach to, in the folder of its user ([UserFolder],
/// where the names are explained).
///
/// Making it removes what killed processes have left. An orderly end of the JVM removes it again;
/// so only those who are killed leave one. Thread-safe.
public final class ProcessFolder {
  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");

  private static @Nullable ProcessFolder own; // guarded by the class

  private final UserFolder user;
  private final Path path;

  ProcessFolder(UserFolder user) {
    this.user = user;
    this.path = user.path().resolve(UserFolder.name(ProcessId.own()));
  }

  /// {@return this process's folder} The first call makes it.
  ///
  /// @throws IOException if it cannot be made, or the user's folder is not safe
  public static synchronized ProcessFolder own() throws IOException {
    own = own == null ? in(UserFolder.current()) : own;
    return own;
  }

  /// Makes a folder of this process at another place.
  ///
  /// @param place an existing folder
  /// @return the folder
  /// @throws IOException if it cannot be made, or the user's folder is not safe
  public static ProcessFolder under(Path place) throws IOException {
    return in(UserFolder.under(place));
  }

  private static ProcessFolder in(UserFolder user) throws IOException {
    var folder = new ProcessFolder(user);
    folder.create();
    List<String> left = user.sweep();
    if (!left.isEmpty()) {
      LOG.log(
          System.Logger.Level.INFO,
          "removed what killed processes left in " + user + ", of " + left.size() + " of them");
    }
    return folder;
  }

  private void create() throws IOException {
    while (true) {
      user.create();
      try {
        UserFolder.createPrivate(path);
        return;
      } catch (NoSuchFileException e) {
        // the last process of the user has ended in between, and removed the user's folder
      }
    }
  }

  /// {@return where it is}
  public Path path() {
    return path;
  }

  /// {@return the folder of its user}
  public UserFolder user() {
    return user;
  }

  /// Removes this folder and all that is in it.
  public void remove() {
    try {
      delete(path);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "left behind: " + path, e);
    }
  }

  /// Deletes a tree in which others may delete at the same time.
  static void delete(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
