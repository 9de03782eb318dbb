package dev.selvedge.process.internal;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// How bytes get from one process to another and back, in order: [RingTransport] through shared
/// memory, [SocketTransport] everywhere.
///
/// One thread writes and one reads at a time; any thread may close.
interface Transport extends Closeable {

  /// Waits until there is something to read, if this transport can do so without reading.
  ///
  /// @return false if the other side has closed and everything was read
  boolean awaitInput() throws IOException;

  /// {@return whether there surely is something to read}
  boolean hasInput();

  /// Lets a second thread look for input while the first one is in [#awaitInput]: waits a short
  /// while. What comes is not told to the first one until [#passOn].
  void awaitBriefly(long nanos);

  /// Tells the thread in [#awaitInput] of what has come, if the second one leaves something.
  void passOn();

  /// Reads what is there, and waits until something is.
  ///
  /// @return how many bytes, or -1 if the other side has closed and everything was read
  int read(ByteBuffer target) throws IOException;

  /// As [#read(ByteBuffer)].
  int read(MemorySegment target) throws IOException;

  /// Writes everything, and waits while there is no room. The other side may see it only after
  /// [#signal].
  void write(MemorySegment source) throws IOException;

  /// As [#write(MemorySegment)].
  void write(ByteBuffer source) throws IOException;

  /// Tells the other side to look.
  void signal();

  /// {@return whether so many bytes can surely be written without waiting for the other side}
  boolean hasRoom(long bytes);
}
