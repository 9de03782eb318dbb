package dev.selvedge.process.shared;

import dev.selvedge.Stability;
import dev.selvedge.process.internal.ProcessFolder;
import java.io.IOException;
import java.io.Serial;

/// A pipe with two ends, each of which sends to the other and receives from it: objects, or bytes.
///
/// ```java
/// try (var shared = SharedScope.open()) {
///   SharedPipe pipe = shared.pipe();
///   PipeEnd there = pipe.right();
///   WorkerProcess.of(() -> {
///     try (there) {
///       there.send(answer(there.receive(Request.class)));
///     }
///   }).start();
///   pipe.left().send(new Request("status"));
///   Answer answer = pipe.left().receive(Answer.class);
/// }
/// ```
///
/// **Who has an end?** The processes in which it has arrived, captured by a call, and those that
/// have used it. When the last of them ends, in whatever way, the other end notices: its
/// [receives][PipeReceiver] come to the end, its [sends][PipeSender] fail. As long as an end has
/// been neither used nor received, the process that made the pipe has it. So a process that hands
/// an end away should not use that end itself. Up to 31 processes can have an end at a time.
///
/// [SharedOneWayPipe] is the form with a sender and a receiver. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class SharedPipe extends Shared {

  // who has the left end │ who has the right end │ ring to the right │ ring to the left

  @Serial private static final long serialVersionUID = 1;

  static final int LEFT = 0;
  static final int RIGHT = 1;

  private static final long RINGS = 2 * Holders.BYTES;

  private final transient HeldEnd left;
  private final transient HeldEnd right;

  SharedPipe(Block block) {
    super(block, Kind.PIPE, WHOLE);
    long ring = (data().byteSize() - RINGS) / 2;
    Holders atLeft = new Holders(data().asSlice(0, Holders.BYTES));
    Holders atRight = new Holders(data().asSlice(Holders.BYTES, Holders.BYTES));
    Ring toRight = new Ring(block, Kind.PIPE, RINGS);
    Ring toLeft = new Ring(block, Kind.PIPE, RINGS + ring);
    this.left = new HeldEnd(block, LEFT, atLeft, atRight, toRight, toLeft);
    this.right = new HeldEnd(block, RIGHT, atRight, atLeft, toLeft, toRight);
  }

  static SharedPipe create(ProcessFolder folder, long bytes) throws IOException {
    long ring = Ring.bytes(bytes);
    return new SharedPipe(
        Block.create(
            folder,
            Kind.PIPE,
            RINGS + 2 * ring,
            data -> {
              Holders.initialise(data, 0);
              Holders.initialise(data, Holders.BYTES);
              Ring.initialise(data, RINGS, bytes);
              Ring.initialise(data, RINGS + ring, bytes);
            }));
  }

  /// {@return one end}
  public PipeEnd left() {
    return left;
  }

  /// {@return the other end}
  public PipeEnd right() {
    return right;
  }

  /// {@return the end that is a part of the block}
  HeldEnd end(int part) {
    return part == LEFT ? left : right;
  }
}
