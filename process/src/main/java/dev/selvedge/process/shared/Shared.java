package dev.selvedge.process.shared;

import dev.selvedge.process.internal.Departures;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A handle to something that processes share.
///
/// Handles are made by a [SharedScope], and travel: captured by a call, or written to an
/// [java.io.ObjectOutputStream], they arrive in the other process as the same thing. Two handles
/// are equal if they stand for the same thing.
///
/// A program that got no handle attaches by name:
///
/// ```java
/// System.out.println(lock.name());                                        // in one process
/// SharedLock lock = Shared.attach(SharedLock.class, args[0]);             // in another
/// ```
///
/// **Life.** The thing is there for newcomers as long as the scope that made it is open; a handle
/// that arrives later in a process that has none fails to be read, with an
/// [InvalidObjectException]. Those that arrived before keep the memory, and may go on among
/// themselves. In the process of the scope itself they are closed with it: using one then throws
/// [IllegalStateException].
///
/// @since 0.1
public abstract sealed class Shared implements Serializable
    permits SharedMemory,
        SharedArray,
        SharedValue,
        SharedList,
        SharedLock,
        SharedCondition,
        SharedSemaphore,
        SharedLimit,
        SharedEvent,
        SharedBarrier,
        SharedQueue,
        SharedPipe,
        SharedOneWayPipe,
        HeldEnd,
        HeldSender,
        HeldReceiver {

  /// Which thing of a block it is: the thing itself, or one that belongs to it.
  static final int WHOLE = -1;

  private static final long serialVersionUID = 1;

  private final transient Block block;
  private final transient Kind kind;
  private final transient int part;

  Shared(Block block, Kind kind, int part) {
    this.block = block;
    this.kind = kind;
    this.part = part;
  }

  /// Attaches to what another process has made, by its name. It is detached when the handle is
  /// garbage.
  ///
  /// @param type what it is, such as `SharedLock.class`
  /// @param name its name
  /// @param <T> the same
  /// @return a handle
  /// @throws java.nio.file.NoSuchFileException if there is no such thing, or no longer
  /// @throws IOException if it is of another type, or cannot be attached
  /// @throws IllegalArgumentException if the type is none that a scope makes, or the name cannot be
  ///   one
  public static <T extends Shared> T attach(Class<T> type, String name) throws IOException {
    Kind kind = Kind.of(type);
    return type.cast(kind.handle(Block.arrive(UserFolder.current(), name, kind)));
  }

  /// {@return the name by which other processes can attach}
  public final String name() {
    return block.name();
  }

  /// {@return what it is}
  final Kind kind() {
    return kind;
  }

  /// {@return which thing of the block it is}
  final int part() {
    return part;
  }

  /// {@return which processes have it, or null if nobody wants to know}
  @Nullable Holders holders() {
    return null;
  }

  /// {@return the attachment}
  final Block block() {
    return block;
  }

  /// {@return the bytes}
  final MemorySegment data() {
    return block.data();
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof Shared that
        && block.stamp() == that.block.stamp()
        && kind == that.kind
        && part == that.part;
  }

  @Override
  public final int hashCode() {
    return Long.hashCode(block.stamp()) * 31 + part;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + " " + name();
  }

  /// What travels in place of the handle.
  final Object writeReplace() {
    Holders holders = holders();
    if (holders != null) {
      Departures.note(holders::enter);
    }
    return new SharedHandle(block.name(), block.stamp(), kind, part);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a handle arrives by its name");
  }
}
