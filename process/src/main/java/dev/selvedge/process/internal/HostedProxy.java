package dev.selvedge.process.internal;

import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a proxy does when it is called.
final class HostedProxy implements InvocationHandler, Serializable {
  private static final long serialVersionUID = 1;
  private static final Object[] NONE = {};

  private final transient HostedHandle<?> handle;

  HostedProxy(HostedHandle<?> handle) {
    this.handle = handle;
  }

  @Override
  public @Nullable Object invoke(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return here(method, arguments);
    }
    @Nullable Object[] given = arguments == null ? NONE : arguments;
    String what = handle.ref().type().getSimpleName() + "." + method.getName();
    try {
      return handle
          .route()
          .call(Kind.CALL, handle.ref().number(), what, out -> write(out, method, given));
    } catch (InterruptedException e) {
      throw declares(method, e) ? e : HostRoute.cancelled(what, e);
    }
  }

  private @Nullable Object here(Method method, @Nullable Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "equals" -> arguments != null && isSame(arguments[0]);
      case "hashCode" -> handle.hashCode();
      default -> "proxy of " + handle;
    };
  }

  private boolean isSame(@Nullable Object other) {
    return other != null
        && Proxy.isProxyClass(other.getClass())
        && Proxy.getInvocationHandler(other) instanceof HostedProxy that
        && handle.equals(that.handle);
  }

  private static boolean declares(Method method, Exception thrown) {
    return Arrays.stream(method.getExceptionTypes()).anyMatch(type -> type.isInstance(thrown));
  }

  private void write(Encoder out, Method method, @Nullable Object[] arguments) {
    write(out, HostMethods.of(handle.ref().type()).name(method), () -> method.toString());
    for (int i = 0; i < arguments.length; i++) {
      int number = i;
      write(out, arguments[i], () -> describe(method, number));
    }
  }

  private static String describe(Method method, int number) {
    Parameter parameter = method.getParameters()[number];
    return "argument "
        + (number + 1)
        + (parameter.isNamePresent() ? " ('" + parameter.getName() + "')" : "")
        + " of "
        + method.getDeclaringClass().getSimpleName()
        + "."
        + method.getName();
  }

  /// Writes something, and says what it is if it cannot travel.
  static void write(Encoder out, @Nullable Object value, Supplier<String> what) {
    try {
      out.write(value);
    } catch (CannotTravelException e) {
      throw new IllegalArgumentException(what.get() + " cannot travel: " + e.getMessage(), e);
    }
  }

  private Object writeReplace() {
    return new Travelling(handle);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("a proxy arrives as a reference");
  }

  /// What travels of it.
  private record Travelling(HostedHandle<?> handle) implements Serializable {
    private Object readResolve() {
      return new HostedProxy(handle);
    }
  }
}
