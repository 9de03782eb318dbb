package dev.selvedge.internal;

import dev.selvedge.Call;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The registered scoped values and thread-locals of the forking thread, to be bound in the task.
/// Null where nothing is registered or set, which costs one read of an empty list.
public final class Context {
  private static final List<ScopedValue<?>> SCOPED = new CopyOnWriteArrayList<>();
  private static final List<ThreadLocal<?>> LOCALS = new CopyOnWriteArrayList<>();

  private final ScopedValue.@Nullable Carrier scoped;
  private final ThreadLocal<?>[] locals;
  private final @Nullable Object[] values;

  private Context(
      ScopedValue.@Nullable Carrier scoped, ThreadLocal<?>[] locals, @Nullable Object[] values) {
    this.scoped = scoped;
    this.locals = locals;
    this.values = values;
  }

  /// Registers a scoped value.
  public static void register(ScopedValue<?> value) {
    if (!SCOPED.contains(value)) {
      SCOPED.add(value);
    }
  }

  /// Registers a thread-local.
  public static void register(ThreadLocal<?> local) {
    if (!LOCALS.contains(local)) {
      LOCALS.add(local);
    }
  }

  static @Nullable Context capture() {
    if (SCOPED.isEmpty() && LOCALS.isEmpty()) {
      return null;
    }
    ScopedValue.Carrier scoped = null;
    for (ScopedValue<?> key : SCOPED) {
      scoped = bind(scoped, key);
    }
    ThreadLocal<?>[] locals = LOCALS.toArray(ThreadLocal<?>[]::new);
    @Nullable Object[] values = new @Nullable Object[locals.length];
    boolean any = scoped != null;
    for (int i = 0; i < locals.length; i++) {
      values[i] = locals[i].get();
      any |= values[i] != null;
    }
    return any ? new Context(scoped, locals, values) : null;
  }

  private static <V> ScopedValue.@Nullable Carrier bind(
      ScopedValue.@Nullable Carrier carrier, ScopedValue<V> key) {
    if (!key.isBound()) {
      return carrier;
    }
    V value = key.get();
    return carrier == null ? ScopedValue.where(key, value) : carrier.where(key, value);
  }

  /// Calls with the captured values bound.
  @Nullable Object call(Callable<?> work) throws Exception {
    @Nullable Object[] before = new @Nullable Object[locals.length];
    for (int i = 0; i < locals.length; i++) {
      before[i] = set(locals[i], values[i]);
    }
    try {
      return scoped == null ? work.call() : scoped.<@Nullable Object, Exception>call(work::call);
    } finally {
      for (int i = 0; i < locals.length; i++) {
        set(locals[i], before[i]);
      }
    }
  }

  /// {@return the work with the captured values bound around it}
  Callable<?> around(Callable<?> work) {
    return new Bound(this, work);
  }

  /// Work with captured values around it.
  public record Bound(Context context, Callable<?> work) implements Call<@Nullable Object> {
    @Override
    public @Nullable Object call() throws Exception {
      return context.call(work);
    }
  }

  @SuppressWarnings("unchecked") // the value came from this local
  private static @Nullable Object set(ThreadLocal<?> local, @Nullable Object value) {
    Object before = local.get();
    if (value == null) {
      local.remove();
    } else {
      ((ThreadLocal<Object>) local).set(value);
    }
    return before;
  }
}
