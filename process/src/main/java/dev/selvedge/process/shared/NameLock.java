package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Held while names of blocks are given and removed: a lock on a file of the user's folder, for the
/// processes, and one in the heap, for the threads.
///
/// The kernel drops the lock of a process that ends. It also drops it when the process closes *any*
/// channel of that file; only this class opens one, under the lock in the heap.
final class NameLock implements AutoCloseable {
  private static final ReentrantLock THREADS = new ReentrantLock();
  private static final long AGAIN = 1_000_000;

  private final FileChannel channel;

  private NameLock(FileChannel channel) {
    this.channel = channel;
  }

  /// Waits for the lock, and holds it until it is closed.
  static NameLock of(Path users) throws IOException {
    THREADS.lock();
    try {
      return new NameLock(locked(users));
    } catch (IOException | RuntimeException | Error e) {
      THREADS.unlock();
      throw e;
    }
  }

  private static FileChannel locked(Path users) throws IOException {
    FileChannel channel =
        FileChannel.open(
            users.resolve("names.lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            ProcessFolder.permissions("rw-------"));
    try {
      lock(channel);
      return channel;
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  // Not lock(): that one ends by an exception, and closes the channel, when the thread is
  // interrupted.
  private static void lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        if (channel.tryLock() != null) {
          return;
        }
      } catch (OverlappingFileLockException e) {
        // another copy of this library in this process has it; as if it were another process
      }
      LockSupport.parkNanos(AGAIN);
    }
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
