package dev.selvedge.process.internal;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Two rings in shared memory, of which this end reads one and writes the other.
record RingTransport(ByteRing in, ByteRing out) implements Transport {

  @Override
  public boolean awaitInput() throws IOException {
    return in.awaitUnread();
  }

  @Override
  public boolean hasInput() {
    return in.hasUnread();
  }

  @Override
  public void awaitBriefly(long nanos) {
    in.awaitBriefly(nanos);
  }

  @Override
  public void passOn() {
    in.passOn();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = in.read(MemorySegment.ofBuffer(target));
    target.position(target.position() + Math.max(count, 0));
    return count;
  }

  @Override
  public int read(MemorySegment target) throws IOException {
    return in.read(target);
  }

  @Override
  public void write(MemorySegment source) throws IOException {
    out.write(source);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    out.write(MemorySegment.ofBuffer(source));
    source.position(source.limit());
  }

  @Override
  public void signal() {
    out.signal();
  }

  @Override
  public boolean hasRoom(long bytes) {
    return out.hasRoom(bytes);
  }

  @Override
  public void close() {
    in.close();
    out.close();
  }
}
