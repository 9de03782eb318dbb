package dev.selvedge.process.shared;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One end of a pipe in both directions.
final class HeldEnd extends Shared implements PipeEnd {
  @Serial private static final long serialVersionUID = 1;

  private final transient Holders own;
  private final transient Outflow out;
  private final transient Inflow in;

  /// An end.
  ///
  /// @param part which, for [SharedPipe#end]
  HeldEnd(Block block, int part, Holders own, Holders other, Ring out, Ring in) {
    super(block, Kind.PIPE, part);
    this.own = own;
    this.out = new Outflow(this, out, own, other);
    this.in = new Inflow(this, in, own, other);
  }

  @Override
  Holders holders() {
    return own;
  }

  @Override
  public void send(@Nullable Object object) throws IOException, InterruptedException {
    out.send(object);
  }

  @Override
  public void sendBytes(ByteBuffer bytes) throws IOException, InterruptedException {
    out.sendBytes(bytes);
  }

  @Override
  public @Nullable Object receive() throws IOException, InterruptedException {
    return in.receive();
  }

  @Override
  public byte[] receiveBytes(int most) throws IOException, InterruptedException {
    return in.receiveBytes(most);
  }

  @Override
  public boolean poll(Duration timeout) throws IOException, InterruptedException {
    return in.poll(timeout);
  }

  @Override
  public void close() {
    out.close();
    in.close();
  }

  @Override
  public String toString() {
    return "PipeEnd " + name() + (part() == SharedPipe.LEFT ? " left" : " right");
  }
}
