package dev.selvedge.process.shared;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The sending end of a pipe in one direction.
final class HeldSender extends Shared implements PipeSender {
  @Serial private static final long serialVersionUID = 1;

  private final transient Holders own;
  private final transient Outflow out;

  HeldSender(Block block, Holders own, Holders other, Ring ring) {
    super(block, Kind.ONE_WAY_PIPE, SharedOneWayPipe.SENDER);
    this.own = own;
    this.out = new Outflow(this, ring, own, other);
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
  public void close() {
    out.close();
  }

  @Override
  public String toString() {
    return "PipeSender " + name();
  }
}
