package dev.selvedge.testkit;

import dev.selvedge.internal.Carrier;
import dev.selvedge.internal.Obstacles;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PreparedCall;
import dev.selvedge.spi.Ticket;
import java.io.IOException;
import java.io.NotSerializableException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// A pool of virtual threads that sends every call, every value and every exception through
/// serialization, inside one heap: what works here works on a pool of processes too.
///
/// ```java
/// @Test
/// void ourWorkTravels() throws Exception {
///   try (Pool pool = new SerializingPool()) {
///     assertEquals(expected, new Report(pool).build());
///   }
/// }
/// ```
///
/// A call sees copies of what it captured, and a change made to a copy is not seen outside. Work
/// that cannot travel is refused by `submit` with a [RejectedExecutionException] that names the
/// captured variable and what to do about it; a value that cannot travel back fails its task with
/// [NotSerializableException].
///
/// Beside what is [java.io.Serializable], there travel `Path`, `Optional`, `Charset`, and objects
/// without fields, such as the `this` of a compact source file. Thread-safe.
///
/// @since 0.1
public final class SerializingPool extends AbstractPool {
  private static final int WINDOW = 64;

  /// Makes a pool.
  public SerializingPool() {
    super("serializing", Kernel.system(), Set.of(Capability.INTERRUPTS), WINDOW);
  }

  @Override
  protected void launch(Ticket ticket) {
    Thread.startVirtualThread(ticket);
  }

  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    ClassLoader loader = loader(call);
    try {
      return new Travelled<>(call, Carrier.pack(call, loader));
    } catch (Carrier.CannotTravelException e) {
      throw new RejectedExecutionException(
          "the work cannot travel to the pool '"
              + name()
              + "': "
              + e.getMessage()
              + ". "
              + Obstacles.REMEDY,
          e);
    }
  }

  /// {@return the loader of the program, which knows what its work captures}
  private static @Nullable ClassLoader loader(Object work) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? work.getClass().getClassLoader() : context;
  }

  /// A call that is made from its travelling form when it runs.
  private record Travelled<T extends @Nullable Object>(Callable<T> original, Carrier.Parcel parcel)
      implements PreparedCall<T> {

    @Override
    public T call() throws Exception {
      T value;
      try {
        value = Travelled.<Callable<T>>opened(parcel).call();
      } catch (Throwable e) {
        throw Travelled.<RuntimeException>copied(e, parcel.loader());
      }
      return sentBack(value);
    }

    private T sentBack(T value) throws Exception {
      try {
        return Travelled.<T>opened(Carrier.pack(value, parcel.loader()));
      } catch (Carrier.CannotTravelException e) {
        var lost =
            new NotSerializableException(
                "the value of the task cannot travel back: "
                    + e.getMessage()
                    + "; return what travels, such as a record");
        lost.initCause(e);
        throw lost;
      }
    }

    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"})
    private static <V extends @Nullable Object> V opened(Carrier.Parcel parcel)
        throws IOException, ClassNotFoundException {
      return (V) parcel.open();
    }

    /// Throws a copy of what was thrown, or what is left of it.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> X copied(Throwable thrown, @Nullable ClassLoader loader)
        throws X {
      Throwable copy;
      try {
        copy = Travelled.<Throwable>opened(Carrier.pack(thrown, loader));
      } catch (IOException | ClassNotFoundException | RuntimeException e) {
        copy = new NotSerializableException(thrown + " (which could not travel back: " + e + ")");
        copy.setStackTrace(thrown.getStackTrace());
      }
      throw (X) copy;
    }
  }
}
