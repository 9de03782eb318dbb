package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A block of bytes that several processes read and write.
///
/// ```java
/// try (var memory = SharedMemory.create("frames", 1 << 20)) {      // in one process
///   memory.segment().set(JAVA_LONG, 0, 42);
///   …
///   memory.unlink();
/// }
/// try (var memory = SharedMemory.attach("frames")) {               // in another
///   long value = memory.segment().get(JAVA_LONG, 0);
/// }
/// ```
///
/// **Life.** [#close()] ends this attachment: its segment can no longer be used, and other
/// attachments, in this process too, go on. [#unlink()] removes the name: nobody can attach any
/// more, and the memory is free when the last attachment has ended. Both are to be done, by
/// whomever; [SharedScope#memory] does both at the end of the scope. What a process that was killed
/// has left is removed by the next one that shares something, and when the JVM ends in order
/// everything that it created is unlinked.
///
/// **Memory effects** are those of the accesses: plain ones need something that orders them, such
/// as a [SharedLock] or a [SharedEvent]; the variable handles of
/// [java.lang.foreign.ValueLayout#varHandle()] have volatile and atomic ones, which work between
/// processes. The segment begins at a multiple of 64.
///
/// A handle that arrived in another process by serialization shares one attachment with all that
/// arrived there; to close it has no effect, it ends with the last of them.
///
/// Creating takes real memory at once, about half a millisecond per MiB, so that there is never an
/// access without memory behind it. Thread-safe.
///
/// @since 0.1
public final class SharedMemory extends Shared implements AutoCloseable {
  private static final long serialVersionUID = 1;

  SharedMemory(Block block) {
    super(block, Kind.MEMORY, WHOLE);
  }

  /// Creates a block that has a generated name, filled with zeros.
  ///
  /// @param size how many bytes
  /// @return an attachment
  /// @throws IOException if it cannot be created, for instance because there is no space for it
  /// @throws IllegalArgumentException if the size is not positive
  public static SharedMemory create(long size) throws IOException {
    return create(ProcessFolder.own(), size);
  }

  /// Creates a block, filled with zeros.
  ///
  /// @param name its name: 1 to 100 of the letters, digits, `.`, `_` and `-`, a letter or digit
  ///   first; among the blocks of this user
  /// @param size how many bytes
  /// @return an attachment
  /// @throws java.nio.file.FileAlreadyExistsException if there is a block with that name
  /// @throws IOException if it cannot be created, for instance because there is no space for it
  /// @throws IllegalArgumentException if the size is not positive, or the name is none
  public static SharedMemory create(String name, long size) throws IOException {
    return create(ProcessFolder.own(), name, size);
  }

  static SharedMemory create(ProcessFolder folder, long size) throws IOException {
    return new SharedMemory(Block.create(folder, Kind.MEMORY, size, _ -> {}));
  }

  static SharedMemory create(ProcessFolder folder, String name, long size) throws IOException {
    return new SharedMemory(Block.create(folder, name, Kind.MEMORY, size));
  }

  /// Attaches to a block, which has the size that it was created with.
  ///
  /// @param name its name, chosen or generated
  /// @return an attachment of its own
  /// @throws java.nio.file.NoSuchFileException if there is no block with that name
  /// @throws IOException if it cannot be attached
  /// @throws IllegalArgumentException if the name is none
  public static SharedMemory attach(String name) throws IOException {
    return new SharedMemory(Block.attach(UserFolder.current(), name, Kind.MEMORY));
  }

  /// {@return the bytes} They can be used by all threads until this attachment is closed.
  public MemorySegment segment() {
    return data();
  }

  /// {@return how many bytes}
  public long size() {
    return data().byteSize();
  }

  /// Removes the name. Attachments stay as they are.
  ///
  /// @throws java.nio.file.NoSuchFileException if it was removed before, by whomever
  /// @throws IOException if it cannot be removed
  public void unlink() throws IOException {
    block().unlink();
  }

  /// Ends this attachment. Without effect if called again.
  ///
  /// @throws IllegalStateException if a native call is using the segment at this moment
  @Override
  public void close() {
    block().close();
  }

  @Override
  public String toString() {
    return "SharedMemory " + name() + ", " + size() + " bytes";
  }
}
