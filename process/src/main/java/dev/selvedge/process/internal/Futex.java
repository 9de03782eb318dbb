package dev.selvedge.process.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Waiting for a 32-bit word in memory that processes share, and waking who waits: the futex of
/// Linux, in its shared form.
///
/// The kernel compares the word and goes to sleep in one step. So whoever changes the word first
/// and wakes then is never missed: the sleeper has either seen the new value, or sleeps already and
/// is woken. All the same, callers give a time limit to each wait, because a process that is killed
/// between its change and its wake-up wakes nobody, and because nothing else ends a wait when the
/// thread is interrupted.
///
/// A wait blocks the carrier of a virtual thread. Callers do not call it there.
///
/// Only where [Native#isAvailable()]. Thread-safe.
public final class Futex {
  private static final long WAIT = 0;
  private static final long WAKE = 1;
  private static final long UNUSED = 0;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private static final MethodHandle SYSCALL = syscall();

  /// What the kernel reads a time limit from: seconds and nanoseconds.
  private static final ThreadLocal<MemorySegment> TIMESPEC =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private Futex() {}

  /// Makes a call that wakes nobody, so that the next one takes no time.
  static void link() {
    try (Arena arena = Arena.ofConfined()) {
      wake(arena.allocate(4, 4), 0, 1);
    }
  }

  /// Waits as long as a word has a value, until a wake-up or for a time. May return for no reason.
  ///
  /// @param memory where the word is
  /// @param offset where in there, a multiple of four
  /// @param value the value to sleep on
  /// @param nanos how long at most, more than zero
  /// @return whether it was woken; otherwise the word had another value, or the time has passed
  public static boolean await(MemorySegment memory, long offset, int value, long nanos) {
    MemorySegment limit = TIMESPEC.get();
    limit.set(JAVA_LONG, 0, nanos / NANOS_PER_SECOND);
    limit.set(JAVA_LONG, 8, nanos % NANOS_PER_SECOND);
    return call(memory.address() + offset, WAIT, value, limit.address()) == 0;
  }

  /// Wakes those who wait for a word. The caller has changed it before.
  ///
  /// @param memory where the word is
  /// @param offset where in there
  /// @param count how many to wake at most
  public static void wake(MemorySegment memory, long offset, int count) {
    call(memory.address() + offset, WAKE, count, UNUSED);
  }

  // The address goes as a number, not as a segment: a segment could not be closed while somebody
  // sleeps on it. If the memory is unmapped meanwhile, the kernel answers EFAULT or sleeps out the
  // slice, and the caller's next look at the word says that it was closed.
  private static long call(long address, long operation, long value, long limit) {
    try {
      return (long)
          SYSCALL.invokeExact(Native.FUTEX_CALL, address, operation, value, limit, UNUSED, UNUSED);
    } catch (Throwable e) {
      throw new AssertionError("futex", e);
    }
  }

  @SuppressWarnings("restricted") // called only where native access was given
  private static MethodHandle syscall() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
  }
}
