package dev.selvedge.process.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The folder of a user, in which each of his processes that has something to attach to has a
/// folder of its own ([ProcessFolder]): blocks of shared memory, rings, sockets, logs. What a
/// process leaves behind when it is killed is found by its folder's name, and removed by the next
/// process that makes one.
///
/// ```
/// /dev/shm                       or java.io.tmpdir, or -Ddev.selvedge.process.folder
///   selvedge-1000                0700, of the user with that number
///     4711-282098-4026531836     0700, of the process: pid, start, pid namespace
///       b-1, n-frames, …         0600
///     names.lock                 0600, see NameLock
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
/// An orderly end of the JVM removes its folder, and the user's if it was the last. So only those
/// who are killed leave something. Thread-safe.
public final class UserFolder {
  /// This system property says where it is made, in place of `/dev/shm`.
  public static final String PROPERTY = "dev.selvedge.process.folder";

  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final Pattern NAME = Pattern.compile("(\\d{1,7})-(\\d{1,18})-(\\d{1,18})");
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private static @Nullable UserFolder current; // guarded by the class

  private final Path path;

  private UserFolder(Path path) {
    this.path = path;
  }

  /// {@return the folder of this process's user, which exists}
  ///
  /// @throws IOException if it cannot be made, or is not safe
  public static synchronized UserFolder current() throws IOException {
    if (current == null) {
      current = under(place());
      Runtime.getRuntime().addShutdownHook(new Thread(current::end, "selvedge-folder"));
    }
    return current;
  }

  private void end() {
    WorkerRecordings.awaitEnd();
    new ProcessFolder(this).remove();
    removeIfUnused();
  }

  /// Makes the folder at another place, unless it exists.
  ///
  /// @param place an existing folder
  /// @return the folder
  /// @throws IOException if it cannot be made, or is not safe
  public static UserFolder under(Path place) throws IOException {
    var folder = new UserFolder(path(place));
    folder.create();
    return folder;
  }

  /// Makes the folder unless it exists; another process may have removed it at its end.
  void create() throws IOException {
    createPrivate(path);
    checkPrivate(path);
  }

  /// {@return where it is}
  public Path path() {
    return path;
  }

  /// {@return the existing folders of all processes}
  ///
  /// @throws IOException if they cannot be listed
  public List<Path> all() throws IOException {
    List<Path> folders = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
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

  /// Removes the folders of dead processes.
  ///
  /// @return the names of those that were there
  public List<String> sweep() {
    List<String> removed = new ArrayList<>();
    try {
      for (Path folder : all()) {
        if (isAbandoned(folder)) {
          ProcessFolder.delete(folder);
          removed.add(folder.getFileName().toString());
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(System.Logger.Level.WARNING, "what killed processes left stays in " + path, e);
    }
    return removed;
  }

  /// Removes this folder if no process has one in it. Another process that comes back to it just
  /// now makes it again.
  void removeIfUnused() {
    try (NameLock lock = all().isEmpty() ? NameLock.attempt(this) : null) {
      if (lock != null && all().isEmpty()) {
        lock.delete();
        Files.delete(path);
      }
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      // others end or begin at the same time
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

  /// Makes a folder that is the user's alone, unless it exists.
  static void createPrivate(Path folder) throws IOException {
    try {
      Files.createDirectory(folder, permissions("rwx------"));
    } catch (FileAlreadyExistsException e) {
      // made by an earlier process of this user, or by another copy of this library; checked next
    }
  }

  /// Makes a new file that is the user's alone.
  static void createPrivateFile(Path file) throws IOException {
    Files.createFile(file, permissions("rw-------"));
  }

  /// Opens a socket that is the user's alone, in a folder that is.
  ///
  /// @param socket where, a path that does not exist
  static ServerSocketChannel listen(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
      if (POSIX) {
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      }
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /// {@return the name of the folder of a process}
  static String name(long id) {
    return ProcessId.pid(id) + "-" + ProcessId.start(id) + "-" + Namespace.OWN;
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

  private static Path path(Path place) {
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

  private static boolean isAbandoned(Path folder) {
    Matcher name = NAME.matcher(folder.getFileName().toString());
    return name.matches()
        && name.group(3).equals(Namespace.OWN)
        && ProcessId.isDead(
            ProcessId.of(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))));
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
