package dev.selvedge.process.shared;

import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The receiving end of a pipe in one direction.
final class HeldReceiver extends Shared implements PipeReceiver {
  @Serial private static final long serialVersionUID = 1;

  private final transient Holders own;
  private final transient Inflow in;

  HeldReceiver(Block block, Holders own, Holders other, Ring ring) {
    super(block, Kind.ONE_WAY_PIPE, SharedOneWayPipe.RECEIVER);
    this.own = own;
    this.in = new Inflow(this, ring, own, other);
  }

  @Override
  Holders holders() {
    return own;
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
    in.close();
  }

  @Override
  public String toString() {
    return "PipeReceiver " + name();
  }
}
