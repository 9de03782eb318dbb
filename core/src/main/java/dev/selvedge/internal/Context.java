package dev.selvedge.internal;

import dev.selvedge.Call;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The registered scoped values and thread-locals of the forking thread, to be bound in the task.
/// Null where nothing is registered or set, which costs one read of an empty list.
public final class Context {
  private static final List<ScopedValue<?>> SCOPED = new CopyOnWriteArrayList<>();
  private static final List<ThreadLocal<?>> LOCALS = new CopyOnWriteArrayList<>();

  /// The class that registered each; written before the lists.
  private static final Map<Object, Class<?>> HOLDERS = new ConcurrentHashMap<>();

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
  ///
  /// @param holder the class that does, where it should be a static field
  public static void register(ScopedValue<?> value, Class<?> holder) {
    if (!SCOPED.contains(value)) {
      HOLDERS.put(value, holder);
      SCOPED.add(value);
    }
  }

  /// Registers a thread-local.
  ///
  /// @param holder the class that does, where it should be a static field
  public static void register(ThreadLocal<?> local, Class<?> holder) {
    if (!LOCALS.contains(local)) {
      HOLDERS.put(local, holder);
      LOCALS.add(local);
    }
  }

  /// {@return what is set on this thread of what is registered, or null}
  public static @Nullable Context capture() {
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

  /// Runs with the captured values bound.
  public void run(Runnable action) {
    try {
      call(Executors.callable(action));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("a runnable throws no checked exception", e);
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

  // ---- to other processes ---------------------------------------------------------------------

  /// A value, and the static field that holds its key.
  public record Carried(String holder, String field, Object value) implements Serializable {}

  /// Work with values that were captured in another process.
  public record Carrying<T extends @Nullable Object>(List<Carried> values, Callable<T> work)
      implements Call<T>, Wrapping {
    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // what the work returns
    public T call() throws Exception {
      return (T) arrived(values).call(work);
    }

    @Override
    public Object wrapped() {
      return work;
    }
  }

  /// {@return the work with the values of this thread around it, as it can be sent elsewhere, or
  /// the work alone if there are none}
  public static <T extends @Nullable Object> Callable<T> carrying(Callable<T> work) {
    if (SCOPED.isEmpty() && LOCALS.isEmpty()) {
      return work;
    }
    List<Carried> values = new ArrayList<>();
    for (ScopedValue<?> key : SCOPED) {
      if (key.isBound()) {
        carry(key, key.get(), values);
      }
    }
    for (ThreadLocal<?> key : LOCALS) {
      carry(key, key.get(), values);
    }
    return values.isEmpty() ? work : new Carrying<>(values, work);
  }

  private static void carry(Object key, @Nullable Object value, List<Carried> to) {
    Class<?> holder = Objects.requireNonNull(HOLDERS.get(key));
    String field = value == null ? null : fieldOf(key, holder);
    if (field != null && value != null) {
      to.add(new Carried(holder.getName(), field, value));
    }
  }

  private static @Nullable String fieldOf(Object key, Class<?> holder) {
    for (Field field : holder.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && field.getType().isInstance(key)
          && field.trySetAccessible()
          && key.equals(valueOf(field))) {
        return field.getName();
      }
    }
    return null;
  }

  private static @Nullable Object valueOf(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError("it was made accessible", e);
    }
  }

  private static Context arrived(List<Carried> values) throws ReflectiveOperationException {
    ScopedValue.Carrier scoped = null;
    List<ThreadLocal<?>> locals = new ArrayList<>();
    List<@Nullable Object> ofLocals = new ArrayList<>();
    for (Carried carried : values) {
      switch (key(carried)) {
        case ScopedValue<?> key -> scoped = bind(scoped, key, carried.value());
        case ThreadLocal<?> key -> {
          locals.add(key);
          ofLocals.add(carried.value());
        }
        case null, default -> {
          // another version of the class, in which it is no key
        }
      }
    }
    return new Context(scoped, locals.toArray(ThreadLocal<?>[]::new), ofLocals.toArray());
  }

  private static @Nullable Object key(Carried carried) throws ReflectiveOperationException {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    Field field = Class.forName(carried.holder(), true, loader).getDeclaredField(carried.field());
    return field.trySetAccessible() ? field.get(null) : null;
  }

  @SuppressWarnings("unchecked") // the value came from a key of that name
  private static <V> ScopedValue.Carrier bind(
      ScopedValue.@Nullable Carrier carrier, ScopedValue<V> key, Object value) {
    return carrier == null ? ScopedValue.where(key, (V) value) : carrier.where(key, (V) value);
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
