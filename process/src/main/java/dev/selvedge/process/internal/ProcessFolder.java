package dev.selvedge.process.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The folder in which a process keeps what others may attach to: blocks of shared memory, rings,
/// sockets, logs. What it leaves behind when it is killed is found by its folder's name, and
/// removed by the next process that makes one.
///
/// ```
/// /dev/shm                       or java.io.tmpdir, or -Ddev.selvedge.process.folder
///   selvedge-1000                0700, of the user with that number
///     4711-282098-4026531836     0700, of the process: pid, start, pid namespace
///       b-1, n-frames, …         0600
/// ```
///
/// **Whose is it?** A folder belongs to the dead if there is no process with that pid that started
/// at that time ([ProcessId#isDead]); a later process with the same pid has another start. The name
/// says all of this from the first moment, so there is no instant at which a new folder looks
/// abandoned, and several processes can start and sweep at once: they look at the same names, come
/// to the same result, and do not mind what another has removed before them. Folders of another
/// namespace (another container with the same `/dev/shm`) are left alone: their pids say nothing
/// here.
///
/// **Who else may write there?** `/dev/shm` is everyone's. A folder `selvedge-…` that somebody else
/// made, that others may enter, or that is a link is refused.
///
/// An orderly end of the JVM removes its folder; so only those who are killed leave one.
/// Thread-safe.
public final class ProcessFolder {
  /// This system property says where folders are made, in place of `/dev/shm`.
  public static final String PROPERTY = "dev.selvedge.process.folder";

  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final Pattern NAME = Pattern.compile("(\\d{1,7})-(\\d{1,18})-(\\d{1,18})");
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private static @Nullable ProcessFolder own; // guarded by the class

  private final Path users;
  private final Path path;

  private ProcessFolder(Path users, Path path) {
    this.users = users;
    this.path = path;
  }

  /// {@return this process's folder} The first call makes it, and removes those of the dead.
  ///
  /// @throws IOException if it cannot be made, or the user's folder is not safe
  public static synchronized ProcessFolder own() throws IOException {
    if (own == null) {
      own = under(place());
      Runtime.getRuntime().addShutdownHook(new Thread(own::remove, "selvedge-folder"));
    }
    return own;
  }

  /// Makes a folder of this process at another place, and removes those of the dead there.
  ///
  /// @param place an existing folder
  /// @return the folder
  /// @throws IOException if it cannot be made, or the user's folder is not safe
  public static ProcessFolder under(Path place) throws IOException {
    Path users = usersFolder(place);
    Path path = users.resolve(name(ProcessId.own()));
    createPrivate(users);
    checkPrivate(users);
    createPrivate(path);
    var folder = new ProcessFolder(users, path);
    folder.sweep();
    return folder;
  }

  /// {@return where it is}
  public Path path() {
    return path;
  }

  /// {@return the folder of the user, in which those of his processes are}
  public Path users() {
    return users;
  }

  /// {@return the existing folders of all processes of the user}
  ///
  /// @throws IOException if they cannot be listed
  public List<Path> all() throws IOException {
    List<Path> folders = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(users)) {
      for (Path entry : entries) {
        if (NAME.matcher(entry.getFileName().toString()).matches()) {
          folders.add(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return folders;
  }

  /// Removes the folders of dead processes, and says so in the log. The pool calls it too, when one
  /// of its workers was lost.
  ///
  /// @return how many there were
  public int sweep() {
    List<String> removed = new ArrayList<>();
    try {
      for (Path folder : all()) {
        if (isAbandoned(folder)) {
          delete(folder);
          removed.add(folder.getFileName().toString());
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(System.Logger.Level.WARNING, "what killed processes left stays in " + users, e);
    }
    if (!removed.isEmpty()) {
      LOG.log(
          System.Logger.Level.INFO,
          "removed from " + users + " what killed processes left: " + String.join(", ", removed));
    }
    return removed.size();
  }

  /// Removes this folder and all that is in it.
  public void remove() {
    try {
      delete(path);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "left behind: " + path, e);
    }
  }

  /// {@return what makes a new file or folder the user's alone} Empty where permissions do not
  /// exist.
  ///
  /// @param permissions such as `rw-------`
  public static FileAttribute<?>[] permissions(String permissions) {
    return POSIX
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static Path place() {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      return Path.of(chosen);
    }
    return Files.isDirectory(SHARED_MEMORY) && Files.isWritable(SHARED_MEMORY)
        ? SHARED_MEMORY
        : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static Path usersFolder(Path place) {
    String user = Objects.requireNonNullElse(userNumber(), System.getProperty("user.name"));
    return place.toAbsolutePath().resolve("selvedge-" + user);
  }

  /// The number of the effective user. The owner of `/proc/self` would be root's for a process that
  /// may not be traced.
  private static @Nullable String userNumber() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Uid:")) {
          return line.split("\\s+", -1)[2];
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  private static String name(long id) {
    return ProcessId.pid(id) + "-" + ProcessId.start(id) + "-" + Namespace.OWN;
  }

  private static boolean isAbandoned(Path folder) {
    Matcher name = NAME.matcher(folder.getFileName().toString());
    return name.matches()
        && name.group(3).equals(Namespace.OWN)
        && ProcessId.isDead(
            ProcessId.of(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))));
  }

  private static void createPrivate(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, permissions("rwx------"));
    } catch (FileAlreadyExistsException e) {
      // made by an earlier process of this user, or by another copy of this library; checked next
    }
  }

  private static void checkPrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw unsafe(folder, "is not a folder");
    }
    if (!POSIX) {
      return;
    }
    String user = userNumber();
    if (user != null && !user.equals(attribute(folder, "unix:uid"))) {
      throw unsafe(folder, "belongs to user " + attribute(folder, "unix:uid"));
    }
    var permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    if (!permissions.equals(PosixFilePermissions.fromString("rwx------"))) {
      throw unsafe(folder, "has the permissions " + PosixFilePermissions.toString(permissions));
    }
  }

  private static String attribute(Path folder, String name) throws IOException {
    return String.valueOf(Files.getAttribute(folder, name, LinkOption.NOFOLLOW_LINKS));
  }

  private static IOException unsafe(Path folder, String why) {
    return new IOException(
        folder
            + " "
            + why
            + ", so others could read or change what processes share; remove it, or set -D"
            + PROPERTY
            + " to a folder of your own");
  }

  /// Deletes a tree in which others may delete at the same time.
  private static void delete(Path tree) throws IOException {
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

  /// Which processes see the same pids as this one.
  private static final class Namespace {
    static final String OWN = read();

    /// The link says `pid:[4026531836]`.
    private static String read() {
      try {
        String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        return link.replaceAll("\\D", "");
      } catch (IOException | UnsupportedOperationException e) {
        return "0";
      }
    }
  }
}
