package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.sync.Chan;
import dev.selvedge.sync.ChanClosedException;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// Hand-overs of items, against waiters that leave and against the end of the channel.
public final class ChanStress {
  private ChanStress() {}

  /// A send, against the closing.
  @JCStressTest
  @Description("SHUT-01 SHUT-04: an item is sent and then among what was left, or refused")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "sent, and left")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(expect = FORBIDDEN, desc = "sent and lost, or refused and there")
  @State
  public static class SendAgainstCloseNow {
    private final Chan<Integer> chan = Chan.bounded(1);

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      Uninterrupted.run(
          () -> {
            try {
              chan.send(1);
              r.r1 = 1;
            } catch (ChanClosedException e) {
              r.r1 = 0;
            }
          });
    }

    /// The one that closes.
    @Actor
    public void closer(II_Result r) {
      r.r2 = chan.closeNow().size();
    }
  }

  /// A send that waits, against the closing and a receive.
  @JCStressTest
  @Description("SHUT-01: a send that the close has refused has sent nothing")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "there was room before")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
  @Outcome(expect = FORBIDDEN, desc = "sent and lost, or refused and there")
  @State
  public static class WaitingSendAgainstClose {
    private final Chan<Integer> chan = Chan.bounded(1);

    /// Fills the channel.
    public WaitingSendAgainstClose() {
      chan.trySend(0);
    }

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      Uninterrupted.run(
          () -> {
            try {
              chan.send(1);
              r.r1 = 1;
            } catch (ChanClosedException e) {
              r.r1 = 0;
            }
          });
    }

    /// The one that makes room, and closes.
    @Actor
    public void closer(II_Result r) {
      chan.tryReceive();
      r.r2 = chan.closeNow().size();
    }
  }

  /// A receive, against a send that is followed by the close.
  @JCStressTest
  @Description("SHUT-02 SHUT-03: what was sent before the close is received")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "received")
  @Outcome(expect = FORBIDDEN, desc = "closed in spite of an item that was left")
  @State
  public static class ReceiveAgainstSendAndClose {
    private final Chan<Integer> chan = Chan.bounded(1);

    /// The receiver.
    @Actor
    public void receiver(I_Result r) {
      Uninterrupted.run(
          () -> {
            try {
              r.r1 = chan.receive();
            } catch (ChanClosedException e) {
              r.r1 = -1;
            }
          });
    }

    /// The sender.
    @Actor
    public void sender() {
      chan.trySend(1);
      chan.close();
    }
  }

  /// A receive that times out, against a send.
  @JCStressTest
  @Description("AQUEUE-03: an item is received or still there")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "received")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "still there")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class ReceiveTimeoutAgainstSend {
    private final Chan<Integer> chan = Chan.bounded(1);

    /// The receiver.
    @Actor
    public void receiver(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = chan.tryReceive(Duration.ofNanos(500)).orElse(0);
          });
    }

    /// The sender.
    @Actor
    public void sender() {
      chan.trySend(1);
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      r.r2 = chan.size();
    }
  }

  /// A receive that is interrupted, against a send.
  @JCStressTest
  @Description(
      "AQUEUE-03 AQUEUE-04: an item is received and the interrupt pending, or still there and the"
          + " interrupt thrown")
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "received, and the interrupt is pending")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "interrupted, and still there")
  @Outcome(expect = FORBIDDEN, desc = "the item or the interrupt was lost or doubled")
  @State
  public static class ReceiveInterruptAgainstSend {
    private final Chan<Integer> chan = Chan.bounded(1);
    private final Interruption interruption = new Interruption();

    /// The receiver.
    @Actor
    public void receiver(III_Result r) {
      interruption.expect();
      try {
        r.r1 = chan.receive();
      } catch (InterruptedException e) {
        r.r1 = 0;
      }
      r.r2 = interruption.take() ? 1 : 0;
    }

    /// The sender.
    @Actor
    public void sender() {
      interruption.send();
      chan.trySend(1);
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = chan.size();
    }
  }

  /// A send that is interrupted, against the receive that makes room.
  @JCStressTest
  @Description(
      "AQUEUE-05 AQUEUE-06: an item is sent and the interrupt pending, or not sent and the"
          + " interrupt thrown")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "sent, and the interrupt is pending")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "interrupted, and not sent")
  @Outcome(expect = FORBIDDEN, desc = "the item or the interrupt was lost or doubled")
  @State
  public static class SendInterruptAgainstReceive {
    private final Chan<Integer> chan = Chan.bounded(1);
    private final Interruption interruption = new Interruption();

    /// Fills the channel.
    public SendInterruptAgainstReceive() {
      chan.trySend(0);
    }

    /// The sender.
    @Actor
    public void sender(III_Result r) {
      interruption.expect();
      try {
        chan.send(1);
        r.r1 = 1;
      } catch (InterruptedException e) {
        r.r1 = 0;
      }
      r.r2 = interruption.take() ? 1 : 0;
    }

    /// The receiver.
    @Actor
    public void receiver() {
      interruption.send();
      chan.tryReceive();
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = chan.size();
    }
  }

  /// A send and a receive that both time out.
  @JCStressTest
  @Description("AQUEUE-03 AQUEUE-05: they meet, or neither has done anything")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "they met")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "they did not")
  @Outcome(expect = FORBIDDEN, desc = "sent and not received, or the reverse")
  @State
  public static class RendezvousTimeouts {
    private final Chan<Integer> chan = Chan.rendezvous();

    /// The sender.
    @Actor
    public void sender(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = chan.trySend(1, Duration.ofNanos(500)) ? 1 : 0;
          });
    }

    /// The receiver.
    @Actor
    public void receiver(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r2 = chan.tryReceive(Duration.ofNanos(500)).orElse(0);
          });
    }
  }

  /// A rendezvous, against its end.
  @JCStressTest
  @Description("SHUT-01 SHUT-02: two meet before the close, or both are refused")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "they met")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "both were refused")
  @Outcome(expect = FORBIDDEN, desc = "sent and not received, or the reverse")
  @State
  public static class RendezvousAgainstClose {
    private final Chan<Integer> chan = Chan.rendezvous();

    /// The sender, which closes.
    @Actor
    public void sender(II_Result r) {
      r.r1 = chan.trySend(1) ? 1 : 0;
      chan.close();
    }

    /// The receiver.
    @Actor
    public void receiver(II_Result r) {
      Uninterrupted.run(
          () -> {
            try {
              r.r2 = chan.receive();
            } catch (ChanClosedException e) {
              r.r2 = 0;
            }
          });
    }
  }

  /// A rendezvous whose receiver is interrupted.
  @JCStressTest
  @Description("AQUEUE-05: a sender meets a receiver that is being interrupted, or sends nothing")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "they met, and the interrupt is pending")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "interrupted, and nothing was sent")
  @Outcome(expect = FORBIDDEN, desc = "the item or the interrupt was lost or doubled")
  @State
  public static class RendezvousAgainstInterrupt {
    private final Chan<Integer> chan = Chan.rendezvous();
    private final Interruption interruption = new Interruption();

    /// The receiver.
    @Actor
    public void receiver(III_Result r) {
      interruption.expect();
      try {
        r.r1 = chan.receive();
      } catch (InterruptedException e) {
        r.r1 = 0;
      }
      r.r3 = interruption.take() ? 1 : 0;
    }

    /// The one that sends, and interrupts it.
    @Actor
    public void sender(III_Result r) {
      r.r2 = chan.trySend(1) ? 1 : 0;
      interruption.send();
    }
  }

  /// The count of a rendezvous, which is kept without the lock.
  @JCStressTest
  @Description("QUEUE-07: what was received can be marked as done at once, and a join ends then")
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "joined, and sees what was written")
  @Outcome(expect = FORBIDDEN, desc = "joined too early, or nothing to mark")
  @State
  public static class RendezvousAndJoin {
    private final Chan<Integer> chan = Chan.rendezvous();
    private int written;

    /// The sender, which joins.
    @Actor
    public void sender(I_Result r) {
      Uninterrupted.run(
          () -> {
            chan.send(1);
            chan.join();
            r.r1 = written;
          });
    }

    /// The receiver.
    @Actor
    public void receiver() {
      Uninterrupted.run(
          () -> {
            chan.receive();
            written = 7;
            chan.taskDone();
          });
    }
  }

  /// Two that receive the only item.
  @JCStressTest
  @Description("QUEUE-08: an item is received once, with what was written before its send")
  @Outcome(id = "7, 0", expect = ACCEPTABLE, desc = "the first")
  @Outcome(id = "0, 7", expect = ACCEPTABLE, desc = "the second")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class TwoReceivers {
    private final Chan<int[]> chan = Chan.bounded(1);

    /// Sends the item.
    public TwoReceivers() {
      chan.trySend(new int[] {7});
    }

    /// One.
    @Actor
    public void one(II_Result r) {
      r.r1 = chan.tryReceive().map(item -> item[0]).orElse(0);
    }

    /// The other.
    @Actor
    public void other(II_Result r) {
      r.r2 = chan.tryReceive().map(item -> item[0]).orElse(0);
    }
  }

  /// A join, against the end of the work.
  @JCStressTest
  @Description("QUEUE-07: a join ends when the last item is done, and sees what was written before")
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "joined, and sees what was written")
  @Outcome(expect = FORBIDDEN, desc = "joined too early")
  @State
  public static class JoinAgainstTaskDone {
    private final Chan<Integer> chan = Chan.bounded(1);
    private int written;

    /// Sends an item.
    public JoinAgainstTaskDone() {
      chan.trySend(1);
    }

    /// The one that waits.
    @Actor
    public void joiner(I_Result r) {
      Uninterrupted.run(
          () -> {
            chan.join();
            r.r1 = written;
          });
    }

    /// The worker.
    @Actor
    public void worker() {
      chan.tryReceive();
      written = 7;
      chan.taskDone();
    }
  }
}
