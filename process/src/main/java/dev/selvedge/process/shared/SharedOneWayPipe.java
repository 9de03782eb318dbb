package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.io.Serial;

/// A pipe with a sender and a receiver.
///
/// ```java
/// SharedOneWayPipe pipe = shared.oneWayPipe();
/// PipeSender log = pipe.sender();
/// WorkerProcess.of(() -> log.send("started")).start();
/// String line = pipe.receiver().receive(String.class);
/// ```
///
/// Who has an end, and what is noticed when it dies, is as with [SharedPipe], which goes both ways.
/// Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class SharedOneWayPipe extends Shared {

  // who has the sender │ who has the receiver │ ring

  @Serial private static final long serialVersionUID = 1;

  static final int SENDER = 0;
  static final int RECEIVER = 1;

  private static final long RING = 2 * Holders.BYTES;

  private final transient HeldSender sender;
  private final transient HeldReceiver receiver;

  SharedOneWayPipe(Block block) {
    super(block, Kind.ONE_WAY_PIPE, WHOLE);
    Holders senders = new Holders(data().asSlice(0, Holders.BYTES));
    Holders receivers = new Holders(data().asSlice(Holders.BYTES, Holders.BYTES));
    Ring ring = ring();
    this.sender = new HeldSender(block, senders, receivers, ring);
    this.receiver = new HeldReceiver(block, receivers, senders, ring);
  }

  static SharedOneWayPipe create(ProcessFolder folder, long bytes) throws IOException {
    return new SharedOneWayPipe(
        Block.create(
            folder,
            Kind.ONE_WAY_PIPE,
            RING + Ring.bytes(bytes),
            data -> {
              Holders.initialise(data, 0);
              Holders.initialise(data, Holders.BYTES);
              Ring.initialise(data, RING, bytes);
            }));
  }

  /// {@return the end that sends}
  public PipeSender sender() {
    return sender;
  }

  /// {@return the end that receives}
  public PipeReceiver receiver() {
    return receiver;
  }

  /// {@return what messages go through}
  Ring ring() {
    return new Ring(block(), Kind.ONE_WAY_PIPE, RING);
  }

  /// {@return the end that is a part of the block}
  Shared end(int part) {
    return part == SENDER ? sender : receiver;
  }
}
