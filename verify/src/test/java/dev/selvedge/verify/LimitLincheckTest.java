package dev.selvedge.verify;

import dev.selvedge.sync.Limit;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A limit's operations that do not wait are linearizable: they behave like a number that one
/// thread uses.
public class LimitLincheckTest {
  private static final int BOUND = 3;

  private final Limit limit = Limit.of(BOUND);

  @Operation
  public boolean tryAcquireOne() {
    return limit.tryAcquire();
  }

  @Operation
  public boolean tryAcquireTwo() {
    return limit.tryAcquire(2);
  }

  @Operation
  public boolean releaseOne() {
    return release(1);
  }

  @Operation
  public boolean releaseTwo() {
    return release(2);
  }

  @Operation
  public int available() {
    return limit.available();
  }

  private boolean release(int permits) {
    try {
      limit.release(permits);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /// What the limit is to be like.
  public static class Model {
    private int available = BOUND;

    public boolean tryAcquireOne() {
      return take(1);
    }

    public boolean tryAcquireTwo() {
      return take(2);
    }

    public boolean releaseOne() {
      return take(-1);
    }

    public boolean releaseTwo() {
      return take(-2);
    }

    public int available() {
      return available;
    }

    private boolean take(int permits) {
      int left = available - permits;
      if (left < 0 || left > BOUND) {
        return false;
      }
      available = left;
      return true;
    }
  }

  @Test
  @Tag("SEM-03")
  @Tag("SEM-04")
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
