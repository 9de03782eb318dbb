package dev.selvedge.loop.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The JDK's door to virtual threads with a scheduler of their own, which is closed unless a flag
/// opens it.
///
/// JDK 25 has no supported way. What is used of its inside are two methods and two fields, looked
/// up by name: if a later JDK has them no more, [#require()] says so.
public final class VirtualThreads {
  private static final String PACKAGE = "java.lang";

  private VirtualThreads() {}

  /// Refuses to go on where the door is closed.
  ///
  /// @throws IllegalStateException if the flag is missing, or this JDK is built otherwise
  public static void require() {
    missingFlag()
        .ifPresent(
            flag -> {
              throw new IllegalStateException(
                  "the event loop runs virtual threads on its own thread, which this JVM does not"
                      + " allow; start java with "
                      + flag
                      + (isNamed()
                          ? ""
                          : ", or put the line 'Add-Opens: java.base/java.lang' into the manifest"
                              + " of the program's executable jar"));
            });
    requireKnown(Door.PROBLEM);
  }

  /// {@return the flag that java has to be started with, if it was not}
  public static Optional<String> missingFlag() {
    Module ours = VirtualThreads.class.getModule();
    return Thread.class.getModule().isOpen(PACKAGE, ours)
        ? Optional.empty()
        : Optional.of(
            "--add-opens java.base/java.lang=" + (isNamed() ? ours.getName() : "ALL-UNNAMED"));
  }

  private static boolean isNamed() {
    return VirtualThreads.class.getModule().isNamed();
  }

  /// Refuses to go on with a JDK that is built otherwise.
  static void requireKnown(@Nullable Throwable problem) {
    if (problem != null) {
      throw new IllegalStateException(
          "the event loop does not know the virtual threads of Java "
              + Runtime.version()
              + "; run it on Java 25",
          problem);
    }
  }

  /// {@return a new virtual thread, not started, that a scheduler runs}
  public static Thread unstarted(Executor scheduler, Runnable task) {
    try {
      return (Thread)
          Door.NEW_VIRTUAL_THREAD.invokeExact(scheduler, "", Door.NO_INHERIT_THREAD_LOCALS, task);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// {@return the platform thread that carries this one, or is this one}
  public static Thread carrier() {
    try {
      return (Thread) Door.CARRIER.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// {@return whether a thread that [#unstarted] has made looks as on its first step} That is,
  /// nobody has interrupted it, given it a name or a class loader, or left a value in a
  /// thread-local.
  public static boolean isAsNew(Thread thread) {
    return Door.THREAD_LOCALS.get(thread) == null
        && Door.INHERITABLE_THREAD_LOCALS.get(thread) == null
        && !thread.isInterrupted()
        && thread.getName().isEmpty()
        && thread.getContextClassLoader().equals(ClassLoader.getSystemClassLoader());
  }

  private static AssertionError unexpected(Throwable thrown) {
    if (thrown instanceof Error error) { // out of memory, for example
      throw error;
    }
    return new AssertionError("neither throws a checked exception", thrown);
  }

  /// {@return the virtual thread whose next step a scheduler was given, or null if that cannot be
  /// told} The JDK hands over a lambda that has captured the thread.
  public static @Nullable Thread threadOf(Runnable step) {
    for (Field field : step.getClass().getDeclaredFields()) {
      if (Thread.class.isAssignableFrom(field.getType()) && field.trySetAccessible()) {
        try {
          return (Thread) field.get(step);
        } catch (IllegalAccessException e) {
          return null;
        }
      }
    }
    return null;
  }

  /// The handles. Constants, so that the JIT compiles calls of them as it does any others.
  private static final class Door {
    static final MethodHandle NEW_VIRTUAL_THREAD;
    static final MethodHandle CARRIER;
    static final VarHandle THREAD_LOCALS;
    static final VarHandle INHERITABLE_THREAD_LOCALS;
    static final int NO_INHERIT_THREAD_LOCALS;
    static final @Nullable Throwable PROBLEM;

    static {
      MethodHandle newThread = MethodHandles.zero(Thread.class);
      MethodHandle carrier = newThread;
      VarHandle locals = MethodHandles.arrayElementVarHandle(Object[].class);
      VarHandle inheritableLocals = locals;
      int characteristics = 0;
      Throwable problem = null;
      try {
        var thread = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
        var builders =
            MethodHandles.privateLookupIn(
                Class.forName(PACKAGE + ".ThreadBuilders"), MethodHandles.lookup());
        newThread =
            builders.findStatic(
                builders.lookupClass(),
                "newVirtualThread",
                MethodType.methodType(
                    Thread.class, Executor.class, String.class, int.class, Runnable.class));
        carrier =
            thread.findStatic(
                Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
        locals = field(thread, "threadLocals");
        inheritableLocals = field(thread, "inheritableThreadLocals");
        characteristics =
            (int)
                thread
                    .findStaticVarHandle(Thread.class, "NO_INHERIT_THREAD_LOCALS", int.class)
                    .get();
      } catch (ReflectiveOperationException | RuntimeException e) {
        problem = e;
      }
      NEW_VIRTUAL_THREAD = newThread;
      CARRIER = carrier;
      THREAD_LOCALS = locals;
      INHERITABLE_THREAD_LOCALS = inheritableLocals;
      NO_INHERIT_THREAD_LOCALS = characteristics;
      PROBLEM = problem;
    }

    private static VarHandle field(MethodHandles.Lookup lookup, String name)
        throws ReflectiveOperationException {
      return lookup.unreflectVarHandle(lookup.lookupClass().getDeclaredField(name));
    }
  }
}
