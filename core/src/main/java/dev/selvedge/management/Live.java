package dev.selvedge.management;

import dev.selvedge.Stability;
import dev.selvedge.internal.LiveTree;
import dev.selvedge.internal.LiveWaits;

/// The bean, see [LiveMXBean].
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class Live implements LiveMXBean {
  /// Makes the bean; it has no state.
  public Live() {}

  @Override
  public String tree(int most) {
    return LiveTree.json(most);
  }

  @Override
  public String why(String task) {
    return LiveWaits.why(task);
  }

  @Override
  public String holders() {
    return LiveWaits.holders();
  }

  @Override
  public String tasksOn(long[] threads) {
    return LiveWaits.tasksOn(threads);
  }

  @Override
  public String problems() {
    return LiveWaits.problems();
  }
}
