package dev.selvedge.internal;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The signals of the operating system, each with any number of handlers. While a signal has one,
/// the JVM does nothing about it; when the last one is gone, it does what it did before.
///
/// The signals are reached by reflection: their class is in a module that may be absent, and a
/// compiler warns of any use. Thread-safe.
public final class OsSignal {
  private static final Map<String, OsSignal> HANDLED = new HashMap<>(); // guarded by the class

  /// One that is registered twice is two.
  private static final class Handler {
    final Runnable action;

    Handler(Runnable action) {
      this.action = action;
    }
  }

  private final String name;
  private final Object signal;
  private final Object before; // the handler that it had
  private final List<Handler> handlers = new CopyOnWriteArrayList<>();
  private volatile @Nullable Runnable otherwise;

  private OsSignal(String name) {
    this.name = name;
    this.signal = make(name);
    this.before = set(proxy());
  }

  /// Calls a handler whenever this process gets a signal, on a thread for signals; it must not
  /// block.
  ///
  /// @param name of the signal, `TERM` for example
  /// @return what ends that; without effect if called again
  /// @throws IllegalArgumentException if there is no such signal, or the JVM keeps it for itself
  /// @throws UnsupportedOperationException if this JVM knows no signals
  public static synchronized Runnable handle(String name, Runnable handler) {
    OsSignal handled = HANDLED.computeIfAbsent(name, OsSignal::new);
    Handler own = new Handler(handler);
    handled.handlers.add(own);
    return () -> remove(handled, own);
  }

  /// Calls a handler when this process gets a signal for which there is no other one. For ever.
  ///
  /// @throws IllegalArgumentException if there is no such signal, or the JVM keeps it for itself
  /// @throws UnsupportedOperationException if this JVM knows no signals
  static synchronized void handleOtherwise(String name, Runnable handler) {
    HANDLED.computeIfAbsent(name, OsSignal::new).otherwise = handler;
  }

  private static synchronized void remove(OsSignal handled, Handler handler) {
    if (handled.handlers.remove(handler)
        && handled.handlers.isEmpty()
        && handled.otherwise == null) {
      HANDLED.remove(handled.name);
      handled.set(handled.before);
    }
  }

  /// {@return the number of a signal}
  ///
  /// @throws IllegalArgumentException if there is no such signal
  /// @throws UnsupportedOperationException if this JVM knows no signals
  public static int number(String name) {
    return (int) call(() -> signals().getMethod("getNumber").invoke(make(name)));
  }

  @SuppressWarnings("ReferenceEquality") // the very handler
  private Object proxy() {
    return call(
        () ->
            Proxy.newProxyInstance(
                OsSignal.class.getClassLoader(),
                new Class<?>[] {handlers()},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "equals" -> arguments != null && proxy == arguments[0];
                      case "hashCode" -> System.identityHashCode(proxy);
                      case "toString" -> "Selvedge's handler of SIG" + name;
                      default -> {
                        received();
                        yield null;
                      }
                    }));
  }

  private void received() {
    List<Handler> now = List.copyOf(handlers);
    Runnable last = otherwise;
    if (now.isEmpty() && last != null) {
      last.run();
    }
    now.forEach(handler -> Problems.guard("a handler of SIG" + name, handler.action));
  }

  /// {@return the handler before}
  private Object set(Object handler) {
    return call(
        () -> {
          Method handle = signals().getMethod("handle", signals(), handlers());
          return handle.invoke(null, signal, handler);
        });
  }

  private static Object make(String name) {
    return call(() -> signals().getConstructor(String.class).newInstance(name));
  }

  private static Class<?> signals() throws ClassNotFoundException {
    return Class.forName("sun.misc.Signal");
  }

  private static Class<?> handlers() throws ClassNotFoundException {
    return Class.forName("sun.misc.SignalHandler");
  }

  /// What is reached by reflection.
  @FunctionalInterface
  private interface Reflective {
    Object run() throws ReflectiveOperationException;
  }

  private static Object call(Reflective what) {
    try {
      return what.run();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw new IllegalArgumentException(refused.getMessage(), refused);
      }
      throw new UnsupportedOperationException("this JVM handles no signals: " + e.getCause(), e);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new UnsupportedOperationException(
          "this JVM knows no signals; its module jdk.unsupported is missing", e);
    }
  }
}
