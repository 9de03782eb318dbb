package dev.selvedge.loop.internal;

import dev.selvedge.internal.SystemKernel;

/// The kernel of event loops: the system's, but not the same object.
///
/// A park of a coroutine comes to the loop through the JDK, so nothing has to be done for it here.
/// Deadlines stay with the system's timer thread, so that they strike also a coroutine that never
/// waits; a timer of the loop would wait for it.
public final class LoopKernel extends SystemKernel {
  /// The only one.
  public static final LoopKernel INSTANCE = new LoopKernel();

  private LoopKernel() {}
}
