package dev.selvedge.verify;

import dev.selvedge.sync.Chan;
import dev.selvedge.sync.ChanClosedException;
import java.util.ArrayDeque;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A channel's operations that do not wait are linearizable: they behave like a short queue that
/// one thread uses.
public class ChanLincheckTest {
  private static final int CAPACITY = 2;
  private static final int NOTHING = -1;
  private static final int CLOSED = -2;

  private final Chan<Integer> chan = Chan.bounded(CAPACITY);

  @Operation
  public int trySend(int item) {
    try {
      return chan.trySend(item) ? item : NOTHING;
    } catch (ChanClosedException e) {
      return CLOSED;
    }
  }

  @Operation
  public int tryReceive() {
    try {
      return chan.tryReceive().orElse(NOTHING);
    } catch (ChanClosedException e) {
      return CLOSED;
    }
  }

  @Operation
  public int size() {
    return chan.size();
  }

  @Operation
  public void close() {
    chan.close();
  }

  @Operation
  public int closeNow() {
    return chan.closeNow().hashCode();
  }

  /// What the channel is to be like.
  public static class Model {
    private final ArrayDeque<Integer> items = new ArrayDeque<>();
    private boolean closed;

    public int trySend(int item) {
      if (closed) {
        return CLOSED;
      }
      return items.size() < CAPACITY && items.add(item) ? item : NOTHING;
    }

    public int tryReceive() {
      Integer item = items.poll();
      return item != null ? item : closed ? CLOSED : NOTHING;
    }

    public int size() {
      return items.size();
    }

    public void close() {
      closed = true;
    }

    public int closeNow() {
      closed = true;
      int left = java.util.List.copyOf(items).hashCode();
      items.clear();
      return left;
    }
  }

  @Test
  @Tag("SHUT-07")
  void isLinearizableInEverySchedule() {
    new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsPerThread(3)
        .sequentialSpecification(Model.class)
        .check(getClass());
  }
}
