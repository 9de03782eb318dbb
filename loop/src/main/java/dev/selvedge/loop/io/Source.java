package dev.selvedge.loop.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Where an [InputBuffer] gets its bytes from. One thread reads at a time.
@FunctionalInterface
interface Source {
  /// Reads at least one byte, and waits for it. When it throws `InterruptedException`, no byte is
  /// lost, and it can be called again.
  ///
  /// @param into has room
  /// @return how many bytes, or -1 at the end
  int read(ByteBuffer into) throws IOException, InterruptedException;
}
