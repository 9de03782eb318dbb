package dev.selvedge.verify.stress;

/// Actors may not throw checked exceptions.
final class Uninterrupted {
  private Uninterrupted() {}

  /// Something that waits.
  @FunctionalInterface
  interface Wait {
    void run() throws Exception;
  }

  /// Waits where nobody interrupts.
  static void run(Wait wait) {
    try {
      wait.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("nobody interrupts this", e);
    }
  }
}
