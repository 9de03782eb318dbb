package dev.selvedge.process.shared;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.selvedge.process.internal.NameLock;
import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An attachment of this process to a block of shared memory: a mapped file in the folder of the
/// process that created it.
///
/// ```
/// 0       8      12      16      24       32     64
/// ┌───────┬──────┬───────┬───────┬────────┬──────┬─────────────────
/// │ magic │ kind │ (0)   │ size  │ stamp  │ (0)  │ data: size bytes
/// └───────┴──────┴───────┴───────┴────────┴──────┴─────────────────
/// ```
///
/// **Real memory.** A file in `/dev/shm` can be longer than there is memory for; the one who
/// touches the missing page dies of SIGBUS. So creating writes every byte first, and fails by an
/// exception if there is no space.
///
/// **Names.** A generated name is `folder/b-7` and is known to nobody before the block is complete.
/// A chosen name is that of the file `n-…` in any of the user's folders; creating and unlinking
/// look at all of them under a file lock, which the kernel drops when its holder is killed. The
/// file is completed under another name and then renamed, so nobody attaches to a half-made one. A
/// kill anywhere leaves files in the creator's folder only, which the next start removes. A name
/// can be given again; the stamp, a random number, tells the blocks apart.
///
/// **Attachments.** One that was asked for (create, attach) has a mapping of its own, which `close`
/// unmaps. Handles that arrive by serialization find the attachment which their process has
/// already, or share a new one, which is unmapped when the last of them is garbage: nobody could
/// say when to close it, for a captured handle arrives once for each call.
final class Block {
  private static final long MAGIC = 0x53454c5645444745L;
  private static final long KIND = 8;
  private static final long SIZE = 16;
  private static final long STAMP = 24;
  private static final long DATA = 64;
  private static final int CHUNK = 1 << 20;

  private static final Pattern CHOSEN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final Pattern GENERATED = Pattern.compile("[0-9]+-[0-9]+-[0-9]+/b-[0-9]+");
  private static final String CHOSEN_PREFIX = "n-";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final AtomicLong NUMBERS = new AtomicLong();

  /// What arriving handles find, by name; the values may be garbage already.
  private static final Map<String, WeakReference<Block>> ATTACHED = new ConcurrentHashMap<>();

  private final String name;
  private final UserFolder user;
  private final Path file;
  private final Object key;
  private final MemorySegment all;
  private final @Nullable Arena arena; // null if the mapping goes with the last handle
  private final MemorySegment data;
  private final long stamp;

  private Block(String name, UserFolder user, Path file, Object key, Mapping mapping) {
    this.name = name;
    this.user = user;
    this.file = file;
    this.key = key;
    this.all = mapping.all;
    this.arena = mapping.arena;
    this.stamp = mapping.all.get(JAVA_LONG, STAMP);
    this.data = mapping.all.asSlice(DATA, mapping.all.get(JAVA_LONG, SIZE));
  }

  /// A mapped file, and what unmaps it, if anything but the collector does.
  private record Mapping(MemorySegment all, @Nullable Arena arena) {}

  /// Creates a block under a generated name.
  ///
  /// @param folder where
  /// @param kind what it is
  /// @param size how many bytes, at least one
  /// @param initial sets the first contents, before anybody can attach; they are zero
  static Block create(ProcessFolder folder, Kind kind, long size, Consumer<MemorySegment> initial)
      throws IOException {
    checkSize(size);
    Path file = newFile(folder);
    String name = folder.path().getFileName() + "/" + file.getFileName();
    Block block = complete(folder, name, file, kind, size, file);
    initial.accept(block.data);
    remember(block);
    return block;
  }

  /// Creates a block under a chosen name.
  ///
  /// @throws FileAlreadyExistsException if another block has it
  static Block create(ProcessFolder folder, String name, Kind kind, long size) throws IOException {
    checkSize(size);
    checkChosen(name);
    Path part = newFile(folder);
    Path file = folder.path().resolve(CHOSEN_PREFIX + name);
    try (var _ = NameLock.of(folder.user())) {
      if (find(folder.user(), name) != null) {
        throw new FileAlreadyExistsException(name, null, "a block of shared memory has that name");
      }
      Block block = complete(folder, name, file, kind, size, part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      remember(block);
      return block;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /// Attaches to an existing block by a mapping of its own.
  ///
  /// @throws NoSuchFileException if there is none
  static Block attach(UserFolder user, String name, Kind kind) throws IOException {
    return attach(user, name, kind, Arena.ofShared());
  }

  /// {@return the attachment of this process for handles that arrive}
  ///
  /// @param stamp which of the blocks that have had that name
  /// @throws NoSuchFileException if this process has no attachment, and can have none any more
  static Block arrive(UserFolder user, String name, long stamp, Kind kind) throws IOException {
    Block known = known(name, stamp);
    if (known != null) {
      return known;
    }
    Block block = attach(user, name, kind, null);
    if (block.stamp != stamp) {
      throw missing(name);
    }
    return remember(block);
  }

  /// {@return the attachment of this process to the block that has a name now}
  static Block arrive(UserFolder user, String name, Kind kind) throws IOException {
    Block block = attach(user, name, kind, null);
    Block known = known(name, block.stamp);
    return known != null ? known : remember(block);
  }

  private static @Nullable Block known(String name, long stamp) {
    WeakReference<Block> reference = ATTACHED.get(name);
    Block block = reference == null ? null : reference.get();
    return block != null && block.stamp == stamp && block.isOpen() ? block : null;
  }

  private static Block remember(Block block) {
    ATTACHED.values().removeIf(reference -> reference.get() == null);
    ATTACHED.put(block.name, new WeakReference<>(block));
    return block;
  }

  /// {@return its name, by which others attach}
  String name() {
    return name;
  }

  /// {@return what tells it from other blocks that have had the same name}
  long stamp() {
    return stamp;
  }

  /// {@return the bytes, without the head}
  MemorySegment data() {
    return data;
  }

  /// {@return whether this attachment is not closed}
  boolean isOpen() {
    return all.scope().isAlive();
  }

  /// Ends this attachment, if it is one of its own. Without effect if called again.
  void close() {
    if (arena != null && isOpen()) {
      arena.close();
    }
  }

  /// Removes the name.
  ///
  /// @throws NoSuchFileException if that was done before, even if the name was given again since
  void unlink() throws IOException {
    checkLinked();
    if (GENERATED.matcher(name).matches()) {
      Files.delete(file);
      return;
    }
    try (var _ = NameLock.of(user)) {
      checkLinked();
      Files.delete(file);
    }
  }

  private void checkLinked() throws IOException {
    if (!Files.exists(file) || !key(file).equals(key)) {
      throw new NoSuchFileException(name, null, "the block of shared memory was unlinked before");
    }
  }

  private static void checkKind(MemorySegment all, String name, Kind kind) throws IOException {
    int there = all.byteSize() < DATA ? -1 : all.get(JAVA_INT, KIND);
    if (there == -1 || all.get(JAVA_LONG, 0) != MAGIC) {
      throw new IOException(name + " is no block of shared memory");
    }
    if (there != kind.number()) {
      throw new IOException(name + " is a " + Kind.title(there) + ", no " + kind.title());
    }
  }

  private static Block attach(UserFolder user, String name, Kind kind, @Nullable Arena arena)
      throws IOException {
    Path file = find(user, name);
    if (file == null) {
      throw missing(name);
    }
    try {
      MemorySegment all = map(file, arena == null ? Arena.ofAuto() : arena);
      checkKind(all, name, kind);
      return new Block(name, user, file, key(file), new Mapping(all, arena));
    } catch (IOException e) {
      if (arena != null) {
        arena.close();
      }
      throw e instanceof NoSuchFileException ? missing(name) : e;
    }
  }

  private static NoSuchFileException missing(String name) {
    return new NoSuchFileException(
        name, null, "no block of shared memory has that name, or no longer");
  }

  /// {@return where a block is, or null if it does not exist}
  private static @Nullable Path find(UserFolder user, String name) throws IOException {
    if (GENERATED.matcher(name).matches()) {
      Path file = user.path().resolve(name);
      return Files.exists(file) ? file : null;
    }
    checkChosen(name);
    for (Path each : user.all()) {
      Path file = each.resolve(CHOSEN_PREFIX + name);
      if (Files.exists(file)) {
        return file;
      }
    }
    return null;
  }

  private static void checkSize(long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("a block of " + size + " bytes; give at least 1");
    }
  }

  private static void checkChosen(String name) {
    if (!CHOSEN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the name \""
              + name
              + "\"; give 1 to 100 of letters, digits, '.', '_' and '-', a letter or digit first");
    }
  }

  /// {@return a new empty file, the user's alone}
  private static Path newFile(ProcessFolder folder) throws IOException {
    while (true) {
      try {
        Path file = folder.path().resolve("b-" + NUMBERS.incrementAndGet());
        return Files.createFile(file, UserFolder.permissions("rw-------"));
      } catch (FileAlreadyExistsException e) {
        // another copy of this library in this process has had the number; the next one
      }
    }
  }

  /// Fills and maps a new file.
  ///
  /// @param file where it will be
  /// @param part where it is yet
  private static Block complete(
      ProcessFolder folder, String name, Path file, Kind kind, long size, Path part)
      throws IOException {
    try {
      allocate(part, size);
      Arena arena = Arena.ofShared();
      MemorySegment all = map(part, arena);
      all.set(JAVA_LONG, SIZE, size);
      all.set(JAVA_INT, KIND, kind.number());
      all.set(JAVA_LONG, STAMP, RANDOM.nextLong());
      all.set(JAVA_LONG, 0, MAGIC);
      return new Block(name, folder.user(), file, key(part), new Mapping(all, arena));
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw e;
    }
  }

  private static void allocate(Path file, long size) throws IOException {
    long space = Files.getFileStore(file).getUsableSpace();
    if (space < size) {
      throw noSpace(file, size, null);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK, size + DATA));
      for (long left = size + DATA; left > 0; left -= channel.write(zeros)) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), left));
      }
    } catch (IOException e) {
      throw noSpace(file, size, e);
    }
  }

  private static IOException noSpace(Path file, long size, @Nullable IOException cause) {
    return new IOException(
        "no space for a block of "
            + size
            + " bytes of shared memory in "
            + file.getParent()
            + "; make it smaller, close what is not needed, or set -D"
            + UserFolder.PROPERTY
            + " to a folder with more space",
        cause);
  }

  private static MemorySegment map(Path file, Arena arena) throws IOException {
    Set<StandardOpenOption> options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(file, options)) {
      return channel.map(MapMode.READ_WRITE, 0, channel.size(), arena);
    }
  }

  private static Object key(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key == null ? file : key;
  }

  @Override
  public String toString() {
    return name;
  }
}
