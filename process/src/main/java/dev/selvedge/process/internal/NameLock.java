package dev.selvedge.process.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Held while names of blocks are given and taken away: a lock on a file of the user's folder, for
/// the processes, and one in the heap, for the threads.
///
/// The kernel drops the lock of a process that ends. It also drops it when the process closes *any*
/// channel of that file; only this class opens one, under the lock in the heap.
///
/// The last process to end deletes the file, while it holds the lock. Another may have opened it
/// just before, and gets the lock of a file that is not there any more, when a third one has made
/// the next. So who gets the lock looks whether the file is the one that was there before it was
/// opened.
public final class NameLock implements AutoCloseable {
  private static final ReentrantLock THREADS = new ReentrantLock();
  private static final long AGAIN = 1_000_000;
  private static final String NAME = "names.lock";

  private final Path file;
  private final FileChannel channel;

  private NameLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Waits for the lock, and holds it until it is closed.
  ///
  /// @throws IOException if the user's folder is not there, or cannot be written
  public static NameLock of(UserFolder user) throws IOException {
    NameLock lock = attempt(user);
    while (lock == null) {
      LockSupport.parkNanos(AGAIN);
      lock = attempt(user);
    }
    return lock;
  }

  /// {@return the lock, held until it is closed, or null if another process has it}
  ///
  /// @throws IOException if the user's folder is not there, or cannot be written
  static @Nullable NameLock attempt(UserFolder user) throws IOException {
    Path file = user.path().resolve(NAME);
    THREADS.lock();
    FileChannel channel = null;
    try {
      channel = locked(file);
    } finally {
      if (channel == null) {
        THREADS.unlock();
      }
    }
    return channel == null ? null : new NameLock(file, channel);
  }

  private static @Nullable FileChannel locked(Path file) throws IOException {
    create(file);
    Object before = key(file);
    if (before == null) {
      return null;
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      locked = tryLock(channel) && before.equals(key(file));
    } finally {
      if (!locked) {
        channel.close();
      }
    }
    return locked ? channel : null;
  }

  private static void create(Path file) throws IOException {
    try {
      Files.createFile(file, UserFolder.permissions("rw-------"));
    } catch (FileAlreadyExistsException e) {
      // the ordinary case
    }
  }

  private static @Nullable Object key(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? file : key;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  // Not lock(): that one closes the channel when the thread is interrupted.
  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another copy of this library in this process has it
    }
  }

  /// Deletes the file of the lock, which stays held.
  void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      THREADS.unlock();
    }
  }
}
