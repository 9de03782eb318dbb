package dev.selvedge;

import java.io.Serializable;

/// Work without a value: a [Call] for its effect, which may throw checked exceptions.
///
/// ```java
/// group.fork(() -> Files.delete(path));
/// ```
///
/// An action is a [Runnable], so that code written for `Executor` accepts it; [#run()] rethrows
/// whatever [#perform()] throws, unwrapped.
///
/// @since 0.1
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // run() performs: that is what an action is
@Stability(Stability.Level.STABLE)
public interface Action extends Runnable, Serializable {

  /// Does the work.
  ///
  /// @throws Exception whatever makes the work fail
  void perform() throws Exception;

  /// Does the work, for callers that know only [Runnable]. A checked exception is rethrown as it
  /// is, without a wrapper, since a wrapper would hide from the task what failed.
  @Override
  default void run() {
    try {
      perform();
    } catch (Exception e) {
      throw Action.<RuntimeException>sneak(e);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Exception> X sneak(Exception e) throws X {
    throw (X) e;
  }
}
