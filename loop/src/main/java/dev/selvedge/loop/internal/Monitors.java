package dev.selvedge.loop.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import org.jspecify.annotations.Nullable;

/// What the JDK does not tell of locks that virtual threads wait for: when the JVM has passed a
/// monitor on, and who has a lock of `java.util.concurrent`.
///
/// A coroutine that leaves a monitor, or notifies, does not wake the next one itself. The JVM puts
/// it on a list, and a thread of its own takes it from there, marks it as no longer listed, and
/// hands its next step to the scheduler. Until then nothing shows that somebody is about to come;
/// for a schedule that shall be repeated one has to wait for it.
public final class Monitors {
  private static final String UNBLOCKER = "VirtualThread-unblocker";
  private static final String IDLE = "takeVirtualThreadListToUnblock";
  private static final String LOCKS = "java.util.concurrent.locks";

  private Monitors() {}

  /// Refuses to go on with a JDK that is built otherwise.
  ///
  /// @throws IllegalStateException if it is
  public static void require() {
    VirtualThreads.requireKnown(Door.PROBLEM);
  }

  /// {@return whether a virtual thread waits to enter a monitor, or to be notified}
  public static boolean isAwaitedBy(Thread thread) {
    int state = (int) Door.STATE.getVolatile(thread) & ~Door.SUSPENDED;
    return state >= Door.BLOCKING && state <= Door.TIMED_WAIT && state != Door.UNBLOCKED;
  }

  /// {@return whether the current thread is the one that hands on steps of those that may enter}
  public static boolean isUnblocker() {
    return Thread.currentThread().getName().equals(UNBLOCKER);
  }

  /// Waits until the scheduler has got the next step of each thread that may enter its monitor.
  ///
  /// @param waiting threads that wait for monitors, none of which runs
  public static void settle(Collection<Thread> waiting) {
    do {
      while (isAnyListed(waiting)) {
        Thread.onSpinWait();
      }
    } while (!isUnblockerIdle() || isAnyListed(waiting)); // it may have taken one in between
  }

  private static boolean isAnyListed(Collection<Thread> waiting) {
    for (Thread thread : waiting) {
      if ((boolean) Door.LISTED.getVolatile(thread)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUnblockerIdle() {
    StackTraceElement[] stack = Unblocker.THREAD.getStackTrace();
    return stack.length > 0 && stack[0].getMethodName().equals(IDLE);
  }

  /// {@return the thread that has locked a lock of `java.util.concurrent`, or null if none has, or
  /// that cannot be told}
  ///
  /// @param lock what a thread is parked at
  public static @Nullable Thread owner(Object lock) {
    if (!(lock instanceof AbstractOwnableSynchronizer)) {
      return null;
    }
    try {
      return (Thread) Door.openLocks().invoke(lock);
    } catch (Throwable e) {
      return null; // for messages only
    }
  }

  /// Looked for when the first coroutine waits for a monitor.
  private static final class Unblocker {
    static final Thread THREAD =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(UNBLOCKER))
            .findAny()
            .orElseThrow();
  }

  private static final class Door {
    static final VarHandle STATE;
    static final VarHandle LISTED;
    static final int BLOCKING;
    static final int UNBLOCKED;
    static final int TIMED_WAIT;
    static final int SUSPENDED;
    static final @Nullable Throwable PROBLEM;

    static {
      VarHandle state = MethodHandles.arrayElementVarHandle(int[].class);
      VarHandle listed = state;
      int[] constants = new int[4];
      Throwable problem = null;
      try {
        var thread =
            MethodHandles.privateLookupIn(
                Class.forName("java.lang.VirtualThread"), MethodHandles.lookup());
        state = thread.findVarHandle(thread.lookupClass(), "state", int.class);
        listed = thread.findVarHandle(thread.lookupClass(), "onWaitingList", boolean.class);
        constants[0] = constant(thread, "BLOCKING");
        constants[1] = constant(thread, "UNBLOCKED");
        constants[2] = constant(thread, "TIMED_WAIT");
        constants[3] = constant(thread, "SUSPENDED");
      } catch (ReflectiveOperationException | RuntimeException e) {
        problem = e;
      }
      STATE = state;
      LISTED = listed;
      BLOCKING = constants[0];
      UNBLOCKED = constants[1];
      TIMED_WAIT = constants[2];
      SUSPENDED = constants[3];
      PROBLEM = problem;
    }

    private static int constant(MethodHandles.Lookup thread, String name)
        throws ReflectiveOperationException {
      return (int) thread.findStaticVarHandle(thread.lookupClass(), name, int.class).get();
    }

    /// {@return the getter of a lock's owner} The flag opens `java.lang`, and with that the method
    /// by which a module opens another package.
    static MethodHandle openLocks() throws Throwable {
      Module base = Object.class.getModule();
      if (!base.isOpen(LOCKS, Monitors.class.getModule())) {
        MethodHandles.privateLookupIn(Module.class, MethodHandles.lookup())
            .findVirtual(
                Module.class,
                "implAddOpens",
                MethodType.methodType(void.class, String.class, Module.class))
            .invoke(base, LOCKS, Monitors.class.getModule());
      }
      return MethodHandles.privateLookupIn(
              AbstractOwnableSynchronizer.class, MethodHandles.lookup())
          .findVirtual(
              AbstractOwnableSynchronizer.class,
              "getExclusiveOwnerThread",
              MethodType.methodType(Thread.class));
    }
  }
}
