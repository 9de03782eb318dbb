package dev.selvedge.process.internal;

/// Whether [Futex] can be called at once. Its first use links the native call, which takes as long
/// as half the start of a worker; so workers do that beside their first task, and look again and
/// again until then, instead of sleeping.
final class FutexLink {
  private static volatile boolean isLinked;

  private FutexLink() {}

  /// Links the call.
  static void link() {
    Futex.link();
    isLinked = true;
  }

  /// {@return whether it is linked}
  static boolean isLinked() {
    return isLinked;
  }
}
