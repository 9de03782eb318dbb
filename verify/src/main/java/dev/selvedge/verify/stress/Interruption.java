package dev.selvedge.verify.stress;

import org.jspecify.annotations.Nullable;

/// One actor's interrupt of another. What jcstress runs next on that thread must not get it, so the
/// interrupted one waits until it has come.
final class Interruption {
  private volatile @Nullable Thread target;
  private volatile boolean sent;

  /// Called by the actor that is to be interrupted, first.
  void expect() {
    target = Thread.currentThread();
  }

  /// Interrupts the other actor, once it is there.
  void send() {
    Thread other;
    while ((other = target) == null) {
      Thread.onSpinWait();
    }
    other.interrupt();
    sent = true;
  }

  /// Called by the interrupted actor, last. {@return whether the interrupt was still pending}
  boolean take() {
    while (!sent) {
      Thread.onSpinWait();
    }
    return Thread.interrupted();
  }
}
