package dev.selvedge.process.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is on its way to a process that does not exist yet: handles that want to know where they
/// arrive, before they do.
///
/// An end of a pipe is noted as that of the process in which it arrives, so that its death is
/// noticed. A process that is killed before it has read what it shall do, or cannot start at all,
/// would never have been noted. So those who write a message for a new process collect what is
/// written meanwhile, and tell it the process as soon as there is one.
///
/// @param <T> the type of the message
public final class Departures<T> {
  private static final ThreadLocal<@Nullable List<LongConsumer>> COLLECTED = new ThreadLocal<>();

  private final T value;
  private final List<LongConsumer> travellers;

  private Departures(T value, List<LongConsumer> travellers) {
    this.value = value;
    this.travellers = travellers;
  }

  /// {@return what a message was written from, and who is in it}
  ///
  /// @param writing writes the message on this thread
  public static <T> Departures<T> during(Supplier<T> writing) {
    List<LongConsumer> travellers = new ArrayList<>();
    COLLECTED.set(travellers);
    try {
      return new Departures<>(writing.get(), travellers);
    } finally {
      COLLECTED.remove();
    }
  }

  /// Called when a handle is written.
  ///
  /// @param traveller told in which process it will arrive, if that is known
  public static void note(LongConsumer traveller) {
    List<LongConsumer> travellers = COLLECTED.get();
    if (travellers != null) {
      travellers.add(traveller);
    }
  }

  /// {@return the message}
  public T value() {
    return value;
  }

  /// Tells where they arrive.
  ///
  /// @param process as [ProcessId] has it
  public void arriveIn(long process) {
    travellers.forEach(traveller -> traveller.accept(process));
  }
}
