package dev.selvedge.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import org.jspecify.annotations.Nullable;

/// Who has a lock of `java.util.concurrent`. The JDK tells that to subclasses only, so it takes the
/// flag `--add-opens java.base/java.util.concurrent.locks=dev.selvedge`, which `selvedge run`
/// passes.
final class LockOwners {
  private static final @Nullable MethodHandle OWNER = owner();

  private LockOwners() {}

  private static @Nullable MethodHandle owner() {
    try {
      return MethodHandles.privateLookupIn(
              AbstractOwnableSynchronizer.class, MethodHandles.lookup())
          .findVirtual(
              AbstractOwnableSynchronizer.class,
              "getExclusiveOwnerThread",
              MethodType.methodType(Thread.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /// {@return whether owners can be told at all}
  static boolean areKnown() {
    return OWNER != null;
  }

  /// {@return the thread that has locked a lock, or null if none has, or that cannot be told}
  ///
  /// @param lock what a thread is parked at
  static @Nullable Thread of(Object lock) {
    if (OWNER == null || !(lock instanceof AbstractOwnableSynchronizer)) {
      return null;
    }
    try {
      return (Thread) OWNER.invoke(lock);
    } catch (Throwable e) {
      throw new AssertionError("a getter of one field", e);
    }
  }
}
