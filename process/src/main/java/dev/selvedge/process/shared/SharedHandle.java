package dev.selvedge.process.shared;

import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;

/// What travels of a handle.
///
/// @param name the block
/// @param stamp which of the blocks that have had that name
/// @param kind what it is
/// @param part which thing of the block, or [Shared#WHOLE]
record SharedHandle(String name, long stamp, Kind kind, int part) implements Serializable {

  /// {@return a handle in this process}
  ///
  /// @throws ObjectStreamException if the thing is gone
  Object readResolve() throws ObjectStreamException {
    try {
      return resolve();
    } catch (IOException | IllegalArgumentException e) {
      var failure =
          new InvalidObjectException(
              "the shared "
                  + kind.title()
                  + " "
                  + name
                  + " cannot be attached; is the scope that made it still open?");
      failure.initCause(e);
      throw failure;
    }
  }

  private Object resolve() throws IOException {
    Block block = Block.arrive(UserFolder.current(), name, stamp, kind);
    Shared whole = kind.handle(block);
    if (part == Shared.WHOLE) {
      return whole;
    }
    return switch (whole) {
      case SharedLock lock -> lock.condition(part);
      case SharedValue value -> value.lock();
      case SharedPipe pipe -> arrived(pipe.end(part));
      case SharedOneWayPipe pipe -> arrived(pipe.end(part));
      default -> throw new IllegalArgumentException("it has no part " + part);
    };
  }

  /// From now on this process has the end, even if it never uses it.
  private static Shared arrived(Shared end) {
    Holders holders = end.holders();
    if (holders != null) {
      holders.enter();
    }
    return end;
  }
}
