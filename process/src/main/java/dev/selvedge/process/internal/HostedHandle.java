package dev.selvedge.process.internal;

import dev.selvedge.Fn;
import dev.selvedge.process.Hosted;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/// A handle, in the process that owns the host or any other.
public final class HostedHandle<T> implements Hosted<T> {
  private static final long serialVersionUID = 1;

  private final transient HostedRef ref;
  private final transient HostRoute route;
  private final transient T proxy;
  private final transient @Nullable Runnable closer;

  /// A handle.
  ///
  /// @param type the interface that `ref` names
  /// @param closer ends the object, or null if this handle may not
  HostedHandle(HostedRef ref, Class<T> type, HostRoute route, @Nullable Runnable closer) {
    this.ref = ref;
    this.route = route;
    this.closer = closer;
    this.proxy =
        type.cast(
            Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, new HostedProxy(this)));
  }

  /// Hosts an object in this process, which must be a host.
  public static <T> Hosted<T> here(Class<T> type, T object) {
    checkInterface(type);
    Host host = Host.current();
    if (host == null) {
      throw new IllegalStateException(
          "this process is no host; objects are hosted beside another by code that a Hosted runs,"
              + " and elsewhere with ProcessPool.host");
    }
    return host.add(type, object);
  }

  /// Refuses what no proxy can stand for.
  static void checkInterface(Class<?> type) {
    if (!type.isInterface() || type.isSealed() || type.isHidden()) {
      throw new IllegalArgumentException(
          type.getName()
              + (type.isInterface() ? " is sealed or hidden" : " is no interface")
              + ", so there can be no proxy for it; give an interface that declares the methods to"
              + " be called");
    }
  }

  HostedRef ref() {
    return ref;
  }

  HostRoute route() {
    return route;
  }

  @Override
  public T object() {
    return proxy;
  }

  @Override
  @SuppressWarnings({"unchecked", "NullAway"})
  public <R extends @Nullable Object> R call(Fn<? super T, ? extends R> fn) throws Exception {
    String what = ref.type().getSimpleName() + ".call";
    try {
      return (R)
          route.call(
              Kind.APPLY,
              ref.number(),
              what,
              out -> HostedProxy.write(out, fn, () -> "the function given to " + what));
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new java.lang.reflect.UndeclaredThrowableException(e);
    }
  }

  @Override
  public long pid() {
    return ref.host().pid();
  }

  @Override
  public void close() {
    if (closer != null) {
      closer.run();
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HostedHandle<?> that
        && ref.host().id() == that.ref.host().id()
        && ref.number() == that.ref.number();
  }

  @Override
  public int hashCode() {
    return Long.hashCode(ref.host().id()) * 31 + Long.hashCode(ref.number());
  }

  @Override
  public String toString() {
    return ref.type().getSimpleName() + " " + ref.number() + " of the host " + ref.host();
  }

  private Object writeReplace() {
    return ref;
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a handle arrives as a reference");
  }
}
